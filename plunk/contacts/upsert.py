"""The one write path of contacts: create or update by e-mail, with an event if there is one.

Each write is a few statements in one round trip. They stay separate statements, since each must see what the row
lock of the first waited for:

1. insert the contact or merge its data; the row is locked either way;
2. if a subscription was stated: flip it, which says whether it was a flip;
3. if there is an event: store it, finding the contact by e-mail (the first statement says nothing when nothing
   changed).

Then, rarely: the events of flips, and new keys and names for the catalogues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from plunk.config import settings
from plunk.contacts import catalogue
from plunk.contacts.data import DataWrite, limits
from plunk.db.base import new_id
from plunk.db.pipeline import Statement, run
from plunk.errors import InvalidInput, Problem
from plunk.events import recording
from plunk.events.recording import NewEvent

SUBSCRIBED = "contact.subscribed"
UNSUBSCRIBED = "contact.unsubscribed"


@dataclass(frozen=True)
class Origin:
    """Where a write came from: kept with every flip of a subscription.

    `may_flip` is false where a public key may not change the subscription of people who are already known.
    """

    source: str
    key_kind: str
    may_flip: bool = True


@dataclass(frozen=True)
class ContactWrite:
    """What one call wants of one contact. `email` is normalised; None for `subscribed` leaves it alone."""

    email: str
    data: DataWrite
    subscribed: bool | None = None
    event: NewEvent | None = None


@dataclass(frozen=True)
class Written:
    """What a write did. `event_at` is when the event counts as having happened."""

    contact_id: UUID
    is_new: bool
    event_id: UUID | None = None
    event_at: datetime | None = None


class DataTooLarge(InvalidInput):
    """The merged data of some contacts would exceed the limits; `indexes` are the writes at fault."""

    def __init__(self, problems: list[Problem], indexes: list[int]) -> None:
        super().__init__(problems)
        self.indexes = indexes


def upsert(project_id: UUID, write: ContactWrite, origin: Origin) -> Written:
    """One contact; see `upsert_many`."""
    return upsert_many(project_id, [write], origin)[0]


def upsert_many(project_id: UUID, writes: Sequence[ContactWrite], origin: Origin) -> list[Written]:
    """Writes in order of e-mail (so that two of these never wait for each other in a ring), answers in yours.

    Raises DataTooLarge; the transaction must then be rolled back.
    """
    in_order = sorted(range(len(writes)), key=lambda index: writes[index].email)
    plans = {index: _plan(project_id, writes[index], origin) for index in in_order}
    rows = iter(run([statement for index in in_order for statement in plans[index].statements]))
    found = {index: plans[index].read(rows) for index in in_order}
    _refuse_excess(found)
    _record_flips(project_id, [found[index] for index in in_order], origin)
    _catalogue(project_id, writes)
    return [found[index].written for index in range(len(writes))]


@dataclass(frozen=True)
class _Outcome:
    written: Written
    is_flip: bool
    now_subscribed: bool | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Plan:
    write: ContactWrite
    new_id: UUID
    event_id: UUID | None
    statements: list[Statement]
    has_flip: bool

    def read(self, rows: Any) -> _Outcome:
        """Takes this plan's results off the pile."""
        upserted = next(rows)
        flipped = next(rows) if self.has_flip else []
        event_at = None
        if self.write.event:
            contact_id, event_at = next(rows)[0]
        else:
            contact_id = next(rows)[0][0]
        return _Outcome(
            Written(contact_id, contact_id == self.new_id, self.event_id, event_at),
            is_flip=bool(flipped),
            now_subscribed=self.write.subscribed,
            problems=_excess(upserted[0]) if upserted else (),
        )


