"""Segments that read each other: no rings, and no rule that grows too large when the others stand in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from plunk.errors import InvalidInput, Problem
from plunk.segments import mentions
from plunk.segments.models import Segment

MAX_FILTERS_TOGETHER = 1_000
MAX_CHAIN = 20


@dataclass(frozen=True)
class _Weight:
    """`filters` of a rule with those of the rules that stand in it; `chain`: how many segments its longest one has."""

    filters: int
    chain: int


def check(segments: Iterable[Segment], *, changed: UUID) -> None:
    """Looks at all segments of a project, the changed one among them as it would be.

    Raises InvalidInput for a mention of a segment that went meanwhile, for a ring (by `segment.<id>` or by
    `event.segment.<slug>.entry`), for too long a chain, and for a rule that would hold too many filters together with
    those it refers to.
    """
    by_id = {segment.id: segment for segment in segments}
    by_slug = {segment.slug: segment.id for segment in by_id.values()}
    if any(each not in by_id for each in mentions.segments(by_id[changed].condition)):
        raise _refused("The rule mentions a segment that does not exist", "unknown_segment")
    known: dict[UUID, _Weight] = {}
    for start in by_id:
        _weigh(start, by_id, by_slug, known, [])


def _weigh(
    segment_id: UUID,
    by_id: dict[UUID, Segment],
    by_slug: dict[str, UUID],
    known: dict[UUID, _Weight],
    above: list[UUID],
) -> _Weight:
    if segment_id in above:
        names = " → ".join(by_id[each].name for each in [*above[above.index(segment_id) :], segment_id])
        raise _refused(f"Segments would refer to each other in a ring: {names}", "reference_ring")
    if segment_id in known:
        return known[segment_id]
    condition, path = by_id[segment_id].condition, [*above, segment_id]

    def inner(each: UUID) -> _Weight:
        return _weigh(each, by_id, by_slug, known, path)

    # A rule stands in another as often as it is mentioned; one whose events are read does not stand in it.
    standing = [inner(each) for each in mentions.segments(condition) if each in by_id]
    read = [inner(by_slug[slug]) for slug in mentions.slugs(condition) if slug in by_slug]
    found = _Weight(
        filters=sum(1 for _ in mentions.filters(condition)) + sum(each.filters for each in standing),
        chain=1 + max((each.chain for each in standing + read), default=0),
    )
    _refuse_excess(by_id[segment_id], found)
    known[segment_id] = found
    return found


def _refuse_excess(segment: Segment, weight: _Weight) -> None:
    if weight.chain > MAX_CHAIN:
        message = f"{segment.name!r} would begin a chain of more than {MAX_CHAIN} segments"
        raise _refused(message, "chain_too_long")
    if weight.filters > MAX_FILTERS_TOGETHER:
        message = (
            f"{segment.name!r} would hold {weight.filters:,} filters together with the segments it refers to; "
            f"at most {MAX_FILTERS_TOGETHER:,} are allowed"
        )
        raise _refused(message, "too_many_filters")


def _refused(message: str, code: str) -> InvalidInput:
    return InvalidInput([Problem("condition", message, code, is_malformed=True)])
