"""What a process knows of a project's segments: rules compiled, in the order in which they follow each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from typing import cast
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from plunk.db.base import db, to_json
from plunk.db.versioned import Versioned
from plunk.errors import InvalidInput
from plunk.facts import ContactChange
from plunk.filters.evaluate import Flips, Predicate, compile_flips, compile_predicate, leaves_for_sql
from plunk.filters.nodes import Condition, Filter, timeless_part
from plunk.filters.walk import Reads, reads
from plunk.segments import mentions
from plunk.segments.models import Segment
from plunk.segments.rules import missing_operators, understand


@dataclass(frozen=True)
class Entry:
    """One segment as the engine needs it."""

    id: UUID
    name: str
    slug: str
    is_static: bool
    is_tracked: bool
    status: str
    silent_after: UUID | None
    condition: Condition | None

    @property
    def keeps_rows(self) -> bool:
        """Whether `memberships` holds its members."""
        return self.is_static or self.is_tracked

    @property
    def is_settled(self) -> bool:
        """Whether those rows say who is in, for every contact."""
        return self.is_static or (self.is_tracked and self.status != "computing")

    def event(self, *, is_entry: bool) -> str:
        """The event of an entry, or of an exit."""
        return f"segment.{self.slug}.{'entry' if is_entry else 'exit'}"

    @cached_property
    def event_data(self) -> dict[str, str]:
        """The data of such an event."""
        return {"segmentId": str(self.id), "segmentName": self.name}

    @cached_property
    def event_json(self) -> str:
        """The same as it is stored."""
        return to_json(self.event_data)


@dataclass(frozen=True)
class Rule:
    """A tracked segment's rule, ready to judge. `reads` includes what the rules that stand in it read."""

    segment: Entry
    reads: Reads
    predicate: Predicate
    flips: Flips | None
    sql_leaves: tuple[Filter, ...]


@dataclass(frozen=True)
class Rulebook:
    """The segments of a project at one version. `rules` are the tracked ones that can be judged, each after those
    that it reads; `broken` says of the others why not."""

    segments: Mapping[UUID, Entry]
    rules: tuple[Rule, ...]
    inline: Mapping[UUID, Rule]
    broken: Mapping[UUID, str]
    _by_field: Mapping[str, frozenset[int]] = field(repr=False)
    _by_event: Mapping[str, frozenset[int]] = field(repr=False)
    _by_segment: Mapping[UUID, frozenset[int]] = field(repr=False)

    @cached_property
    def keeping(self) -> frozenset[UUID]:
        """The segments whose members have rows."""
        return frozenset(each.id for each in self.segments.values() if each.keeps_rows)

    @cached_property
    def newly_broken(self) -> dict[UUID, str]:
        """Tracked segments that cannot be judged, and are not marked so yet."""
        return {
            segment_id: reason
            for segment_id, reason in self.broken.items()
            if self.segments[segment_id].is_tracked and self.segments[segment_id].status != "broken"
        }

    @cached_property
    def silent(self) -> tuple[int, ...]:
        """The rules whose starting point is being found."""
        return tuple(i for i, rule in enumerate(self.rules) if rule.segment.silent_after is not None)

    @cached_property
    def events_read(self) -> Set[str]:
        """The events that any rule reads."""
        return self._by_event.keys()

    def concerned_by(self, change: ContactChange) -> Set[int]:
        """The rules that a change can concern, by their place in `rules`."""
        if change.is_new:
            return self._all
        found: set[int] = set()
        for name in change.fields:
            found |= self._by_field.get(name, frozenset())
        for event in change.events:
            found |= self._by_event.get(event.name, frozenset())
        for event_name in change.forgotten_events:
            found |= self._by_event.get(event_name, frozenset())
        return found

    def concerned_by_flip(self, segment: Entry, *, is_entry: bool) -> frozenset[int]:
        """The rules that read this membership, or its event."""
        found = self._by_segment.get(segment.id, frozenset())
        return found | self._by_event.get(segment.event(is_entry=is_entry), frozenset())

    def with_readers(self, places: Iterable[int]) -> set[int]:
        """These rules and all that may follow them."""
        found: set[int] = set()
        pending = list(places)
        while pending:
            place = pending.pop()
            if place not in found:
                found.add(place)
                pending += self._readers[place]
        return found

    @cached_property
    def _all(self) -> frozenset[int]:
        return frozenset(range(len(self.rules)))

    @cached_property
    def _readers(self) -> tuple[frozenset[int], ...]:
        return tuple(
            self.concerned_by_flip(rule.segment, is_entry=True)
            | self.concerned_by_flip(rule.segment, is_entry=False)
            for rule in self.rules
        )


def rulebook(project_id: UUID, version: int) -> Rulebook:
    """The project's rules at that version, read at most once per process."""
    return _kept().get(project_id, version, lambda: load(project_id))


def latest(project_id: UUID) -> Rulebook | None:
    """What this process read last; it may be out of date."""
    return _kept().latest(project_id)


