"""Marshmallow fields that are as strict as the API promises."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from marshmallow import ValidationError, fields

from plunk.clock import iso
from plunk.config import Settings, settings
from plunk.errors import Problem


class Coded(str):
    """A message with its own word for the machine; `path` is where, if not at the field that complains."""

    code: str
    path: str | None
    is_malformed: bool

    def __new__(cls, text: str, code: str, *, path: str | None = None, is_malformed: bool = False) -> Coded:
        self = super().__new__(cls, text)
        self.code, self.path, self.is_malformed = code, path, is_malformed
        return self


def complain(problems: list[Problem]) -> NoReturn:
    """Problems that were found by other means than marshmallow's, as its own."""
    raise ValidationError(
        [Coded(p.message, p.code, path=p.field, is_malformed=p.is_malformed) for p in problems]
    )


class Text(fields.String):
    """A JSON string; blank ones are refused when `is_named`. `limit` names the setting of its greatest length."""

    def __init__(self, *, limit: str | None = None, is_named: bool = False, **kwargs: Any) -> None:
        longest = {"maxLength": getattr(Settings, limit)} if limit else {}
        super().__init__(metadata={**longest, **kwargs.pop("metadata", {})}, **kwargs)
        self.limit = limit
        self.is_named = is_named

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError(Coded("Must be a string", "type"))
        if "\x00" in value:  # In a body it was refused before; a query string may hold it.
            raise ValidationError(Coded("Must not hold the character U+0000", "character"))
        if self.is_named and not value.strip():
            raise ValidationError(Coded("Must not be empty", "required"))
        if self.limit and len(value) > (longest := getattr(settings(), self.limit)):
            raise ValidationError(Coded(f"Must be at most {longest} characters long", "too_long"))
        return value


class Truth(fields.Boolean):
    """A JSON boolean and nothing else: `"false"` is not false."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise ValidationError(Coded("Must be true or false", "type"))
        return value


class QueryTruth(fields.Boolean):
    """`true` or `false` in a query string."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if value not in ("true", "false"):
            raise ValidationError(Coded("Must be true or false", "type"))
        return value == "true"


class PageSize(fields.Integer):
    """How many rows a page has: a whole number in a query string, pulled into what is allowed."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return min(max(whole_number(value), 1), settings().max_page)


class PageNumber(fields.Integer):
    """A page, counted from 1."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        number = whole_number(value)
        if number < 1:
            raise ValidationError(Coded("Pages are counted from 1", "range"))
        return min(number, 10**9)


class Days(fields.Integer):
    """How many days, today included: 1 to 366, in a query string."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        number = whole_number(value)
        if not 1 <= number <= 366:
            raise ValidationError(Coded("Must lie between 1 and 366", "range"))
        return number


class Object(fields.Dict):
    """A JSON object."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError(Coded("Must be an object", "type"))
        return value


class Moment(fields.DateTime):
    """Out: UTC with milliseconds and `Z`."""

    def _serialize(self, value: datetime | None, *args: Any, **kwargs: Any) -> Any:
        return None if value is None else iso(value)


class Id(fields.UUID):
    """An id, in a body or out of the database."""

    def _serialize(self, value: UUID | None, *args: Any, **kwargs: Any) -> Any:
        return None if value is None else str(value)


def whole_number(value: Any) -> int:
    """The number a query string spells; raises ValidationError."""
    text = str(value).strip()
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise ValidationError(Coded("Must be a whole number", "type"))
    return int(text) if len(digits) <= 18 else (-(10**18) if text.startswith("-") else 10**18)
