"""A project whose contacts differ in one field, asked through both faces of the rule language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, DateTime, exists, insert, literal, null, select

from plunk.contacts.models import Contact
from plunk.db.base import new_id
from plunk.events.models import Activity, Event
from plunk.filters import profile
from plunk.filters.compile import compile_condition, compile_flips
from plunk.filters.evaluate import compile_flips as compile_flips_of_one
from plunk.filters.evaluate import compile_predicate
from plunk.filters.fields import Field
from plunk.filters.nodes import Condition
from plunk.filters.profile import EventRow, Profile
from plunk.filters.targets import Tables
from plunk.segments.models import Membership
from plunk.testing.contacts import NOTHING, NOW, Person, person

LONGEST_SHOWN = 300


class World:
    """Contacts in the tables of a connection, and the same as profiles. Nothing is committed."""

    def __init__(self, connection: Connection, place: Field, values: Iterable[Any]) -> None:
        self.connection, self.place = connection, place
        self.project_id, self.segment_id = new_id(), new_id()
        self.people: dict[UUID, Person] = {}
        self._add([person(place, value, number) for number, value in enumerate(values)])
        self.profiles = self._profiles()
        self._tables = Tables(
            Contact.__table__, Event.__table__, Activity.__table__, lambda segment_id: self._is_member()
        )

    def show(self, contact_id: UUID) -> str:
        """Words for one contact: what the field in question holds."""
        value = self.people[contact_id].value
        if value is NOTHING:
            return f"no {self.place.name}"
        text = repr(value) if isinstance(value, str) or value is None else str(value)
        return f"{self.place.name} = {text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + '…'}"

    def by_sql(
        self, conditions: Sequence[Condition], now: datetime = NOW, *, only: UUID | None = None
    ) -> list[set[UUID]]:
        """The members of each rule, asked in one statement."""
        asked = [self._matches(each, now).is_(True) for each in conditions]
        rows = self._ask(asked, only)
        return [{row[0] for row in rows if row[i]} for i in range(1, len(asked) + 1)]

    def by_python(self, condition: Condition, contact_id: UUID, now: datetime = NOW) -> bool:
        """Whether one contact matches."""
        return compile_predicate(condition)(self.profiles[contact_id], now)

    def flips_by_sql(self, condition: Condition, *, only: UUID | None = None) -> dict[UUID, datetime | None]:
        """When time alone will next change a rule's answer, by contact."""
        moment = compile_flips(condition, self._tables, self.project_id, now=_at(NOW))
        rows = self._ask([null() if moment is None else moment], only)
        return {row[0]: row[1] for row in rows}

    def flips_by_python(self, condition: Condition, contact_id: UUID) -> datetime | None:
        """The same for one contact."""
        flips_at = compile_flips_of_one(condition)
        return flips_at(self.profiles[contact_id], NOW) if flips_at else None

    def _ask(self, expressions: Sequence[ColumnElement[Any]], only: UUID | None) -> Sequence[Any]:
        columns = [each.label(f"answer_{number}") for number, each in enumerate(expressions)]
        statement = select(Contact.id, *columns).where(Contact.project_id == self.project_id)
        with self.connection.begin_nested():
            return self.connection.execute(
                statement if only is None else statement.where(Contact.id == only)
            ).all()

    def _matches(self, condition: Condition, now: datetime) -> ColumnElement[bool]:
        return compile_condition(condition, self._tables, self.project_id, now=_at(now))

    def _is_member(self) -> ColumnElement[bool]:
        return exists().where(
            Membership.project_id == self.project_id,
            Membership.segment_id == self.segment_id,
            Membership.contact_id == Contact.id,
        )

    def _add(self, people: Sequence[Person]) -> None:
        self.people = {new_id(): each for each in people}
        self._insert(
            Contact,
            [
                {
                    "id": contact_id,
                    "email": each.email,
                    "subscribed": each.subscribed,
                    "data": each.data,
                    "created_at": each.created_at,
                    "updated_at": each.updated_at,
                }
                for contact_id, each in self.people.items()
            ],
        )
        self._insert(
            Membership,
            [
                {"segment_id": self.segment_id, "contact_id": contact_id, "created_at": NOW}
                for contact_id, each in self.people.items()
                if each.is_member
            ],
        )
        for contact_id, each in self.people.items():
            self._add_events(contact_id, each)

    def _add_events(self, contact_id: UUID, each: Person) -> None:
        named = {"contact_id": contact_id, "name": self.place.key}
        moments = [at for at, _ in each.events]
        self._insert(
            Event,
            [{**named, "id": new_id(), "data": data, "created_at": at} for at, data in each.events],
        )
        if moments:
            summed = {"first_at": min(moments), "last_at": max(moments), "count": len(moments)}
            self._insert(Activity, [{**named, **summed}])

    def _insert(self, table: Any, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self.connection.execute(insert(table), [{"project_id": self.project_id, **row} for row in rows])

    def _profiles(self) -> dict[UUID, Profile]:
        """Read back, as the write path reads them: JSON that went through the database is not what went in."""
        events: dict[UUID, list[EventRow]] = {}
        for row in self.connection.execute(
            select(Event.contact_id, Event.created_at, Event.data).where(Event.project_id == self.project_id)
        ):
            events.setdefault(row.contact_id, []).append(EventRow(row.created_at, row.data))
        rows = self.connection.execute(
            select(
                Contact.id,
                Contact.email,
                Contact.subscribed,
                Contact.created_at,
                Contact.updated_at,
                Contact.data,
            ).where(Contact.project_id == self.project_id)
        )
        return {row.id: self._profile(row, events.get(row.id, [])) for row in rows}

    def _profile(self, row: Any, events: Sequence[EventRow]) -> Profile:
        moments = [each.at for each in events]
        name, is_member = self.place.key, self.people[row.id].is_member
        return Profile(
            email=row.email,
            subscribed=row.subscribed,
            created_at=row.created_at,
            updated_at=row.updated_at,
            data=row.data,
            activity={name: profile.Activity(min(moments), max(moments), len(moments))} if moments else {},
            events={name: events} if moments else {},
            is_member=lambda segment_id: is_member,
        )


def _at(moment: datetime) -> ColumnElement[datetime]:
    return literal(moment, DateTime(timezone=True))
