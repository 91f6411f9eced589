"""The editor of custom data: a row for each key, with a type by which its text is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _

from plunk.config import settings
from plunk.contacts import data as custom
from plunk.contacts.data import DataWrite
from plunk.dashboard.ground.formats import shown
from plunk.dashboard.ground.forms import Form, clean
from plunk.db.base import from_json, to_json
from plunk.errors import InvalidJson
from plunk.filters.values import instant, text_form
from plunk.web.body import parse

TYPES: tuple[tuple[str, LazyString], ...] = (
    ("string", lazy_gettext("Text")),
    ("number", lazy_gettext("Number")),
    ("boolean", lazy_gettext("Yes or no")),
    ("date", lazy_gettext("Date")),
    ("list", lazy_gettext("List")),
    ("json", lazy_gettext("Object (JSON)")),
)
_KINDS = frozenset(kind for kind, _name in TYPES)
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


class Unreadable(ValueError):
    """The text is no value of its type; says why in a sentence."""


@dataclass(frozen=True)
class Row:
    """`was` is the stored value as JSON when the form was made; empty for a new key."""

    key: str = ""
    kind: str = "string"
    text: str = ""
    was: str = ""
    is_removed: bool = False
    error: str = ""

    @property
    def is_day(self) -> bool:
        """Whether a browser's date picker can show it: it knows days only, no times."""
        return not self.text or (len(self.text) == 10 and instant(self.text) is not None)


def rows_of(data: Mapping[str, Any]) -> list[Row]:
    """What a contact has, by name."""
    return [_row(key, data[key]) for key in sorted(data, key=lambda key: (key.casefold(), key))]


def sent_rows() -> list[Row]:
    """What the browser sent; rows that were left blank are none."""
    columns = [request.form.getlist(name) for name in ("key", "kind", "value", "was")]
    removed = set(request.form.getlist("remove"))
    rows = []
    for key, kind, value, was in zip(*map(_cleaned, columns), strict=False):
        row = Row(key if was else key.strip(), kind if kind in _KINDS else "string", value, was)
        if was or row.key or row.text:
            rows.append(replace(row, is_removed=bool(was) and key in removed))
    return rows


def read(rows: list[Row], form: Form) -> tuple[DataWrite, list[Row]]:
    """What these rows change, and the rows with what is wrong with them; what is wrong with all of them goes to the
    form. Rows that are as they were change nothing: somebody else may have changed the contact meanwhile."""
    wanted: dict[str, Any] = {}
    checked = []
    seen: set[str] = set()
    for row in rows:
        try:
            changes = _changes(row, seen)
        except Unreadable as problem:
            checked.append(replace(row, error=str(problem)))
        else:
            wanted |= changes
            checked.append(row)
        seen.add(row.key)
    write, problems = custom.read(wanted)
    said = {problem.field.removeprefix("data."): problem.message for problem in problems}
    checked = [replace(row, error=row.error or said.pop(row.key, "")) for row in checked]
    for message in said.values():
        form.refuse("", message)
    if any(row.error for row in checked):
        form.refuse("", _("Some fields cannot be saved like this."))
    return write, checked


def overtaken(rows: list[Row], write: DataWrite, now: Mapping[str, Any]) -> list[Row]:
    """The rows as they stand if somebody else saved since the form was made: what both changed has an error that tells
    what is there `now`, and can then be saved over it."""
    return [_overtaken(row, write, now) for row in rows]


def _overtaken(row: Row, write: DataWrite, now: Mapping[str, Any]) -> Row:
    wanted = to_json(write.keep[row.key]) if row.key in write.keep else ""
    there = to_json(now[row.key]) if row.key in now else ""
    if (row.key not in write.keep and row.key not in write.remove) or there in (row.was, wanted):
        return row
    if not there:
        said = _("Somebody removed this after you opened the page.")
    else:
        said = _("After you opened the page this became %(value)s.", value=shown(now[row.key]))
    return replace(row, was=there, error=f"{said} {_('Save once more to put yours in its place.')}")


def _row(key: str, value: Any) -> Row:
    kind = custom.type_of(value)
    was = to_json(value)
    if kind == "list" and value and all(isinstance(each, str) and _is_line(each) for each in value):
        return Row(key, "list", "\n".join(value), was)
    if kind in ("list", "object"):
        return Row(key, "json", json.dumps(value, ensure_ascii=False, indent=2), was)
    return Row(key, kind, text_form(value) or "", was)


def _changes(row: Row, seen: set[str]) -> dict[str, Any]:
    """The part of a `data` object that this row asks for."""
    if row.is_removed:
        return {row.key: None}
    if not row.was and not row.text.strip():
        if row.key:
            raise Unreadable(_("Give it a value."))
        return {}
    if not row.key and not row.was:
        raise Unreadable(_("Give it a name."))
    if row.key in custom.RESERVED:
        raise Unreadable(_("This name belongs to plunk itself. Choose another."))
    if row.key in seen:
        raise Unreadable(_("There is a field of this name already."))
    if _is_as_it_was(row):
        return {}
    value = value_of(row.kind, row.text)
    # What looks like the wrapper of a value that is not kept is meant as it stands here.
    return {row.key: {"value": value, "persistent": True} if isinstance(value, dict) else value}


def value_of(kind: str, text: str) -> Any:
    """The value that a text means; None for an empty one, which a contact loses. Raises Unreadable."""
    stripped = text.strip()
    if not stripped:
        return None
    match kind:
        case "number":
            return _number(stripped)
        case "boolean":
            if (truth := _TRUTHS.get(stripped.lower())) is None:
                raise Unreadable(_("Write yes or no."))
            return truth
        case "date":
            if instant(stripped) is None:
                raise Unreadable(_("Write a date such as 2026-11-27 or 2026-11-27T09:30:00Z."))
            return stripped
        case "list":
            return [line.strip() for line in text.split("\n") if line.strip()]
        case "json":
            return _json(stripped)
        case _:
            return text


def _number(text: str) -> int | float:
    found = None
    try:
        found = _json(text)
    except Unreadable:
        pass
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Unreadable(_("Write a number such as 1234.5, with a point and without blanks."))
    return found


def _json(text: str) -> Any:
    """Raises Unreadable; the reader of bodies judges it, so that what passes here passes everywhere."""
    try:
        return parse(text.encode(), max_depth=settings().max_json_depth - 1)
    except InvalidJson as problem:
        raise Unreadable(problem.message.replace("The body", _("The text"))) from None


def _is_as_it_was(row: Row) -> bool:
    """Whether it was sent as the form showed it, but for line ends, which browsers send their own way."""
    try:
        shown = _row(row.key, from_json(row.was))
    except (ValueError, RecursionError):  # a new row, or a form that nobody made here
        return False
    return (row.kind, row.text) == (shown.kind, _lines(shown.text))


def _is_line(text: str) -> bool:
    return text == text.strip() and text != "" and len(text.splitlines()) == 1


def _cleaned(texts: list[str]) -> list[str]:
    return [_lines(clean(text)) for text in texts]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
