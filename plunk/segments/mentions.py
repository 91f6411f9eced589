"""What a saved rule mentions, read from its JSON, so that rules with a missing operator still count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from plunk.filters.fields import Field, Kind, UnknownField, field_named


def filters(condition: Any) -> Iterator[Mapping[str, Any]]:
    """Every filter at any depth, those of `where` included."""
    pending = [condition]
    while pending:
        node = pending.pop()
        if not isinstance(node, dict):
            continue
        if "operator" in node:
            yield node
        for name in ("groups", "filters", "where"):
            inner = node.get(name)
            pending.extend(inner if isinstance(inner, list) else ())
        pending.append(node.get("conditions"))


def fields(condition: Any) -> Iterator[Field]:
    """The field of each filter; those of an event's own data are not the contact's."""
    for each in filters(condition):
        name = each.get("field")
        if isinstance(name, str):
            try:
                yield field_named(name, is_event_wanted=True)
            except UnknownField:
                continue


def mentions(condition: Any, kind: str, name: str) -> bool:
    """Whether a rule mentions a field (`email`, `data.plan`), an event or a segment (its id)."""
    if kind == "field":
        return any(_is_field(field, name) for field in fields(condition))
    wanted = {"event": (Kind.EVENT, Kind.EMAIL_ACTIVITY), "segment": (Kind.SEGMENT,)}.get(kind, ())
    return any(field.kind in wanted and field.key == name for field in fields(condition))


def data_keys(condition: Any) -> set[str]:
    """The keys of custom data that a rule may mean: one on `data.address.city` reads `address`, or a key with dots."""
    paths = [field.key.split(".") for field in fields(condition) if field.kind == Kind.DATA]
    return {".".join(parts[:number]) for parts in paths for number in range(1, len(parts) + 1)}


def segments(condition: Any) -> list[UUID]:
    """The segments that a rule asks about membership of, each as often as it asks."""
    return [UUID(field.key) for field in fields(condition) if field.kind == Kind.SEGMENT]


def slugs(condition: Any) -> set[str]:
    """The segments, by slug, whose entry or exit events a rule reads."""
    events = (field.key for field in fields(condition) if field.kind == Kind.EVENT)
    parts = (event.removeprefix("segment.") for event in events if event.startswith("segment."))
    return {part.rpartition(".")[0] for part in parts if part.endswith((".entry", ".exit"))}


def _is_field(field: Field, name: str) -> bool:
    if field.kind != Kind.DATA:
        return field.name == name
    # A rule on data.address.city reads the field data.address; so does one on a key that holds dots.
    path = f"data.{field.key}"
    return path == name or path.startswith(f"{name}.")
