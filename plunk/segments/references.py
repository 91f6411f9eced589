"""Segments that read each other: no rings, and no rule that grows too large when the others stand in it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from plunk.errors import InvalidInput, Problem
from plunk.segments import mentions
from plunk.segments.models import Segment

MAX_FILTERS_TOGETHER = 1_000
MAX_CHAIN = 20


def check(segments: Iterable[Segment]) -> None:
    """Looks at all segments of a project, the changed one among them as it would be.

    Raises InvalidInput for a ring (by `segment.<id>` or by `event.segment.<slug>.entry`) and for a rule that would
    hold too many filters together with those it refers to.
    """
    by_id = {segment.id: segment for segment in segments}
    by_slug = {segment.slug: segment.id for segment in by_id.values()}
    sizes: dict[UUID, int] = {}
    for start in by_id:
        _size(start, by_id, by_slug, sizes, [])


def _size(
    segment_id: UUID,
    by_id: dict[UUID, Segment],
    by_slug: dict[str, UUID],
    sizes: dict[UUID, int],
    above: list[UUID],
) -> int:
    """Filters of a segment's rule with those of the rules it asks about membership of."""
    if segment_id in above:
        names = " → ".join(by_id[each].name for each in [*above[above.index(segment_id) :], segment_id])
        raise _refused(f"Segments would refer to each other in a ring: {names}", "reference_ring")
    if segment_id in sizes:
        return sizes[segment_id]
    if len(above) >= MAX_CHAIN:
        message = f"Segments may refer to each other in a chain of at most {MAX_CHAIN}"
        raise _refused(message, "chain_too_long")
    condition = by_id[segment_id].condition
    path = [*above, segment_id]
    size = sum(1 for _ in mentions.filters(condition))
    for inner in sorted(mentions.segments(condition) & by_id.keys()):
        size += _size(inner, by_id, by_slug, sizes, path)
    for slug in sorted(mentions.slugs(condition) & by_slug.keys()):
        _size(by_slug[slug], by_id, by_slug, sizes, path)
    if size > MAX_FILTERS_TOGETHER:
        message = (
            f"{by_id[segment_id].name!r} would hold {size:,} filters together with the segments it refers to; "
            f"at most {MAX_FILTERS_TOGETHER:,} are allowed"
        )
        raise _refused(message, "too_many_filters")
    sizes[segment_id] = size
    return size


def _refused(message: str, code: str) -> InvalidInput:
    return InvalidInput([Problem("condition", message, code, is_malformed=True)])
