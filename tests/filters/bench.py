"""A small world to ask both faces about: tables, and the same contacts as profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from plunk.filters.compile import compile_condition, compile_flips
from plunk.filters.evaluate import compile_flips as compile_flips_of_one
from plunk.filters.evaluate import compile_predicate
from plunk.filters.nodes import Condition
from plunk.filters.parse import parse_condition
from plunk.filters.profile import Activity, EventRow, Profile
from plunk.filters.targets import Tables
from plunk.filters.vocabulary import Vocabulary

NOW = datetime(2025, 6, 15, 12, 0, 0, 123456, tzinfo=UTC)
PROJECT, ELSEWHERE = uuid4(), uuid4()
SEGMENTS = (UUID("01890a5d-ac96-774b-bcce-b302099a8057"), UUID("01890a5d-ac96-774b-bcce-b302099a8058"))

METADATA = MetaData()
CONTACTS = Table(
    "contacts",
    METADATA,
    Column("project_id", Uuid),
    Column("id", Uuid, primary_key=True),
    Column("email", Text),
    Column("subscribed", Boolean),
    Column("data", JSONB),
    Column("created_at", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True)),
    prefixes=["TEMPORARY"],
)
EVENTS = Table(
    "events",
    METADATA,
    Column("project_id", Uuid),
    Column("id", Uuid, primary_key=True),
    Column("contact_id", Uuid),
    Column("name", Text),
    Column("data", JSONB),
    Column("created_at", DateTime(timezone=True)),
    prefixes=["TEMPORARY"],
)
ACTIVITY = Table(
    "activity",
    METADATA,
    Column("project_id", Uuid),
    Column("contact_id", Uuid),
    Column("name", Text),
    Column("first_at", DateTime(timezone=True)),
    Column("last_at", DateTime(timezone=True)),
    Column("count", Integer),
    prefixes=["TEMPORARY"],
)
MEMBERSHIPS = Table(
    "memberships",
    METADATA,
    Column("segment_id", Uuid),
    Column("contact_id", Uuid),
    prefixes=["TEMPORARY"],
)


def is_member(segment_id: UUID) -> ColumnElement[bool]:
    members = select(MEMBERSHIPS.c.contact_id).where(MEMBERSHIPS.c.segment_id == segment_id)
    return CONTACTS.c.id.in_(members)


TABLES = Tables(contacts=CONTACTS, events=EVENTS, activity=ACTIVITY, members=is_member)


class Bench:
    """Contacts by name, in the tables of a connection and in memory."""

    def __init__(self, connection: Connection, vocabulary: Vocabulary) -> None:
        self.connection, self.vocabulary = connection, vocabulary
        self.profiles: dict[UUID, Profile] = {}
        self.names: dict[UUID, str] = {}
        METADATA.create_all(connection, checkfirst=False)  # temporary: they hide any of the same name

    def add(
        self,
        name: str,
        *,
        email: str | None = None,
        subscribed: bool = True,
        data: Any = None,
        created_at: datetime = NOW,
        updated_at: datetime = NOW,
        events: Iterable[tuple[str, datetime, Any]] = (),
        segments: Sequence[UUID] = (),
    ) -> UUID:
        contact_id = uuid4()
        email = email or f"{name}@example.com"
        self.connection.execute(
            insert(CONTACTS).values(
                project_id=PROJECT,
                id=contact_id,
                email=email,
                subscribed=subscribed,
                data={} if data is None else data,
                created_at=created_at,
                updated_at=updated_at,
            )
        )
        for segment_id in segments:
            self.connection.execute(insert(MEMBERSHIPS).values(segment_id=segment_id, contact_id=contact_id))
        rows = self._add_events(contact_id, events)
        self.names[contact_id] = name
        stored = self.connection.scalar(select(CONTACTS.c.data).where(CONTACTS.c.id == contact_id))
        self.profiles[contact_id] = Profile(
            email=email,
            subscribed=subscribed,
            created_at=created_at,
            updated_at=updated_at,
            data=stored,
            activity={
                name: Activity(min(row.at for row in found), max(row.at for row in found), len(found))
                for name, found in rows.items()
            },
            events=rows,
            is_member=set(segments).__contains__,
        )
        return contact_id

    def parse(self, raw: Any) -> Condition:
        return parse_condition(raw, self.vocabulary, resolve_segment=SEGMENTS.__contains__)

    def by_sql(self, *conditions: Condition, now: datetime = NOW) -> list[set[str]]:
        """Names of the members of each rule, asked in one statement."""
        compiled = [
            compile_condition(each, TABLES, PROJECT, now=literal(now)).is_(True).label(f"rule_{i}")
            for i, each in enumerate(conditions)
        ]
        with self.connection.begin_nested():
            rows = self.connection.execute(select(CONTACTS.c.id, *compiled)).all()
        return [{self.names[row[0]] for row in rows if row[i]} for i in range(1, len(conditions) + 1)]

    def by_python(self, condition: Condition, now: datetime = NOW) -> set[str]:
        matches = compile_predicate(condition)
        return {self.names[each] for each, profile in self.profiles.items() if matches(profile, now)}

    def flips_by_sql(self, *conditions: Condition, now: datetime = NOW) -> list[dict[str, datetime | None]]:
        """When each rule flips next, by the names of the contacts, asked in one statement."""
        compiled = [compile_flips(each, TABLES, PROJECT, now=literal(now)) for each in conditions]
        asked = [literal(None) if each is None else each for each in compiled]
        with self.connection.begin_nested():
            rows = self.connection.execute(
                select(CONTACTS.c.id, *(each.label(f"rule_{i}") for i, each in enumerate(asked)))
            ).all()
        return [{self.names[row[0]]: row[i] for row in rows} for i in range(1, len(conditions) + 1)]

    def flips_by_python(self, condition: Condition, now: datetime = NOW) -> dict[str, datetime | None]:
        flips_at = compile_flips_of_one(condition)
        return {
            self.names[each]: flips_at(profile, now) if flips_at else None
            for each, profile in self.profiles.items()
        }

    def flips(self, now: datetime = NOW, **members: Any) -> dict[str, datetime | None]:
        """When a rule with one filter flips next, after making sure that both faces say the same."""
        condition = self.parse(one_filter(**members))
        [found] = self.flips_by_sql(condition, now=now)
        assert found == self.flips_by_python(condition, now)
        return found

    def members(self, raw: Mapping[str, Any], now: datetime = NOW) -> set[str]:
        """Names of the members, after making sure that both faces say the same."""
        condition = self.parse(raw)
        [found] = self.by_sql(condition, now=now)
        assert found == self.by_python(condition, now)
        return found

    def matching(self, **members: Any) -> set[str]:
        """Members of a rule with one filter."""
        return self.members(one_filter(**members))

    def _add_events(
        self, contact_id: UUID, events: Iterable[tuple[str, datetime, Any]]
    ) -> dict[str, list[EventRow]]:
        rows: dict[str, list[EventRow]] = {}
        for name, at, data in events:
            event_id = uuid4()
            values = {"id": event_id, "contact_id": contact_id, "name": name, "data": data, "created_at": at}
            self.connection.execute(insert(EVENTS).values(project_id=PROJECT, **values))
            stored = self.connection.scalar(select(EVENTS.c.data).where(EVENTS.c.id == event_id))
            rows.setdefault(name, []).append(EventRow(at, stored))
        for name, found in rows.items():
            self.connection.execute(
                insert(ACTIVITY).values(
                    project_id=PROJECT,
                    contact_id=contact_id,
                    name=name,
                    first_at=min(row.at for row in found),
                    last_at=max(row.at for row in found),
                    count=len(found),
                )
            )
        return rows


def one_filter(**members: Any) -> dict[str, Any]:
    """A rule with one filter."""
    return {"logic": "AND", "groups": [{"filters": [members]}]}
