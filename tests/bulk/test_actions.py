"""What a bulk call does is what many single calls would have done."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask import Flask

from plunk.bulk import jobs as bulk_jobs
from plunk.jobs.running import run
from tests.api import Api, problems
from tests.bulk.conftest import Bulk, begin, counts, outcomes, stored_events, subscribed, told
from tests.conftest import TestProject
from tests.segments.rules import UNKNOWN_ID, count, field, member_of, people, plan_is, refusal, rule, static
from tests.web.envelope import error_of

UNSUBSCRIBE, SUBSCRIBE, DELETE = (f"/contacts/bulk-{verb}" for verb in ("unsubscribe", "subscribe", "delete"))


def everything(api: Api) -> None:
    """Somebody who wants to hear of everything."""
    assert api.post("/webhooks", {"url": "https://hooks.invalid", "events": ["*"]}).status_code == 201


def test_contacts_by_id_are_unsubscribed_and_each_has_an_outcome(
    app: Flask, api: Api, other_api: Api, project: TestProject, bulk: Bulk
) -> None:
    everything(api)
    ada, bob, _ = people(api, "ada", "bob", "eve")
    api.patch(f"/contacts/{bob['id']}", {"subscribed": False})
    bob = api.get(f"/contacts/{bob['id']}").json
    stranger = other_api.contact("stranger@example.com")
    before = told(app, project)
    ids = [ada["id"], UNKNOWN_ID, bob["id"], stranger["id"], ada["id"]]
    found = bulk(UNSUBSCRIBE, contactIds=ids)
    assert (found["kind"], found["state"], found["failedReason"]) == (
        "contacts.unsubscribe",
        "completed",
        None,
    )
    assert counts(found) == (1, 1, 2)
    assert [item["id"] for item in found["items"]] == ids[:4]
    assert outcomes(found) == ["changed", "notFound", "unchanged", "notFound"]
    assert found["progress"] == {"rows": 4, "total": 4, "percent": 100}
    assert subscribed(api) == {"ada": False, "bob": False, "eve": True}
    assert other_api.get(f"/contacts/{stranger['id']}").json["subscribed"] is True
    assert api.get(f"/contacts/{bob['id']}").json == bob
    assert api.get(f"/contacts/{ada['id']}").json["updatedAt"] > ada["updatedAt"]
    (event,) = api.get(f"/events/contact/{ada['id']}").json["events"]
    assert (event["name"], event["data"]) == ("contact.unsubscribed", {"source": "bulk", "keyKind": "secret"})
    new = told(app, project) - before
    assert new == {"contact.updated": 1, "contact.unsubscribed": 1}


def test_subscribing_takes_the_reason_away(api: Api, bulk: Bulk) -> None:
    people(api, "ada", "bob", subscribed=False)
    people(api, "eve")
    found = bulk(SUBSCRIBE, filter={})
    assert counts(found) == (2, 1, 0)
    assert found["items"] is None
    assert subscribed(api) == {"ada": True, "bob": True, "eve": True}
    assert counts(bulk(SUBSCRIBE, filter={})) == (0, 3, 0)


def test_members_follow_in_the_same_transaction(
    app: Flask, api: Api, project: TestProject, bulk: Bulk
) -> None:
    everything(api)
    on = api.segment("On", field("subscribed", "equals", value=True), trackMembership=True)
    off = api.segment("Off", field("event.contact.unsubscribed", "triggered"), trackMembership=True)
    ids = [each["id"] for each in people(api, "ada", "bob", "eve")]
    kept = static(api, "Kept", "ada@example.com", "bob@example.com")
    assert (count(api, on), count(api, kept)) == ((3, 3), (2, 2))
    before = told(app, project)
    bulk(UNSUBSCRIBE, contactIds=ids[:2])
    assert (count(api, on), count(api, off), count(api, kept)) == ((1, 1), (2, 0), (2, 0))
    new = told(app, project) - before
    assert (new["segment.on.exit"], new["segment.off.entry"]) == (2, 2)
    assert set(stored_events(app, project, "segment.on.exit")) == set(ids[:2])


def test_deleting_fires_exits_and_leaves_nothing(
    app: Flask, api: Api, project: TestProject, bulk: Bulk
) -> None:
    everything(api)
    pros = api.segment("Pros", plan_is("pro"), trackMembership=True)
    kept = static(api, "Kept")
    people(api, "ada", "bob", data={"plan": "pro"})
    eve, *_ = people(api, "eve", data={"plan": "pro"}, subscribed=False)
    api.post(f"/segments/{kept['id']}/members", {"emails": ["ada@example.com", "eve@example.com"]})
    api.track("ada@example.com", "bought")
    before = told(app, project)
    found = bulk(DELETE, filter={"subscribed": True, "condition": rule(plan_is("pro"))})
    assert counts(found) == (2, 0, 0)
    assert list(subscribed(api)) == ["eve"]
    assert (count(api, pros), count(api, kept)) == ((1, 0), (1, 0))
    new = told(app, project) - before
    assert new == {"contact.deleted": 2, "segment.pros.exit": 2}
    assert stored_events(app, project, "bought") == {}
    history = api.get(f"/segments/{pros['id']}/history").json["data"]
    assert Counter(each["change"] for each in history) == {"entry": 3, "exit": 2}
    assert outcomes(bulk(DELETE, contactIds=[eve["id"], UNKNOWN_ID])) == ["changed", "notFound"]
    assert count(api, pros) == (0, 0)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"search": "AD"}, "ada adam"),
        ({"search": "ad", "subscribed": True}, "ada"),
        ({"condition": rule(plan_is("pro"))}, "ada bob"),
        ({"segmentId": "static"}, "bob eve"),
        ({"segmentId": "static", "condition": rule(plan_is("pro"))}, "bob"),
        ({"segmentId": "dynamic", "search": "@example"}, "ada bob"),
        ({}, "ada bob adam eve"),
    ],
)
def test_a_filter_says_who(api: Api, bulk: Bulk, wanted: dict[str, Any], expected: str) -> None:
    people(api, "ada", "bob", data={"plan": "pro"})
    people(api, "adam", subscribed=False)
    people(api, "eve", "stays")
    stays = api.get("/contacts/by-email/stays@example.com").json["id"]
    segments = {
        "static": static(api, "Some", "bob@example.com", "eve@example.com", "stays@example.com"),
        "dynamic": api.segment("Pros", plan_is("pro")),
    }
    if "segmentId" in wanted:
        wanted = {**wanted, "segmentId": segments[wanted["segmentId"]]["id"]}
    everybody = set(subscribed(api))
    found = bulk(DELETE, mode="query", filter=wanted, excludeIds=[stays])
    assert everybody - set(subscribed(api)) == set(expected.split())
    assert counts(found) == (len(expected.split()), 0, 0)


def test_who_comes_after_the_call_is_not_meant(app: Flask, api: Api, project: TestProject) -> None:
    people(api, "ada")
    job_id = begin(api, DELETE, filter={})
    people(api, "bob")
    with app.app_context():
        run(str(project.id), job_id)
    assert list(subscribed(api)) == ["bob"]


def test_nobody_at_all_is_soon_done(api: Api, bulk: Bulk) -> None:
    found = bulk(DELETE, filter={})
    assert (found["state"], counts(found), found["progress"]["percent"]) == ("completed", (0, 0, 0), 100)


def test_many_go_in_batches(
    app: Flask, api: Api, project: TestProject, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_jobs, "BATCH", 3)
    monkeypatch.setattr(bulk_jobs, "RANGE", 5)
    ids = [each["id"] for each in people(api, *(f"n{n}" for n in range(23)), data={"plan": "pro"})]
    people(api, *(f"x{n}" for n in range(12)))
    ids += [each["id"] for each in people(api, "last", data={"plan": "pro"})]
    assert counts(bulk(UNSUBSCRIBE, filter={"condition": rule(plan_is("pro"))})) == (24, 0, 0)
    assert stored_events(app, project, "contact.unsubscribed") == dict.fromkeys(ids, 1)
    found = bulk(SUBSCRIBE, contactIds=[*ids[:7], UNKNOWN_ID])
    assert outcomes(found) == ["changed"] * 7 + ["notFound"]


def test_a_static_segment_takes_in_and_lets_go_by_rule(
    app: Flask, api: Api, project: TestProject, bulk: Bulk
) -> None:
    everything(api)
    people(api, "ada", "bob", data={"plan": "pro"})
    people(api, "eve")
    made = static(api, "List", "bob@example.com", trackMembership=True)
    api.segment("Readers", member_of(made), trackMembership=True)
    before = told(app, project)
    path = f"/segments/{made['id']}/members/bulk"
    found = bulk(path, filter={"condition": rule(plan_is("pro"))})
    assert (found["kind"], found["segmentId"], counts(found)) == ("members.add", made["id"], (1, 1, 0))
    assert api.members(made) == {"ada@example.com", "bob@example.com"}
    assert told(app, project) - before == {"segment.list.entry": 1, "segment.readers.entry": 1}
    outside = {"condition": rule(field(f"segment.{made['id']}", "notMemberOfSegment"))}
    assert counts(bulk(path, filter=outside, action="add")) == (1, 0, 0)
    found = bulk(path, filter={"segmentId": made["id"], "search": "bob"}, action="remove")
    assert (found["kind"], counts(found)) == ("members.remove", (1, 0, 0))
    assert api.members(made) == {"ada@example.com", "eve@example.com"}
    eve = api.get("/contacts/by-email/eve@example.com").json["id"]
    assert outcomes(bulk(path, contactIds=[eve, UNKNOWN_ID], action="remove")) == ["changed", "notFound"]
    assert count(api, made) == (1, 1)


def test_dynamic_segments_have_no_members_by_hand(api: Api, other_api: Api) -> None:
    made = api.segment("Pros", plan_is("pro"))
    response = api.post(f"/segments/{made['id']}/members/bulk", {"filter": {}})
    assert refusal(response) == (400, "SEGMENT_NOT_STATIC")
    theirs = static(other_api, "Theirs")
    response = api.post(f"/segments/{theirs['id']}/members/bulk", {"filter": {}})
    assert refusal(response) == (404, "SEGMENT_NOT_FOUND")


@pytest.mark.parametrize("path", [UNSUBSCRIBE, SUBSCRIBE, DELETE])
def test_what_says_nothing_or_too_much_is_refused(api: Api, path: str) -> None:
    assert problems(api.post(path, {})) == {"contactIds": "required"}
    assert problems(api.post(path, {"mode": "query"})) == {"filter": "required"}
    assert problems(api.post(path, {"filter": {"serach": "x"}})) == {"filter.serach": "unknown_field"}
    error_of(api.post(path, {"contactIds": [UNKNOWN_ID] * 1001}), 413, "TOO_MANY_ITEMS")
    response = api.post(path, {"filter": {"condition": {}}})
    assert response.status_code == 400
    response = api.post(path, {"filter": {"segmentId": UNKNOWN_ID}})
    assert (response.status_code, problems(response)) == (422, {"filter.segmentId": "unknown_segment"})


def test_jobs_of_others_and_of_other_kinds_are_not_there(
    api: Api, other_api: Api, public_api: Api, bulk: Bulk
) -> None:
    mine = bulk(DELETE, filter={})
    error_of(other_api.get(f"/contacts/bulk/{mine['id']}"), 404, "JOB_NOT_FOUND")
    api.contact("ada@example.com", data={"old": 1})
    other = api.delete("/contacts/fields/old").json["jobId"]
    error_of(api.get(f"/contacts/bulk/{other}"), 404, "JOB_NOT_FOUND")
    error_of(api.post(f"/contacts/bulk/{mine['id']}/cancel"), 409, "JOB_ENDED")
    error_of(public_api.post(DELETE, {"filter": {}}), 401, "WRONG_KEY_KIND")
    assert api.get("/jobs", kind="contacts.delete").json["total"] == 1
