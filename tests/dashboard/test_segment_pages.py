"""The pages of one segment, in each state it may be in, without a browser."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

import pytest
from flask import Flask

from plunk.db.base import db
from plunk.db.session import transaction
from plunk.segments.models import Segment
from tests.api import Api
from tests.dashboard.rules import PRO, RECENT
from tests.dashboard.visiting import Visit


@pytest.mark.parametrize(
    "part", ["", "/members", "/rule", "/why", "/use", "/settings", "/changes", "/counts"]
)
def test_every_page_of_a_segment_shows_itself(owner: Visit, api: Api, part: str) -> None:
    api.contact("ada@example.com", data={"plan": "pro"})
    segment = api.segment("Pros", PRO, trackMembership=True)
    page = owner.get(f"{{project}}/segments/{segment['id']}{part}")
    assert page.status_code == 200, page.text
    assert "1" in page.text


def test_names_and_tracking_are_changed_and_written_down(owner: Visit, api: Api) -> None:
    segment = api.segment("Pros", PRO)
    path = f"{{project}}/segments/{segment['id']}"
    changed = owner.fill_in(path + "/settings", {"name": "Paying", "description": "d"})
    assert changed.status_code == 303
    assert owner.post(path + "/track", {"track": "on"}).status_code == 303
    assert owner.post(path + "/compute", {"emit_existing": "on"}).status_code == 303
    assert owner.post(path + "/refresh").status_code == 303
    changed = api.get(f"/segments/{segment['id']}").json
    assert (changed["name"], changed["slug"], changed["trackMembership"]) == ("Paying", "paying", True)
    assert owner.post(path + "/track", {"track": "off"}).status_code == 303
    assert not api.get(f"/segments/{segment['id']}").json["trackMembership"]
    assert "changed a segment" in owner.get("{project}/settings/audit").text


def test_a_segment_in_use_is_not_deleted_and_its_users_are_named(owner: Visit, api: Api) -> None:
    segment = api.segment("Pros", PRO)
    user = api.segment("Users of it", {"field": f"segment.{segment['id']}", "operator": "memberOfSegment"})
    path = f"{{project}}/segments/{segment['id']}/delete"
    response = owner.post(path)
    assert response.status_code == 409 and "Users of it" in response.text and user["id"] in response.text
    assert api.delete(f"/segments/{user['id']}").status_code == 204
    assert owner.post(path).status_code == 303
    assert api.get("/segments").json == []


def test_why_shows_the_rule_as_a_tree_with_what_the_contact_has(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "free"})
    segment = api.segment("Pros", PRO, RECENT)
    page = owner.get(f"{{project}}/segments/{segment['id']}/why?email=ADA@example.com").text
    assert "<bdi>ada@example.com</bdi> is not in this segment" in page
    assert ">whose plan is “pro”<" in page and "<bdi>free</bdi>" in page
    assert page.count("why-node why-no") == 2 and page.count("why-node why-yes") == 1
    by_id = api.get("/contacts/by-email/ada@example.com").json["id"]
    by_contact = owner.get(f"{{project}}/segments/{segment['id']}/why?contact={by_id}").text
    assert "is not in this segment" in by_contact
    assert (
        "No contact has this address"
        in owner.get(f"{{project}}/segments/{segment['id']}/why?email=x@y.zz").text
    )
    odd = owner.get(f"{{project}}/segments/{segment['id']}/why?contact=nonsense")
    assert odd.status_code == 200


def test_what_a_denied_part_is_itself_has_no_colour(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "free", "since": "2026-02-19"})
    since = {"field": "data.since", "operator": "exists"}
    rule = {"logic": "AND", "groups": [{"filters": [since]}, {"filters": [PRO], "not": True}]}
    segment = api.segment("Others", condition=rule)
    page = owner.get(f"{{project}}/segments/{segment['id']}/why?email=ada@example.com").text
    assert "is in this segment" in page and "Not this" in page and "<bdi>Feb 19, 2026</bdi>" in page
    assert page.count("why-node why-yes") == 3 and page.count("why-node why-denied") == 1
    assert "why-node why-no" not in page


def test_why_tells_a_rule_of_one_condition_as_the_whole_sentence(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro"})
    segment = api.segment("Pros", PRO)
    page = owner.get(f"{{project}}/segments/{segment['id']}/why?email=ada@example.com").text
    assert '<span dir="auto">Contacts whose plan is “pro”.</span>' in page


def test_a_webhook_for_a_segment_begins_with_its_events(owner: Visit, api: Api) -> None:
    segment = api.segment("Pros", PRO)
    page = owner.get(f"{{project}}/segments/{segment['id']}/use").text
    link = re.search(r'href="([^"]*webhooks/new[^"]*)"', page)
    assert link and "Entries and exits are sent only while membership is tracked" in page
    form = owner.get(unescape(link[1])).text
    assert "segment.pros.*</textarea>" in form


def test_the_snippets_hold_the_segment_s_own_names(owner: Visit, api: Api) -> None:
    segment = api.segment("Pro's", PRO)
    page = unescape(owner.get(f"{{project}}/segments/{segment['id']}/use").text)
    assert f"segment.{segment['slug']}.entry" in page and f"/segments/{segment['id']}/contacts" in page


def test_a_broken_segment_says_why_and_what_to_do(owner: Visit, api: Api, app: Flask) -> None:
    segment = api.segment("Pros", PRO, trackMembership=True)
    with app.app_context(), transaction():
        row = db.session.get(Segment, (owner.project_id, UUID(segment["id"])))
        row.status, row.status_reason = "broken", "No plugin brings the operator moonPhase"
    api.contact("ada@example.com")
    for part in ("", "/members", "/rule", "/why?email=ada@example.com", "/settings"):
        page = owner.get(f"{{project}}/segments/{segment['id']}{part}")
        assert page.status_code == 200 and "moonPhase" in page.text and "Install the plugin" in page.text, (
            part
        )
    assert "moonPhase" in owner.get("{project}/segments").text


def test_a_computing_segment_shows_how_far_it_is(owner: Visit, api: Api, app: Flask) -> None:
    segment = api.segment("Pros", PRO, trackMembership=True)
    with app.app_context(), transaction():
        row = db.session.get(Segment, (owner.project_id, UUID(segment["id"])))
        row.status = "computing"
    page = owner.get(f"{{project}}/segments/{segment['id']}").text
    assert "contacts were looked at" in page and 'hx-trigger="every 2s"' in page
    assert "computing" in owner.get("{project}/segments").text


def test_a_static_segment_has_no_rule_to_edit(owner: Visit, api: Api) -> None:
    segment = api.post("/segments", {"name": "Beta", "type": "STATIC"}).json
    response = owner.get(f"{{project}}/segments/{segment['id']}/rule")
    assert response.status_code == 303 and response.location.endswith("/members")