def load(project_id: UUID) -> Rulebook:
    """Reads and compiles all rules of a project."""
    rows = db.session.execute(
        select(
            Segment.id,
            Segment.name,
            Segment.slug,
            Segment.type,
            Segment.track_membership,
            Segment.status,
            Segment.status_reason,
            Segment.silent_after,
            Segment.condition,
        ).where(Segment.project_id == project_id)
    ).all()
    known = {row.id for row in rows}
    entries: dict[UUID, Entry] = {}
    broken: dict[UUID, str] = {}
    for row in rows:
        condition = None
        if row.type == "DYNAMIC":
            try:
                condition = understand(row.condition, known)
            except InvalidInput as problem:
                broken[row.id] = missing_operators(row.condition) or problem.problems[0].message
        if row.status == "broken":
            broken[row.id] = row.status_reason or "It could not be answered"
        entries[row.id] = Entry(
            row.id,
            row.name,
            row.slug,
            row.type == "STATIC",
            row.track_membership,
            row.status,
            row.silent_after if row.status == "computing" else None,
            condition,
        )
    return _bind(entries, broken, _in_order({row.id: row.condition for row in rows}, entries))


def _bind(entries: Mapping[UUID, Entry], broken: dict[UUID, str], order: list[UUID]) -> Rulebook:
    inline: dict[UUID, Rule] = {}
    for segment_id in order:
        entry = entries[segment_id]
        if entry.condition is None or segment_id in broken:
            continue
        rule = _rule(entry, entry.condition, entries, inline)
        missing = [each for each in rule.reads.segments if not entries[each].is_settled and each in broken]
        if missing:
            broken[segment_id] = f"It reads {entries[missing[0]].name!r}, which is broken"
        else:
            inline[segment_id] = rule
    rules = tuple(inline[each] for each in order if each in inline and entries[each].is_tracked)
    by_field: dict[str, set[int]] = {}
    by_event: dict[str, set[int]] = {}
    by_segment: dict[UUID, set[int]] = {}
    for place, rule in enumerate(rules):
        for name in rule.reads.fields:
            for written in _written_as(name):
                by_field.setdefault(written, set()).add(place)
        for event in rule.reads.events:
            by_event.setdefault(event, set()).add(place)
        for segment_id in rule.reads.segments:
            by_segment.setdefault(segment_id, set()).add(place)
    return Rulebook(
        entries,
        rules,
        inline,
        broken,
        {key: frozenset(places) for key, places in by_field.items()},
        {key: frozenset(places) for key, places in by_event.items()},
        {key: frozenset(places) for key, places in by_segment.items()},
    )


def _rule(
    entry: Entry, condition: Condition, entries: Mapping[UUID, Entry], inline: Mapping[UUID, Rule]
) -> Rule:
    own = reads(condition)
    standing = {
        each: inline[each] for each in own.segments if not entries[each].is_settled and each in inline
    }
    everything = [own, *(rule.reads for rule in standing.values())]
    leaves = [*leaves_for_sql(condition), *(leaf for rule in standing.values() for leaf in rule.sql_leaves)]

    def member_flips(segment_id: UUID) -> Flips | None:
        return standing[segment_id].flips if segment_id in standing else None

    return Rule(
        segment=entry,
        reads=Reads(
            fields=frozenset().union(*(each.fields for each in everything)),
            events=frozenset().union(*(each.events for each in everything)),
            event_rows=frozenset().union(*(each.event_rows for each in everything)),
            segments=frozenset().union(*(each.segments for each in everything)),
            mentions_time=any(each.mentions_time for each in everything),
        ),
        predicate=compile_predicate(condition),
        flips=_flips(condition, member_flips),
        sql_leaves=tuple(leaves),
    )


def _flips(condition: Condition, member_flips: Callable[[UUID], Flips | None]) -> Flips | None:
    flips_at, timeless = compile_flips(condition, member_flips=member_flips), timeless_part(condition)
    if flips_at is None or timeless is None:
        return flips_at
    may_flip = compile_predicate(timeless)
    return lambda profile, now: flips_at(profile, now) if may_flip(profile, now) else None


def _in_order(conditions: Mapping[UUID, object], entries: Mapping[UUID, Entry]) -> list[UUID]:
    """Each segment after all that it reads, by membership or by their events."""
    by_slug = {entry.slug: entry.id for entry in entries.values()}
    graph = {
        segment_id: {
            *(each for each in mentions.segments(condition) if each in entries),
            *(by_slug[slug] for slug in mentions.slugs(condition) if slug in by_slug),
        }
        for segment_id, condition in sorted(conditions.items())
    }
    return list(TopologicalSorter(graph).static_order())


def _written_as(name: str) -> list[str]:
    """The fields whose writing can change what a rule reads under this name: `data.a.b` is the key `a`, or a key
    that contains the dot."""
    if not name.startswith("data."):
        return [name]
    parts = name.removeprefix("data.").split(".")
    return [f"data.{'.'.join(parts[:length])}" for length in range(1, len(parts) + 1)]


def _kept() -> Versioned[Rulebook]:
    return cast("Versioned[Rulebook]", current_app.extensions.setdefault("plunk.rulebooks", Versioned()))
