"""Lists of contacts, page by page along a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from plunk.contacts.models import Contact
from plunk.contacts.service import COLUMNS
from plunk.db.base import db
from plunk.web.pages import cursor_page, decode_cursor, encode_cursor

SHORTEST_PART = 3
"""Characters that the index on parts of addresses needs."""
_SORTS: dict[str, InstrumentedAttribute[Any]] = {"email": Contact.email, "createdAt": Contact.created_at}


@dataclass(frozen=True)
class Order:
    """`sort` is `email` or `createdAt`, `direction` `asc` or `desc`."""

    sort: str = "createdAt"
    direction: str = "desc"


def list_contacts(
    project_id: UUID,
    *,
    limit: int,
    cursor: str | None = None,
    search: str | None = None,
    subscribed: bool | None = None,
    order: Order | None = None,
) -> dict[str, Any]:
    """A page of the project's contacts; `search` is a part of the address in any case."""
    where = [Contact.project_id == project_id, *described(search, subscribed)]
    return page_of(project_id, where, limit=limit, cursor=cursor, order=order or Order())


def described(search: str | None, subscribed: bool | None) -> list[ColumnElement[bool]]:
    """What to ask of contacts: a part of the address in any case, a subscription; each unless it is None."""
    where: list[ColumnElement[bool]] = []
    if search:
        where.append(Contact.email.contains(normalize("NFC", search.lower()), autoescape=True))
    if subscribed is not None:
        where.append(Contact.subscribed == subscribed)
    return where


def suggestions(project_id: UUID, search: str, *, limit: int) -> list[Row[Any]]:
    """Contacts for somebody who types an address: those that begin so, in alphabetical order, then the newest that
    hold it elsewhere. Nothing is counted."""
    text = normalize("NFC", search.strip().lower())
    if not text:
        return []
    mine = Contact.project_id == project_id
    begins, holds = (way(text, autoescape=True) for way in (Contact.email.startswith, Contact.email.contains))
    found = _rows([mine, begins], Contact.email, Order("email", "asc"), limit=limit)
    if len(found) < limit and len(text) >= SHORTEST_PART:
        found += _rows([mine, holds, ~begins], Contact.created_at, Order(), limit=limit - len(found))
    return found


def page_of(
    project_id: UUID,
    where: list[ColumnElement[bool]],
    *,
    limit: int,
    cursor: str | None,
    order: Order | None = None,
    total: int | None = None,
    scope: str = "contacts",
) -> dict[str, Any]:
    """A keyset page of the contacts that `where` describes (it names the project).

    `total` is counted on the first page unless the caller knows it, and 0 after it.
    """
    order = order or Order()
    column = _SORTS[order.sort]
    scope = f"{scope}:{project_id}:{order.sort}:{order.direction}"
    is_first = not cursor
    bounds = [] if is_first else [_behind(column, order, scope, str(cursor))]
    rows = _rows([*where, *bounds], column, order, limit=limit + 1)
    if not is_first:
        total = 0
    elif total is None:
        total = count(where)
    attribute = column.key

    def cursor_of(row: Row[Any]) -> str:
        return encode_cursor(scope, getattr(row, attribute), row.id)

    return cursor_page(rows, limit=limit, total=total, cursor_of=cursor_of)


def newest(where: list[ColumnElement[bool]], *, limit: int, offset: int = 0) -> list[Row[Any]]:
    """The newest contacts that `where` describes."""
    return _rows(where, Contact.created_at, Order(), limit=limit, offset=offset)


def id_after(project_id: UUID, after: UUID, *, number: int) -> UUID | None:
    """The id of the contact so many places behind an id; None if there are fewer."""
    mine = select(Contact.id).where(Contact.project_id == project_id, Contact.id > after)
    return db.session.scalar(mine.order_by(Contact.id).offset(number - 1).limit(1))


def last_id(project_id: UUID) -> UUID | None:
    """The greatest id there is now: whoever is created later is behind it."""
    mine = select(Contact.id).where(Contact.project_id == project_id)
    return db.session.scalar(mine.order_by(Contact.id.desc()).limit(1))


def count(where: list[ColumnElement[bool]]) -> int:
    """How many contacts `where` describes."""
    return db.session.scalar(select(func.count()).select_from(Contact).where(*where)) or 0


def _rows(
    where: list[ColumnElement[bool]],
    column: InstrumentedAttribute[Any],
    order: Order,
    *,
    limit: int,
    offset: int = 0,
) -> list[Row[Any]]:
    by = [column.asc(), Contact.id.asc()] if order.direction == "asc" else [column.desc(), Contact.id.desc()]
    statement = select(*COLUMNS).where(*where).order_by(*by).limit(limit)
    return list(db.session.execute(statement.offset(offset) if offset else statement).all())


def _behind(column: InstrumentedAttribute[Any], order: Order, scope: str, cursor: str) -> ColumnElement[bool]:
    value, row_id = decode_cursor(scope, cursor, is_time=column is Contact.created_at)
    place, here = tuple_(column, Contact.id), tuple_(value, row_id)
    return place > here if order.direction == "asc" else place < here
