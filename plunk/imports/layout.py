"""What the columns of a file become: the header, and what the sender says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from plunk.config import settings
from plunk.contacts.cells import REST, loosely, read_header
from plunk.contacts.data import RESERVED
from plunk.errors import InvalidInput, Problem
from plunk.imports.errors import UnreadableFile
from plunk.imports.types import TYPES

EMAIL: Final = "email"
SUBSCRIBED: Final = "subscribed"
Target = Literal["email", "subscribed", "data", "rest", "ignored"]


@dataclass(frozen=True)
class Column:
    """One column: its name as written, and what its cells are for. `type` is None where each cell decides."""

    name: str
    target: Target
    key: str = ""
    type: str | None = None


@dataclass(frozen=True)
class Layout:
    """The columns of a file in their order."""

    columns: tuple[Column, ...]

    @property
    def email(self) -> int:
        """The place of the column with the address."""
        return self._place(EMAIL) or 0

    @property
    def subscribed(self) -> int | None:
        return self._place(SUBSCRIBED)

    @property
    def data(self) -> list[tuple[int, Column]]:
        """The columns of custom data, with their places."""
        return [(place, column) for place, column in enumerate(self.columns) if column.target == "data"]

    @property
    def rest(self) -> int | None:
        """The column of an export that holds the keys which have no column of their own."""
        return self._place("rest")

    @property
    def ignored(self) -> list[str]:
        """The names of columns that are left out because their names are reserved, or because the mapping says so."""
        return [column.name for column in self.columns if column.target == "ignored"]

    def _place(self, target: Target) -> int | None:
        return next((i for i, column in enumerate(self.columns) if column.target == target), None)


def layout_of(header: Sequence[str], mapping: Mapping[str, Any] | None = None) -> Layout:
    """The header's columns with the mapping applied: `{column: "field" | {"field", "type"} | null}`.

    Raises UnreadableFile for a header that no mapping can mend, InvalidInput with all that is wrong with the mapping.
    """
    names = _names(header)
    columns = _by_name(names)
    problems: list[Problem] = []
    for name, wish in (mapping or {}).items():
        places = [place for place, (each, _) in enumerate(names) if each == name]
        if not places:
            problems.append(Problem(f"mapping.{name}", "The file has no such column", "unknown_column"))
            continue
        found = _wished(name, wish, problems)
        if found:
            columns[places[0]] = found
    if mapping:
        _yield_to(columns, mapping)
    problems += _twice(columns)
    if problems:
        raise InvalidInput(problems)
    if not any(column.target == EMAIL for column in columns):
        raise UnreadableFile(
            "The file has no e-mail column. Name one column email, or say which one it is",
            "no_email_column",
        )
    return Layout(tuple(columns))


def columns_of(header: Sequence[str]) -> list[Column]:
    """What the names of a header alone say of its columns, whether one of them is the address or none. Raises
    UnreadableFile."""
    return _by_name(_names(header))


def _names(header: Sequence[str]) -> list[tuple[str, bool]]:
    """`(name, is a key of data)` of each column."""
    if len(header) > settings().max_import_columns:
        message = f"The file has more than {settings().max_import_columns} columns"
        raise UnreadableFile(message, "too_many_columns")
    names = [read_header(cell) for cell in header]
    for place, (name, is_key) in enumerate(names, start=1):
        if not name and not is_key:
            raise UnreadableFile(
                f"Column {place} has no name in the header (the first line). Name it or remove it",
                "empty_header",
            )
        if "\0" in name or len(name) > settings().max_key_length:
            raise UnreadableFile(
                f"The name of column {place} in the header (the first line) is too long, or no text",
                "bad_header",
            )
    twice = [name for (name, _), times in Counter(names).items() if times > 1]
    if twice:
        raise UnreadableFile(
            f"The header (the first line) names {', '.join(twice)} more than once. Give each column its own name",
            "duplicate_header",
        )
    return names


def _by_name(names: Sequence[tuple[str, bool]]) -> list[Column]:
    columns = []
    email, subscribed = _own(names, EMAIL), _own(names, SUBSCRIBED)
    for place, (name, is_key) in enumerate(names):
        if place == email:
            columns.append(Column(name, EMAIL))
        elif place == subscribed:
            columns.append(Column(name, SUBSCRIBED))
        elif name in RESERVED and not is_key:
            columns.append(Column(name, "ignored"))
        elif name == REST and not is_key:
            columns.append(Column(name, "rest"))
        else:
            columns.append(Column(name, "data", name))
    return columns


def _own(names: Sequence[tuple[str, bool]], wanted: str) -> int | None:
    """The column of that very name, else the first that is written much like it (`E-MAIL`)."""
    free = [(place, name) for place, (name, is_key) in enumerate(names) if not is_key]
    exact = (place for place, name in free if name == wanted)
    like = (place for place, name in free if loosely(name) == wanted)
    return next(exact, next(like, None))


def _wished(name: str, wish: Any, problems: list[Problem]) -> Column | None:
    path = f"mapping.{name}"
    if wish is None:
        return Column(name, "ignored")
    kind = None
    if isinstance(wish, dict):
        wish, kind = wish.get("field", name), wish.get("type")
        if kind is not None and kind not in TYPES:
            problems.append(Problem(f"{path}.type", f"Must be one of {', '.join(TYPES)}", "unknown_type"))
            return None
        path += ".field"
    if not isinstance(wish, str) or not wish or "\0" in wish:
        problems.append(
            Problem(path, "Must be the name of a field, {field, type}, or null to skip the column", "type")
        )
        return None
    if wish == EMAIL:
        return Column(name, EMAIL)
    if wish == SUBSCRIBED:
        return Column(name, SUBSCRIBED)
    key = wish.removeprefix("data.")
    if key in RESERVED or not key:
        problems.append(Problem(path, f"{wish} cannot be set by an import", "reserved_field"))
    elif len(key) > settings().max_key_length:
        problems.append(
            Problem(path, f"Is longer than {settings().max_key_length} characters", "key_too_long")
        )
    else:
        return Column(name, "data", key, kind)
    return None


def _yield_to(columns: list[Column], mapping: Mapping[str, Any]) -> None:
    """A column that is e-mail or subscription by its name alone makes way for the one that the mapping names."""
    named = {column.target for column in columns if column.name in mapping}
    for place, column in enumerate(columns):
        if column.name not in mapping and column.target in named & {EMAIL, SUBSCRIBED}:
            reserved = column.name in RESERVED
            columns[place] = (
                Column(column.name, "ignored") if reserved else Column(column.name, "data", column.name)
            )


def _twice(columns: Sequence[Column]) -> list[Problem]:
    """Two columns for one field: which of them would count?"""
    fields: dict[tuple[str, str], list[str]] = {}
    for column in columns:
        if column.target != "ignored":
            fields.setdefault((column.target, column.key), []).append(column.name)
    return [
        Problem(
            f"mapping.{names[-1]}",
            f"{' and '.join(names)} would both become {key or target}; skip one of them",
            "duplicate_field",
        )
        for (target, key), names in fields.items()
        if len(names) > 1
    ]
