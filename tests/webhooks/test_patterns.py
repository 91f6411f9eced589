"""Which patterns name a segment by its slug."""

from __future__ import annotations

import pytest

from plunk.webhooks.patterns import names_segment, wants


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("segment.trial-users.entry", True),
        ("segment.trial-users.*", True),
        ("*.trial-users.entry", True),
        ("segment.trial-users.e*", True),
        ("segment.trial-users.exit", False),
        ("segment.*", False),
        ("*", False),
        ("segment.trial-*", False),
        ("segment.trial-users*", False),
        ("segment.*.entry", False),
        ("segment.trial-users-2.*", False),
        ("segment.trial-users.entry.*", False),
        ("trial-users", False),
    ],
)
def test_a_pattern_names_a_segment_by_its_whole_slug(pattern: str, names: bool) -> None:
    assert names_segment(pattern, "segment.trial-users.entry") is names


@pytest.mark.parametrize("event", ["signed_up", "segment.entry", "segment.trial-users.joined", "x.a.entry"])
def test_no_other_event_is_a_segments(event: str) -> None:
    assert not names_segment(event, event)


def test_one_pattern_is_enough() -> None:
    assert wants(["nothing", "signed*"], "signed_up")
    assert not wants(["nothing", "signed"], "signed_up")
    assert not wants([], "signed_up")
