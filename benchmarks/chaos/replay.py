"""The oracle: goes through all that was written, transaction by transaction, and says what plunk should have told.

Where no clock takes part, the entries and exits of a transaction must be exactly those that its rows cause. Where time
decides, what a write causes must be told by that write; what comes by itself must be told truly, and before long: how
late is measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.chaos.audit import Seen
from benchmarks.chaos.person import Person
from benchmarks.chaos.segments import FIRST_LIMIT, PLANS, STATIC, Plan, slug

ROUNDING = timedelta(milliseconds=1)
BOUNDARY = timedelta(seconds=3)
"""So near to the end of a minute a write may have looked at the other side of it than its rows suggest."""

LATEST = timedelta(seconds=120)
"""What comes by itself and is told later than this is lost, whoever was killed."""


@dataclass(frozen=True)
class Move:
    """An entry or exit that plunk told. `at` is the moment it says."""

    segment: str
    is_entry: bool
    sequence: int
    at: datetime


@dataclass(frozen=True)
class Turn:
    """What happened to one contact before plunk judged it. `at` is a moment after that."""

    at: datetime
    is_new: bool
    has_login: bool
    by_hand: frozenset[tuple[str, bool]]
    told: tuple[Move, ...]


@dataclass
class Replay:
    """`names` are those of segments, by id. After `run`: what was wrong, how many moves were right, how late those by
    time were, and everybody who is left, by id."""

    names: dict[str, str]
    people: dict[str, Person] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    moves: int = 0
    moves_by_time: int = 0
    latest: timedelta = timedelta(0)
    _limit: int = FIRST_LIMIT
    _computing: set[str] = field(default_factory=set)
    _named: set[tuple[str, str]] = field(default_factory=set)

    def run(self, rows: Sequence[Seen]) -> None:
        """Takes in all rows."""
        for (_, contact_id), group in grouped(rows).items():
            if contact_id:
                self._take(contact_id, group)
            else:
                self._edit(group)

    def _edit(self, group: list[Seen]) -> None:
        """A rule is edited, or the contacts whom that moves have been found: then everybody is where they belong."""
        for row in group:
            if row.what == "rule":
                (filter_,) = row.content["groups"][0]["filters"]
                self._limit = filter_["value"]
            elif row.content == "computing":
                self._computing.add(row.segment_id)
            else:
                self._computing.discard(row.segment_id)
        if not self._computing:
            for contact_id, person in self.people.items():
                self._judge(contact_id, person, Turn(group[-1].at, False, False, frozenset(), ()))

    def _take(self, contact_id: str, group: list[Seen]) -> None:
        """One contact in one transaction."""
        told = [self._move(row) for row in group if row.what == "told"]
        self._compare_rows(contact_id, group, told)
        first = group[0]
        if first.what == "made":
            self.people[contact_id] = Person(datetime.fromisoformat(first.content["created_at"]))
        person = self.people.get(contact_id)
        if person is None:
            return self._complain(first.at, contact_id, f"{first.what} although it does not exist")
        if group[-1].what == "gone":
            del self.people[contact_id]
            return self._compare_exits(contact_id, group[-1].at, person, told)
        for row in group:
            if row.what in ("made", "changed"):
                person.take(row.content)
            elif row.what == "event" and not row.content["name"].startswith("segment."):
                person.note_event(row.content)
        return self._judge(contact_id, person, self._turn(group, told))

    def _turn(self, group: list[Seen], told: list[Move]) -> Turn:
        by_hand = frozenset(
            (self.names[row.segment_id], row.what == "in")
            for row in group
            if row.what in ("in", "out") and self.names[row.segment_id] in STATIC
        )
        has_login = any(row.what == "event" and row.content["name"] == "login" for row in group)
        return Turn(group[-1].at, group[0].what == "made", has_login, by_hand, tuple(told))

    def _judge(self, contact_id: str, person: Person, turn: Turn) -> None:
        """Segment by segment, each after those that it reads. What plunk told is then taken as it is, and of one
        contact and segment only the first fault is named: others follow from it."""
        person.is_above = person.score_above(self._limit)
        told = {move.segment: move for move in turn.told}
        if len(told) != len(turn.told):
            self._complain(turn.at, contact_id, f"moved twice at once: {turn.told}")
        for plan in PLANS:
            move = told.get(plan.name)
            fault = self._fault(plan, person, turn, move)
            if fault and (contact_id, plan.name) not in self._named:
                self._named.add((contact_id, plan.name))
                self._complain(turn.at, contact_id, f"{plan.name}: {fault}")
            if move:
                self.moves += 1
                person.follow(plan.name, slug(plan.name), is_entry=move.is_entry)

    def _fault(self, plan: Plan, person: Person, turn: Turn, move: Move | None) -> str:
        is_member = plan.name in person.member
        if move and move.is_entry == is_member:
            return f"told {_word(move.is_entry)} twice"
        if plan.name in STATIC:
            by_hand = dict(turn.by_hand).get(plan.name)
            return "" if by_hand == (move.is_entry if move else None) else f"{by_hand} by hand, told {move}"
        if plan.until:
            return self._fault_of_time(plan, person, turn, move)
        belongs = plan.is_true(person, turn.at)
        if belongs == (move.is_entry if move else is_member):
            return ""
        if plan.follows_edits and self._computing and not move:
            return ""  # an edit moves it, and it was not reached yet
        return f"should {'be in' if belongs else 'be out'}, was told {_word(move.is_entry if move else None)}: {person}"

    def _fault_of_time(self, plan: Plan, person: Person, turn: Turn, move: Move | None) -> str:
        end = plan.until(person) if plan.until else None
        if move:
            by_itself = move.is_entry == plan.is_negated
            if by_itself and end and not turn.is_new:
                self.moves_by_time += 1
                self.latest = max(self.latest, move.at - end)
            truths = {plan.is_true(person, moment) for moment in (move.at, move.at + ROUNDING)}
            return "" if move.is_entry in truths else f"told {move}, but the end is {end}"
        if plan.is_true(person, turn.at) == (plan.name in person.member):
            return ""
        is_judged = turn.is_new or (turn.has_login and plan.is_about_logins)
        if end is None or turn.at < end - BOUNDARY:
            return f"the end is {end}, and nothing was told: {person}"
        self.latest = max(self.latest, turn.at - end)
        is_in_time = turn.at - end < (BOUNDARY if is_judged else LATEST)
        return "" if is_in_time else f"the end was {end}, and nothing was told"

    def _compare_exits(self, contact_id: str, at: datetime, person: Person, told: list[Move]) -> None:
        """Who is deleted leaves all segments."""
        self.moves += len(told)
        found = {(move.segment, move.is_entry) for move in told}
        if found != {(name, False) for name in person.member} or len(told) != len(found):
            self._complain(at, contact_id, f"deleted as a member of {person.member}, told {found}")

    def _compare_rows(self, contact_id: str, group: list[Seen], told: list[Move]) -> None:
        """Rows of members, and events, are those of the entries and exits that are told."""
        wanted = Counter((move.segment, move.is_entry) for move in told)
        rows = Counter(
            (self.names[row.segment_id], row.what == "in") for row in group if row.what in ("in", "out")
        )
        names = Counter(f"segment.{slug(name)}.{_word(is_entry)}" for name, is_entry in wanted.elements())
        events = Counter(
            row.content["name"]
            for row in group
            if row.what == "event" and row.content["name"].startswith("segment.")
        )
        if rows != wanted or events != names:
            self._complain(group[-1].at, contact_id, f"told {wanted}, rows {rows}, events {events}")

    def _move(self, row: Seen) -> Move:
        at = datetime.fromisoformat(row.content["at"])
        return Move(self.names[row.segment_id], row.content["is_entry"], row.content["sequence"], at)

    def _complain(self, at: datetime, contact_id: str, what: str) -> None:
        self.faults.append(f"{at:%H:%M:%S.%f} {contact_id}: {what}")


def grouped(rows: Sequence[Seen]) -> dict[tuple[str, str], list[Seen]]:
    """Rows by transaction and contact, in the order in which contacts were locked. Facts are looked at elsewhere."""
    found: dict[tuple[str, str], list[Seen]] = {}
    for row in rows:
        if row.what != "fact":
            found.setdefault((row.tx, row.contact_id), []).append(row)
    return found


def _word(is_entry: bool | None) -> str:
    return {True: "entry", False: "exit", None: "nothing"}[is_entry]
