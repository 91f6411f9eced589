"""Which values a field has, for people who are about to write one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, Text, case, cast, column, func, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from plunk.contacts.fields import key_of
from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.filters.values import simple_lower

SAMPLED, SAMPLED_LISTS = 100_000, 10_000


def common_values(
    project_id: UUID, field: str, *, limit: int, search: str | None = None, in_lists: bool = False
) -> list[dict[str, Any]]:
    """The most common values of a field, `[{value, count}]`, of the newest 100,000 contacts.

    `search` is how their text begins, in any case. With `in_lists` the elements of lists are counted, not whole lists,
    of the newest 10,000: somebody waits who is typing.
    Raises FieldNotFound.
    """
    found = _sample(_value(project_id, field), most=SAMPLED_LISTS if in_lists else SAMPLED)
    if in_lists:
        found = _elements(found)
    value = found.c.value
    where: list[ColumnElement[bool]] = [value.is_not(None)]
    if search:
        where.append(_begins(value, search))
    number = func.count()
    rows = db.session.execute(
        select(value, number).where(*where).group_by(value).order_by(number.desc(), value).limit(limit)
    )
    return [{"value": each, "count": count} for each, count in rows]


def _value(project_id: UUID, field: str) -> tuple[UUID, ColumnElement[Any]]:
    builtin = {"email": Contact.email, "subscribed": Contact.subscribed}
    if field in ("createdAt", "updatedAt"):
        moment: Any = {"createdAt": Contact.created_at, "updatedAt": Contact.updated_at}[field]
        return project_id, func.to_jsonb(func.to_char(moment, "YYYY-MM-DD"))
    if field in builtin:
        return project_id, func.to_jsonb(builtin[field])
    return project_id, Contact.data[key_of(project_id, field)]


def _sample(asked: tuple[UUID, ColumnElement[Any]], *, most: int) -> Subquery:
    project_id, value = asked
    return (
        select(type_coerce(value, JSONB).label("value"))
        .where(Contact.project_id == project_id)
        .order_by(Contact.created_at.desc(), Contact.id.desc())
        .limit(most)
        .subquery()
    )


def _elements(found: Subquery) -> Subquery:
    """One row for each element of a list; other values stay as they are."""
    is_list = func.jsonb_typeof(found.c.value) == "array"
    as_list = case((is_list, found.c.value), else_=func.jsonb_build_array(found.c.value))
    each = func.jsonb_array_elements(as_list).table_valued(column("value", JSONB), name="element")
    return (
        select(each.c.value)
        .select_from(found.join(each, literal(True)))
        .where(found.c.value.is_not(None), each.c.value != cast(literal("null", Text), JSONB))
        .subquery()
    )


def _begins(value: ColumnElement[Any], search: str) -> ColumnElement[bool]:
    text = value.op("#>>")(literal("{}", Text).op("::")(column("text[]", is_literal=True)))
    lowered = func.lower(cast(text, Text).collate("pg_c_utf8"), type_=Text())
    return func.starts_with(lowered, simple_lower(search))
