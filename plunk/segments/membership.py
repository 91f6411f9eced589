"""The membership engine: whatever changes a contact changes the segments it is in, in the same transaction.

The order of things was found by breaking simpler ones; docs/decisions.md and docs/architecture.md tell. In short: all
writers share the project's lock; contacts are locked before they are read; what is read is read in a statement of its
own after that, at one moment; rules are judged in memory; all that follows is written at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager
from functools import partial
from uuid import UUID

from plunk.accounts.service import rules_version
from plunk.contacts.changes import sharing
from plunk.db.notes import notes
from plunk.db.pipeline import Statement, run, sending
from plunk.db.session import after_commit
from plunk.errors import LookAgain
from plunk.facts import ContactChange
from plunk.outbox.interest import interest
from plunk.segments import differences, sql_leaves, states
from plunk.segments.breaking import mark_broken
from plunk.segments.judging import Judge
from plunk.segments.models import Segment
from plunk.segments.rulebook import Rulebook, latest, rulebook
from plunk.segments.states import States

_LOOKED_AT = "plunk.segments.membership.looked_at"
_GATHERED = "plunk.segments.membership.gathered"

AT_ONCE = 1_000
"""Contacts judged before what was found goes to the database."""


def look_before(project_id: UUID, contact_ids: Sequence[UUID], emails: Sequence[str]) -> None:
    """While the starting point of a segment is being found: contacts that it has not reached are judged as they are
    before they change.

    Writers by address, the busy path, go by what this process read last; if that was out of date `follow` finds out.
    """
    book = latest(project_id)
    if contact_ids or book is None:
        book = rulebook(project_id, rules_version(project_id))
    if not book.silent:
        return
    run([sharing(project_id)])
    ids = _lock(project_id, contact_ids, emails)
    version = rules_version(project_id)
    book = rulebook(project_id, version)
    places = book.silent
    if not places or not ids:
        return
    found = _read(project_id, book, ids, places)
    judge = _judge(project_id, book, found, places)
    for state in found.by_id.values():
        judge.find_start(state)
    with _writing(project_id, version, judge) as write:
        write()
    notes().setdefault(_LOOKED_AT, set()).update(ids)


def follow(project_id: UUID, version: int, changes: Sequence[ContactChange]) -> None:
    """Lets the members of every segment follow changes of contacts.

    Raises LookAgain if a starting point must be found first: the transaction is then rolled back and runs again.
    """
    gathered: list[ContactChange] | None = notes().get(_GATHERED)
    if gathered is not None:
        gathered += changes
        return
    book = rulebook(project_id, version)
    if not book.keeping:
        return
    concerned = {change.contact_id: book.concerned_by(change) for change in changes}
    involved = [
        change
        for change in changes
        if concerned[change.contact_id] or change.subscription or change.is_deleted
    ]
    if not involved:
        return
    places = book.with_readers({place for found in concerned.values() for place in found})
    _refuse_unknown_starts(book, involved, places)
    found = _read(project_id, book, [change.contact_id for change in involved], places)
    judge = _judge(project_id, book, found, places)
    with _writing(project_id, version, judge) as write:
        for first in range(0, len(involved), AT_ONCE):
            some = involved[first : first + AT_ONCE]
            staying = [each for change in some for each in _follow(change, found, judge, concerned)]
            write(_subscriptions(some), staying)
    _forget_timers(project_id, [change.contact_id for change in involved if change.is_deleted])


def _follow(
    change: ContactChange, found: States, judge: Judge, concerned: Mapping[UUID, Set[int]]
) -> list[tuple[UUID, int]]:
    """Judges a contact. Answers where it stays while its subscription changes, with what that adds to reachable
    members."""
    book, state = judge.book, found.by_id[change.contact_id]
    if change.is_deleted:
        for segment_id in sorted(state.members & book.keeping):
            judge.flip(state, book.segments[segment_id])
        return []
    before = state.members & book.keeping if change.subscription else set()
    judge.judge(state, concerned[change.contact_id])
    return [(segment_id, change.subscription) for segment_id in before & state.members]


@contextmanager
def gathering() -> Iterator[list[ContactChange]]:
    """Changes inside are not followed at once, but by `move` together with what it does: somebody who is created as a
    member was never outside."""
    gathered: list[ContactChange] = []
    notes()[_GATHERED] = gathered
    try:
        yield gathered
    finally:
        notes().pop(_GATHERED, None)


def move(
    segment: Segment,
    contact_ids: Sequence[UUID],
    *,
    is_entry: bool,
    gathered: Sequence[ContactChange] = (),
) -> set[UUID]:
    """Puts contacts into a static segment, or takes them out; answers those who were not there already.

    The contacts are locked, in order of their addresses, after the project's lock was shared. `gathered` are changes of
    some of them that nobody followed yet.
    """
    if not contact_ids:
        return set()
    version = rules_version(segment.project_id)
    book = rulebook(segment.project_id, version)
    entry = book.segments[segment.id]
    changed = {change.contact_id: change for change in gathered}
    concerned = {contact_id: book.concerned_by(change) for contact_id, change in changed.items()}
    places = book.with_readers(book.concerned_by_flip(entry, is_entry=is_entry).union(*concerned.values()))
    _refuse_unknown_starts(book, gathered, places)
    found = _read(segment.project_id, book, contact_ids, places)
    judge = _judge(segment.project_id, book, found, places)
    moved = set()
    staying: list[tuple[UUID, int]] = []
    for state in found.by_id.values():
        follows = concerned.get(state.contact_id, set())
        before = state.members & book.keeping
        if (segment.id in state.members) != is_entry:
            moved.add(state.contact_id)
            follows = follows | judge.flip(state, entry)
        judge.judge(state, follows)
        change = changed.get(state.contact_id)
        if change and change.subscription:
            staying += [(segment_id, change.subscription) for segment_id in before & state.members]
    with _writing(segment.project_id, version, judge) as write:
        write(_subscriptions(gathered), staying)
    return moved


def judge_again(project_id: UUID, due: Sequence[UUID]) -> None:
    """Judges contacts whose timers are due. Their due timers are gone afterwards; new ones lie ahead."""
    run([sharing(project_id)])
    ids = _lock(project_id, due, ())
    version = rules_version(project_id)
    book = rulebook(project_id, version)
    place_of = {rule.segment.id: place for place, rule in enumerate(book.rules)}
    places = book.with_readers(place for place, rule in enumerate(book.rules) if rule.flips)
    found = _read(project_id, book, ids, [*places, *book.silent])
    judge = _judge(project_id, book, found, places)
    run([Statement(_DELETE_DUE, {"project_id": project_id, "ids": list(due), "now": judge.now})])
    for state in found.by_id.values():
        over = {segment_id for segment_id, due_at in state.timers.items() if due_at <= judge.now}
        for segment_id in over:
            del state.timers[segment_id]
        if book.silent:
            judge.find_start(state)
        judge.judge(state, {place_of[each] for each in over if each in place_of})
    with _writing(project_id, version, judge) as write:
        write()


def _subscriptions(changes: Sequence[ContactChange]) -> dict[UUID, int]:
    """Who came to be subscribed (+1) or the opposite (−1)."""
    return {change.contact_id: change.subscription for change in changes if change.subscription}


def _lock(project_id: UUID, contact_ids: Sequence[UUID], emails: Sequence[str]) -> list[UUID]:
    """In the order in which everybody locks contacts."""
    values = {"project_id": project_id, "ids": list(contact_ids), "emails": list(emails)}
    (rows,) = run([Statement(_LOCK_BY_EMAIL if emails else _LOCK, values)])
    return [row[0] for row in rows]


def _read(project_id: UUID, book: Rulebook, ids: Sequence[UUID], places: Iterable[int]) -> States:
    rules = [book.rules[place] for place in places]
    return states.read(
        project_id,
        ids,
        events={name for rule in rules for name in rule.reads.events},
        event_rows={name for rule in rules for name in rule.reads.event_rows},
    )


def _judge(project_id: UUID, book: Rulebook, found: States, places: Iterable[int]) -> Judge:
    leaves = [leaf for place in places for leaf in book.rules[place].sql_leaves]
    answers = sql_leaves.ask(project_id, list(found.by_id), leaves) if leaves else {}
    return Judge(book, found.now, answers)


@contextmanager
def _writing(project_id: UUID, version: int, judge: Judge) -> Iterator[Callable[..., None]]:
    """Gives a function that sends what was found since it was last called: the database writes that while the next
    contacts are judged. It takes changes of subscriptions, and who stays where meanwhile."""
    listening = interest(project_id, version)
    is_sending = False

    def write(
        subscriptions: Mapping[UUID, int] = differences.NOBODY, staying: Sequence[tuple[UUID, int]] = ()
    ) -> None:
        nonlocal is_sending
        flips, timers = judge.take()
        if not (flips or timers or staying):
            return
        if not is_sending:  # most writes move nobody: no round trip for those
            stack.enter_context(sending())
            is_sending = True
        if flips or staying:
            differences.write(
                project_id,
                flips,
                now=judge.stamp,
                listening=listening,
                subscriptions=subscriptions,
                staying=staying,
            )
        differences.set_timers(project_id, timers)

    with ExitStack() as stack:
        yield write
    if failed := {**judge.book.newly_broken, **judge.raised}:
        after_commit(partial(mark_broken, project_id, failed))


def _refuse_unknown_starts(book: Rulebook, involved: Sequence[ContactChange], places: Iterable[int]) -> None:
    """A starting point cannot be found any more once the contact has changed."""
    if not book.silent:
        return
    looked_at = notes().get(_LOOKED_AT, ())
    silent = [book.rules[place].segment.silent_after for place in set(book.silent) & set(places)]
    deleted = [book.rules[place].segment.silent_after for place in book.silent]
    for change in involved:
        if change.is_new or change.contact_id in looked_at:
            continue
        if any(after and change.contact_id > after for after in (deleted if change.is_deleted else silent)):
            raise LookAgain


def _forget_timers(project_id: UUID, deleted: Sequence[UUID]) -> None:
    if deleted:
        run([Statement(_FORGET_TIMERS, {"project_id": project_id, "ids": list(deleted)})])


_LOCK = b"""
    SELECT id FROM contacts WHERE project_id = %(project_id)s AND id = ANY(%(ids)s)
    ORDER BY email COLLATE "C" FOR UPDATE
"""
_LOCK_BY_EMAIL = b"""
    SELECT id FROM contacts WHERE project_id = %(project_id)s AND email = ANY(%(emails)s)
    ORDER BY email COLLATE "C" FOR UPDATE
"""
_DELETE_DUE = b"""
    DELETE FROM membership_timers
    WHERE project_id = %(project_id)s AND contact_id = ANY(%(ids)s) AND due_at <= %(now)s
"""
_FORGET_TIMERS = b"""
    DELETE FROM membership_timers WHERE project_id = %(project_id)s AND contact_id = ANY(%(ids)s)
"""
