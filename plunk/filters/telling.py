"""One filter on its way into a sentence: its field, its value, its durations in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from gettext import NullTranslations
from typing import TYPE_CHECKING, Any
from uuid import UUID

from marshmallow import fields

from plunk.filters.durations import Duration
from plunk.filters.fields import Kind
from plunk.filters.happenings import EVENT, MAIL
from plunk.filters.operands import LowAndHigh
from plunk.filters.said import said, said_of
from plunk.filters.values import instant, text_form

if TYPE_CHECKING:
    from plunk.filters.nodes import Filter

MOST_VALUES = 10
LONGEST_TEXT = 100

FIELDS = {
    "email": said("e-mail address"),
    "subscribed": said("subscription"),
    "createdAt": said("creation date"),
    "updatedAt": said("last change"),
}
E_MAIL_ACTIVITIES = {
    "email.sent": said("E-mail sent"),
    "email.delivery": said("E-mail delivered"),
    "email.open": said("E-mail opened"),
    "email.click": said("E-mail clicked"),
    "email.bounce": said("E-mail bounced"),
    "email.complaint": said("E-mail complained"),
}
YES, NO = said("yes"), said("no")
UNITS = {
    "minutes": said_of("{number} minute", "{number} minutes"),
    "hours": said_of("{number} hour", "{number} hours"),
    "days": said_of("{number} day", "{number} days"),
    "weeks": said_of("{number} week", "{number} weeks"),
    "months": said_of("{number} month", "{number} months"),
}
_PLAIN_NAME = re.compile(r"[^\W_][\w.-]*")


@dataclass(frozen=True)
class Telling:
    """What an operator needs to tell of one filter. All words go through `words` (the methods of `gettext`), whole
    templates at a time, so that another language may order them its own way."""

    filter: Filter
    operand: fields.Field[Any] | None
    words: NullTranslations
    segment_name: Callable[[UUID], str | None]
    inner: Callable[[Sequence[Filter]], str]
    """Filters on the data of events, as one text."""

    def say(self, template: str, **texts: str) -> str:
        """The template in the reader's language, filled."""
        return self.words.gettext(template).format(**texts)

    def count(self, one: str, many: str, number: int) -> str:
        """One of two templates with `{number}`, as the number asks."""
        return self.words.ngettext(one, many, number).format(number=number)

    def field(self) -> str:
        """The field by the name people know."""
        field = self.filter.field
        match field.kind:
            case Kind.DATA:
                return field.key if _PLAIN_NAME.fullmatch(field.key) else self.quoted(field.key)
            case Kind.EVENT:
                return self.say("the event {name}", name=self.quoted(field.key))
            case Kind.EMAIL_ACTIVITY:
                name = self.words.gettext(E_MAIL_ACTIVITIES[field.key])
                return self.say("the event {name}", name=self.quoted(name))
            case Kind.SEGMENT:
                name = self.segment_name(UUID(field.key)) or field.key
                return self.say("the segment {name}", name=self.quoted(name))
        return self.words.gettext(FIELDS[field.key])

    def happening(self) -> dict[str, str]:
        """For fields that happen (events, mail): `did`, `never`, `did_not` and `last`, to begin a phrase with."""
        field = self.filter.field
        if field.kind not in (Kind.EVENT, Kind.EMAIL_ACTIVITY):
            return {}
        told = EVENT if field.kind == Kind.EVENT else MAIL[field.key]
        return {form: self.say(text, name=self.quoted(field.key)) for form, text in asdict(told).items()}

    @property
    def takes_value(self) -> bool:
        """Whether the filter's `value` means something to its operator."""
        if self.operand is not None:
            return True
        return "value" in self.filter.raw and self.filter.operator.brings("load")

    def value(self) -> str:
        """The operand as it was sent; empty if the operator takes none."""
        if not self.takes_value:
            return ""
        if isinstance(self.operand, Duration):
            return self.duration("value")
        return self._told(self.filter.raw.get("value"), self.operand)

    def duration(self, member: str) -> str:
        """The duration whose number stands in `member`."""
        return self.count(*UNITS[self.filter.raw["unit"]], self.filter.raw[member])

    def quoted(self, text: str) -> str:
        short = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
        return self.say("“{text}”", text=short)

    def _told(self, value: Any, operand: fields.Field[Any] | None) -> str:
        if isinstance(value, list):
            return self._several(value, operand)
        if isinstance(value, bool):
            return self.words.gettext(YES if value else NO)
        if isinstance(value, str):
            precision = getattr(operand, "tells", None)
            moment = instant(value) if precision else None
            return self.quoted(value) if moment is None else _date(value, moment, str(precision))
        text = text_form(value)
        return self.quoted(json.dumps(value, ensure_ascii=False)) if text is None else text

    def _several(self, values: list[Any], operand: fields.Field[Any] | None) -> str:
        each = getattr(operand, "each", getattr(operand, "inner", None))
        told = [self._told(value, each) for value in values[:MOST_VALUES]]
        if isinstance(operand, LowAndHigh):
            return self.say("{low} and {high}", low=told[0], high=told[1])
        text = ", ".join(told)
        left = len(values) - len(told)
        if not left:
            return text
        more = self.count("{number} more", "{number} more", left)
        return self.say("{values} and {more}", values=text, more=more)


def _date(text: str, moment: datetime, precision: str) -> str:
    if precision == "day" or "T" not in text:
        return moment.date().isoformat()
    told = moment.replace(tzinfo=None).isoformat(" ")
    if moment.microsecond:
        told = told.rstrip("0")
    return f"{told.removesuffix(':00') if not moment.second else told} UTC"
