"""The list of segments, without a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from flask import Flask

from plunk import clock
from plunk.dashboard.segments.examples import EXAMPLES
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.segments.models import Segment
from tests.api import Api
from tests.dashboard.rules import PRO
from tests.dashboard.visiting import Visit


def test_the_empty_list_offers_examples_that_open_filled(owner: Visit) -> None:
    page = owner.get("{project}/segments")
    for key in ("new", "quiet", "pro"):
        assert f"example={key}" in page.text
        assert "&#34;operator&#34;" in owner.get(f"{{project}}/segments/new?example={key}").text


def test_examples_are_rules(owner: Visit, api: Api) -> None:
    for each in EXAMPLES:
        answer = api.post("/segments/preview", {"condition": each.condition})
        assert answer.status_code == 200, (each.key, answer.json)


def test_the_list_shows_counts_and_a_curve(owner: Visit, api: Api) -> None:
    for n in range(3):
        api.contact(f"a{n}@example.com", data={"plan": "pro"}, subscribed=n > 0)
    api.segment("Pros", PRO, trackMembership=True, description="They pay.")
    page = owner.get("{project}/segments").text
    assert "Pros" in page and "They pay." in page and "tracked" in page
    assert re.search(r'data-label="Members"><span>3<', page) and re.search(r'data-label="Reachable">2<', page)
    assert "Status" not in page, "a column for what is the same everywhere"


def test_an_old_count_tells_its_age_until_somebody_opens_the_segment(
    owner: Visit, api: Api, app: Flask
) -> None:
    segment = api.segment("Pros", PRO)
    with app.app_context(), transaction():
        row = db.session.get(Segment, (owner.project_id, UUID(segment["id"])))
        row.member_count, row.member_count_at = 7, clock.now() - timedelta(hours=3)
    listed = owner.get("{project}/segments").text
    assert re.search(r">7<span.*?counted.*?3 hours ago", listed) and 'hx-trigger="load delay:2s"' in listed
    again = owner.get("{project}/segments", headers={"HX-Request": "true"}).text
    assert 'hx-trigger="load' not in again, "a list asks once more, not for ever"
    assert ">0<" in owner.get(f"{{project}}/segments/{segment['id']}/counts").text
    listed = owner.get("{project}/segments").text
    assert 'data-label="Members"><span>0<' in listed and "ago" not in listed and "load delay" not in listed


def test_the_list_is_searched_by_a_part_of_the_name_and_paged(owner: Visit, api: Api) -> None:
    for n in range(52):
        api.segment(f"Segment {n:02}", PRO)
    first, second = owner.get("{project}/segments").text, owner.get("{project}/segments?page=2").text
    assert "Segment 51" in first and "Segment 01" not in first and "Next page" in first
    assert "Segment 01" in second and "Segment 51" not in second and "Next page" not in second
    beyond = owner.get("{project}/segments?page=9").text
    assert "Segment 01" in beyond and "Next page" not in beyond
    found = owner.get("{project}/segments?q=SEGMENT 3").text
    assert "Segment 31" in found and "Segment 41" not in found
    assert "No segment has this name" in owner.get("{project}/segments?q=none").text
