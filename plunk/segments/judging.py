"""Judges contacts by a project's rules, in memory: who comes in, who leaves, and when to look again."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from plunk.filters.nodes import Filter
from plunk.filters.profile import Profile
from plunk.segments.failing import reason
from plunk.segments.rulebook import Entry, Rule, Rulebook
from plunk.segments.states import State


@dataclass(frozen=True)
class Flip:
    """A contact comes into a segment, or leaves it; `sequence` is the number of that fact. Of a silent one nobody is
    told."""

    state: State
    segment: Entry
    is_entry: bool
    is_silent: bool
    sequence: int


@dataclass(frozen=True)
class Timer:
    """When a contact must be judged again by a segment's rule."""

    contact_id: UUID
    segment_id: UUID
    due_at: datetime


@dataclass(frozen=True)
class SqlAnswers:
    """What the database said of one contact, for filters that have no Python face."""

    matches: dict[Filter, bool] = field(default_factory=dict)
    flips: dict[Filter, datetime | None] = field(default_factory=dict)


@dataclass
class Judge:
    """Judges contacts at one moment and collects what it finds.

    `raised` are the segments whose rules failed, and why: their members stay where they are.
    """

    book: Rulebook
    now: datetime
    answers: Mapping[UUID, SqlAnswers] = field(default_factory=dict)
    flips: list[Flip] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    raised: dict[UUID, str] = field(default_factory=dict)

    @property
    def stamp(self) -> datetime:
        """The moment as it is stored and shown: with milliseconds."""
        return self.now.replace(microsecond=self.now.microsecond // 1000 * 1000)

    def take(self) -> tuple[list[Flip], list[Timer]]:
        """What was found since this was last asked."""
        found = self.flips, self.timers
        self.flips, self.timers = [], []
        return found

    def judge(self, state: State, concerned: Set[int]) -> None:
        """By the concerned rules and by those that follow from what they find, in their order. Changes `state` as the
        contact will change."""
        if not concerned:
            return
        profile, pending = self._profile(state), concerned
        for place, rule in enumerate(self.book.rules):
            if place in pending:
                matches = self._ask(rule, state, profile)
                if matches is not None and matches != (rule.segment.id in state.members):
                    pending = pending | self.flip(state, rule.segment)

    def find_start(self, state: State) -> None:
        """Puts a contact silently into the segments whose starting point has not reached it yet, where it belongs."""
        profile = self._profile(state)
        for place in self.book.silent:
            rule = self.book.rules[place]
            after = rule.segment.silent_after
            if after is None or state.contact_id <= after:
                continue
            if self._ask(rule, state, profile) and rule.segment.id not in state.members:
                self.flip(state, rule.segment, is_silent=True)

    def flip(self, state: State, segment: Entry, *, is_silent: bool = False) -> frozenset[int]:
        """Moves the contact in or out, and answers the rules that this concerns."""
        is_entry = segment.id not in state.members
        is_told = segment.is_tracked and not is_silent
        if is_entry:
            state.members.add(segment.id)
        else:
            state.members.discard(segment.id)
        if is_told:
            state.sequence += 1
            name = segment.event(is_entry=is_entry)
            if name in self.book.events_read:
                state.note(name, segment.event_data, self.stamp)
        self.flips.append(Flip(state, segment, is_entry, not is_told, state.sequence))
        return self.book.concerned_by_flip(segment, is_entry=is_entry)

    def announce(self, state: State, segment: Entry) -> Flip:
        """Tells of a contact that was in from the start."""
        state.sequence += 1
        return Flip(state, segment, is_entry=True, is_silent=False, sequence=state.sequence)

    def _ask(self, rule: Rule, state: State, profile: Profile) -> bool | None:
        """Whether the rule matches; None if it failed. Sets a timer for the moment when that may change by itself."""
        segment_id = rule.segment.id
        if self.raised and segment_id in self.raised:  # an id is hashed in Python: not for nothing
            return None
        try:
            matches = rule.predicate(profile, self.now)
            due_at = rule.flips(profile, self.now) if rule.flips else None
        except Exception as problem:  # a plugin's operator may do anything; what it did is written down
            self.raised[segment_id] = reason(problem)
            return None
        before = state.timers.get(segment_id)
        if due_at is not None and (before is None or due_at < before):
            state.timers[segment_id] = due_at
            self.timers.append(Timer(state.contact_id, segment_id, due_at))
        return matches

    def _profile(self, state: State) -> Profile:
        """The contact as rules see it. Membership of segments that keep no rows, or none to rely on yet, is what
        their rules say."""
        segments, inline, members, now = self.book.segments, self.book.inline, state.members, self.now

        def is_member(segment_id: UUID) -> bool:
            if segments[segment_id].is_settled:
                return segment_id in members
            return inline[segment_id].predicate(profile, now)

        answers = self.answers.get(state.contact_id)
        profile = Profile(
            email=state.email,
            subscribed=state.subscribed,
            created_at=state.created_at,
            updated_at=state.updated_at,
            data=state.data,
            activity=state.activity,
            events=state.events,
            is_member=is_member,
            sql_answers=answers.matches if answers else {},
            sql_flips=answers.flips if answers else {},
        )
        return profile