def _plan(project_id: UUID, write: ContactWrite, origin: Origin) -> _Plan:
    key = {"project_id": project_id, "email": write.email}
    made_id = new_id()
    wished = {
        **key,
        "new_id": made_id,
        "subscribed": write.subscribed is not False,
        "keep": Jsonb(write.data.keep),
        "remove": list(write.data.remove),
        # The database writes JSON with blanks; only numbers can be longer in ours, and not by a tenth.
        "ample": settings().max_data_bytes * 9 // 10,
    }
    statements = [Statement(_UPSERT, wished)]
    has_flip = write.subscribed is not None and origin.may_flip
    if has_flip:
        statements.append(Statement(_FLIP, {**key, "subscribed": write.subscribed}))
    event_id = None
    if write.event:
        of_event = recording.parameters(project_id, write.event)
        event_id = of_event["event_id"]
        statements.append(Statement(_RECORD, {**of_event, "email": write.email}))
    else:
        statements.append(Statement(_FIND, key))
    return _Plan(write, made_id, event_id, statements, has_flip)


# `c.data - remove || keep` is read under the row lock: two writers of different keys keep both.
_UPSERT = b"""
    INSERT INTO contacts AS c (project_id, id, email, subscribed, data, created_at, updated_at)
    SELECT %(project_id)s, %(new_id)s, %(email)s, %(subscribed)s, %(keep)s, now.at, now.at
    FROM (SELECT date_trunc('milliseconds', clock_timestamp()) AS at) AS now
    ON CONFLICT (project_id, email) DO UPDATE SET
        data = (c.data - %(remove)s::text[]) || excluded.data,
        updated_at = date_trunc('milliseconds', clock_timestamp())
    WHERE c.data IS DISTINCT FROM (c.data - %(remove)s::text[]) || excluded.data
    RETURNING
        CASE WHEN octet_length(data::text) > %(ample)s THEN data END,
        (SELECT count(*) FROM jsonb_object_keys(data))
"""
_FLIP = b"""
    UPDATE contacts
    SET subscribed = %(subscribed)s, opt_out_reason = NULL,
        updated_at = date_trunc('milliseconds', clock_timestamp())
    WHERE project_id = %(project_id)s AND email = %(email)s AND subscribed <> %(subscribed)s
    RETURNING id
"""
_FIND = b"SELECT id FROM contacts WHERE project_id = %(project_id)s AND email = %(email)s"
_RECORD = recording.recording(b"(" + _FIND + b")")


def _excess(row: tuple[Any, ...]) -> tuple[Problem, ...]:
    """Only data that is nearly too large, or has many keys, is looked at closely."""
    data, keys = row
    if data is None and keys <= settings().max_data_keys:
        return ()
    if data is None:
        message = f"The contact would hold more than {settings().max_data_keys} keys"
        return (Problem("data", message, "too_many_keys"),)
    return tuple(limits(data))


def _refuse_excess(found: dict[int, _Outcome]) -> None:
    at_fault = [index for index, outcome in sorted(found.items()) if outcome.problems]
    if at_fault:
        raise DataTooLarge([problem for index in at_fault for problem in found[index].problems], at_fault)


def _record_flips(project_id: UUID, outcomes: Sequence[_Outcome], origin: Origin) -> None:
    flips = [outcome for outcome in outcomes if outcome.is_flip]
    if not flips:
        return
    events = [flip_event(bool(flip.now_subscribed), origin) for flip in flips]
    run(
        [
            recording.statement(project_id, flip.written.contact_id, event)
            for flip, event in zip(flips, events, strict=True)
        ]
    )
    recording.catalogue(project_id, [event.name for event in events])


def flip_event(subscribed: bool, origin: Origin, *, reason: str | None = None) -> NewEvent:
    """The event that a change of the subscription leaves behind."""
    data = {"source": origin.source, "keyKind": origin.key_kind}
    if reason:
        data["reason"] = reason
    return NewEvent(SUBSCRIBED if subscribed else UNSUBSCRIBED, data)


def _catalogue(project_id: UUID, writes: Sequence[ContactWrite]) -> None:
    catalogue.add(project_id, [write.data.keep for write in writes])
    recording.catalogue(project_id, [write.event.name for write in writes if write.event])
