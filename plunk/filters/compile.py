"""From a `Condition` to SQL expressions over contacts, who matches and until when: the face for sets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_

from plunk import clock
from plunk.filters.event_target import EventTarget
from plunk.filters.fields import Field, Kind
from plunk.filters.json_target import DataTarget
from plunk.filters.nodes import Condition, Filter, Group
from plunk.filters.targets import (
    BooleanTarget,
    DateTarget,
    EmailTarget,
    SegmentTarget,
    Tables,
    Target,
    complement,
    earliest,
)


def compile_condition(
    condition: Condition,
    tables: Tables,
    project_id: UUID,
    *,
    now: ColumnElement[datetime] | None = None,
) -> ColumnElement[bool]:
    """True for the contacts that match; false or null for the others.

    About rows of `tables.contacts`, which the caller narrows down to the project. `now` is the database's
    clock unless given. The session's time zone must be UTC.
    """
    return _Compiler(tables, project_id, clock.sql_now() if now is None else now).condition(condition)


def compile_flips(
    condition: Condition,
    tables: Tables,
    project_id: UUID,
    *,
    now: ColumnElement[datetime] | None = None,
) -> ColumnElement[datetime] | None:
    """The earliest moment after `now` at which time alone may change a filter's answer: null if never, `None` if for
    no contact. Segments come in by `tables.member_flips`. Otherwise as `compile_condition`."""
    compiler = _Compiler(tables, project_id, clock.sql_now() if now is None else now)
    moments = [moment for leaf in condition.filters() for moment in compiler.flips(leaf)]
    return earliest(moments) if moments else None


class _Compiler:
    def __init__(self, tables: Tables, project_id: UUID, now: ColumnElement[datetime]) -> None:
        self.tables, self.project_id, self.now = tables, project_id, now

    def condition(self, condition: Condition) -> ColumnElement[bool]:
        join = and_ if condition.logic == "AND" else or_
        return join(*(self._group(group) for group in condition.groups))

    def flips(self, leaf: Filter) -> Iterator[ColumnElement[datetime]]:
        if leaf.mentions_time:
            yield leaf.operator.flips_at_sql(self._target(leaf.field), leaf.value)
        if leaf.field.kind == Kind.SEGMENT:
            moment = self.tables.member_flips(UUID(leaf.field.key))
            if moment is not None:
                yield moment

    def _group(self, group: Group) -> ColumnElement[bool]:
        parts = [self._leaf(each, self._target(each.field)) for each in group.filters]
        if group.conditions is not None:
            parts.append(self.condition(group.conditions))
        matches = and_(*parts)
        return complement(matches) if group.is_negated else matches

    def _leaf(self, leaf: Filter, target: Target) -> ColumnElement[bool]:
        matches = leaf.operator.sql(target, leaf.value)
        return complement(matches) if leaf.is_negated else matches

    def _row_matches(self, leaf: Filter) -> ColumnElement[bool]:
        return self._leaf(leaf, self._row_target(leaf.field))

    def _row_flips_at(self, leaf: Filter) -> ColumnElement[datetime]:
        return leaf.operator.flips_at_sql(self._row_target(leaf.field), leaf.value)

    def _row_target(self, field: Field) -> Target:
        return DataTarget(field.kind, self.now, self.tables.events.c.data, field.key)

    def _target(self, field: Field) -> Target:
        contacts: Any = self.tables.contacts.c
        match field.kind:
            case Kind.EMAIL:
                return EmailTarget(field.kind, self.now, contacts.email)
            case Kind.BOOLEAN:
                return BooleanTarget(field.kind, self.now, contacts.subscribed)
            case Kind.DATE:
                column = contacts.created_at if field.key == "createdAt" else contacts.updated_at
                return DateTarget(field.kind, self.now, column)
            case Kind.DATA:
                return DataTarget(field.kind, self.now, contacts.data, field.key)
            case Kind.SEGMENT:
                return SegmentTarget(field.kind, self.now, self.tables.members(UUID(field.key)))
            case Kind.EVENT | Kind.EMAIL_ACTIVITY:
                return EventTarget(
                    field.kind,
                    self.now,
                    name=field.key,
                    tables=self.tables,
                    project_id=self.project_id,
                    row_matches=self._row_matches,
                    row_flips_at=self._row_flips_at,
                )
