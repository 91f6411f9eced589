"""The one write path of contacts: create or update by e-mail, with an event if there is one.

Each write is a few statements in one round trip. They stay separate statements, since each must see what the lock
of the one before waited for:

1. share the project's lock with all other writers: rules stay as they are until the commit;
2. insert the contact or merge its data; the row is locked either way;
3. if a subscription was stated: flip it, which says whether it was a flip;
4. if there is an event: store it, finding the contact by e-mail (the second statement says nothing when nothing
   changed). The version of the project's rules is read along.

Then, if there is reason to: the events of flips, whoever follows changes, new keys and names for the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from plunk import plugins
from plunk.config import settings
from plunk.contacts import catalogue, changes
from plunk.contacts.data import DataWrite, limits
from plunk.db.base import new_id
from plunk.db.pipeline import Statement, run
from plunk.errors import InvalidInput, Problem
from plunk.events import recording
from plunk.events.recording import NewEvent
from plunk.facts import ContactChange, StoredEvent

SUBSCRIBED = "contact.subscribed"
UNSUBSCRIBED = "contact.unsubscribed"


@dataclass(frozen=True)
class Origin:
    """Where a write came from: kept with every flip of a subscription.

    `may_flip` is false where a public key may not change the subscription of people who are already known. `reason` is
    what somebody wrote who changed it by hand.
    """

    source: str
    key_kind: str
    may_flip: bool = True
    reason: str | None = None


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
    plugins.hook().plunk_contacts_changing(
        project_id=project_id, contact_ids=(), emails=[writes[index].email for index in in_order]
    )
    plans = {index: _plan(project_id, writes[index], origin) for index in in_order}
    statements = [statement for index in in_order for statement in plans[index].statements]
    rows = iter(run([changes.sharing(project_id), *statements])[1:])
    found = {index: plans[index].read(rows) for index in in_order}
    _refuse_excess(found)
    outcomes = [found[index] for index in in_order]
    flips = _record_flips(project_id, outcomes, origin)
    changes.tell(project_id, _changes(outcomes, flips), version=outcomes[-1].version if outcomes else None)
    _catalogue(project_id, writes, [event.name for told in flips.values() for _, event in told])
    return [found[index].written for index in range(len(writes))]


@dataclass(frozen=True)
class _Outcome:
    write: ContactWrite
    written: Written
    version: int
    is_changed: bool
    is_flip: bool
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
        contact_id, event_at, version = next(rows)[0]
        return _Outcome(
            self.write,
            Written(contact_id, contact_id == self.new_id, self.event_id, event_at),
            version,
            is_changed=bool(upserted),
            is_flip=bool(flipped),
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
_ID = b"SELECT id FROM contacts WHERE project_id = %(project_id)s AND email = %(email)s"
_VERSION = b"(SELECT rules_version FROM projects WHERE id = %(project_id)s)"
_FIND = b"SELECT (" + _ID + b"), NULL::timestamptz, " + _VERSION
_RECORD = recording.recording(b"(" + _ID + b")", further=_VERSION)


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


def _record_flips(
    project_id: UUID, outcomes: Sequence[_Outcome], origin: Origin
) -> dict[UUID, list[tuple[bool, StoredEvent]]]:
    """The events of the flips, by contact: whether each subscribed, and what was stored."""
    flips = [outcome for outcome in outcomes if outcome.is_flip]
    if not flips:
        return {}
    stored = recording.record_many(
        project_id,
        [(flip.written.contact_id, flip_event(bool(flip.write.subscribed), origin)) for flip in flips],
    )
    found: dict[UUID, list[tuple[bool, StoredEvent]]] = {}
    for flip, told in zip(flips, stored, strict=True):
        found.setdefault(flip.written.contact_id, []).append((bool(flip.write.subscribed), told))
    return found


def _changes(
    outcomes: Sequence[_Outcome], flips: Mapping[UUID, Sequence[tuple[bool, StoredEvent]]]
) -> list[ContactChange]:
    """One change for each contact, however many writes were about it."""
    by_contact: dict[UUID, list[_Outcome]] = {}
    for outcome in outcomes:
        by_contact.setdefault(outcome.written.contact_id, []).append(outcome)
    found = []
    for contact_id, about in by_contact.items():
        is_new = any(outcome.written.is_new for outcome in about)
        flipped = flips.get(contact_id, ())
        fields = set() if is_new else {name for outcome in about for name in _changed_fields(outcome)}
        events = [told for _, told in flipped] + [
            StoredEvent(event_id, outcome.write.event.name, outcome.write.event.data, event_at)
            for outcome in about
            if (event_id := outcome.written.event_id)
            and (event_at := outcome.written.event_at)
            and outcome.write.event
        ]
        subscription = 0 if is_new else sum(1 if to else -1 for to, _ in flipped)
        found.append(
            ContactChange(
                contact_id,
                is_new=is_new,
                fields=frozenset(fields),
                subscription=subscription,
                events=tuple(events),
            )
        )
    return found


def _changed_fields(outcome: _Outcome) -> set[str]:
    """As rules name them; of the data, the keys that were written."""
    found = set()
    if outcome.is_changed:
        data = outcome.write.data
        found = {"updatedAt", *(f"data.{key}" for key in (*data.keep, *data.remove))}
    return found | {"updatedAt", "subscribed"} if outcome.is_flip else found


def flip_event(subscribed: bool, origin: Origin, *, reason: str | None = None) -> NewEvent:
    """The event that a change of the subscription leaves behind."""
    data = {"source": origin.source, "keyKind": origin.key_kind}
    if said := reason or origin.reason:
        data["reason"] = said
    return NewEvent(SUBSCRIBED if subscribed else UNSUBSCRIBED, data)


def _catalogue(project_id: UUID, writes: Sequence[ContactWrite], further: Sequence[str]) -> None:
    catalogue.add(project_id, [write.data.keep for write in writes])
    recording.catalogue(project_id, [*further, *(write.event.name for write in writes if write.event)])
