"""What in a project needs somebody: counted from indexes, cheap enough for every visit."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from flask_babel import ngettext

from plunk.dashboard.ground.formats import number
from plunk.segments import service as segments
from plunk.segments.rules import broken_because
from plunk.segments.service import DYNAMIC
from plunk.webhooks import deliveries
from plunk.webhooks import service as webhooks

MOST = 1_000


@dataclass(frozen=True)
class Trouble:
    """A sentence, and the page on which it is mended."""

    text: str
    url: str


def troubles(project_id: UUID) -> list[Trouble]:
    """None, if all is well."""
    ends = webhooks.list_endpoints(project_id, limit=MOST, cursor=None)["data"]
    off = sum(1 for each in ends if each.disabled_reason)
    failing = sum(1 for each in ends if each.enabled and each.failing_since)
    given_up = deliveries.count_failed(project_id, at_most=MOST) if ends else 0
    broken = sum(
        1 for each in segments.list_segments(project_id) if each.type == DYNAMIC and broken_because(each)
    )
    to_webhooks, to_segments = url_for("dashboard.webhooks.index"), url_for("dashboard.segments.index")
    found = [
        (
            off,
            ngettext(
                "%(num)s webhook was turned off by plunk", "%(num)s webhooks were turned off by plunk", off
            ),
            to_webhooks,
        ),
        (
            failing,
            ngettext("%(num)s webhook is failing", "%(num)s webhooks are failing", failing),
            to_webhooks,
        ),
        (
            given_up,
            ngettext(
                "%(shown)s delivery failed",
                "%(shown)s deliveries failed",
                given_up,
                shown=number(given_up),
            ),
            to_webhooks,
        ),
        (
            broken,
            ngettext("%(num)s segment has a broken rule", "%(num)s segments have a broken rule", broken),
            to_segments,
        ),
    ]
    return [Trouble(text, url) for number, text, url in found if number]
