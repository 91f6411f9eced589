"""Events: lists, names, counts, usage and deletion."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plunk.clock import iso
from plunk.config import Settings
from plunk.events import jobs as events_jobs
from plunk.jobs.running import run
from tests.api import Api
from tests.live import work_off
from tests.web.envelope import TIME, error_of

EMAIL = "ada@example.com"
UNKNOWN = "01890000-0000-7000-8000-000000000000"


def ago(**span: float) -> str:
    return iso(datetime.now(UTC) - timedelta(**span))


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["name"] for event in events]


def test_an_event_is_shown_complete(api: Api) -> None:
    tracked = api.track(EMAIL, "bought", data={"n": 1})
    answer = api.get("/events").json
    (event,) = answer["events"]
    assert event == {
        "id": tracked["event"],
        "name": "bought",
        "contactId": tracked["contact"],
        "data": {"n": 1},
        "createdAt": tracked["timestamp"],
    }
    assert TIME.fullmatch(event["createdAt"])
    assert (answer["cursor"], answer["hasMore"]) == (None, False)


def test_the_newest_come_first_and_the_list_can_be_narrowed(api: Api) -> None:
    for n, email in enumerate(["a@example.com", "b@example.com"] * 3):
        api.track(email, f"e{n % 3}")
    contact = api.get("/contacts/by-email/a@example.com").json["id"]
    assert names(api.get("/events").json["events"]) == ["e2", "e1", "e0", "e2", "e1", "e0"]
    assert names(api.get("/events", eventName="e1").json["events"]) == ["e1", "e1"]
    assert names(api.get(f"/events/contact/{contact}").json["events"]) == ["e1", "e2", "e0"]
    assert names(api.get("/events", limit=2).json["events"]) == ["e2", "e1"]
    assert api.get("/events", eventName="none").json["events"] == []


@pytest.mark.parametrize("query", [{}, {"eventName": "e"}, {"path": "/events/contact/{contact}"}])
@pytest.mark.parametrize("limit", [1, 3, 10])
def test_the_pages_together_hold_every_event_once(api: Api, query: dict, limit: int) -> None:
    for n in range(7):
        api.track(EMAIL, "e", data={"n": n}, timestamp=ago(days=(n * 3) % 7))
    contact = api.get(f"/contacts/by-email/{EMAIL}").json["id"]
    query = dict(query)
    path = query.pop("path", "/events").format(contact=contact)
    seen, cursor = [], {}
    while True:
        page = api.get(path, limit=limit, **query, **cursor).json
        seen += page["events"]
        if not page["hasMore"]:
            break
        cursor = {"cursor": page["cursor"]}
    assert sorted(event["data"]["n"] for event in seen) == list(range(7))
    assert [event["createdAt"] for event in seen] == sorted((e["createdAt"] for e in seen), reverse=True)


def test_events_of_an_unknown_contact_are_404(api: Api) -> None:
    error_of(api.get(f"/events/contact/{UNKNOWN}"), 404, "CONTACT_NOT_FOUND")


def test_a_contact_without_events_has_an_empty_list(api: Api) -> None:
    contact = api.contact(EMAIL)
    assert api.get(f"/events/contact/{contact['id']}").json["events"] == []


def test_the_names_come_from_the_catalogue_each_once(api: Api) -> None:
    assert api.get("/events/names").json == {"eventNames": []}
    for name in ("b", "a", "b", "Ä", "a b"):
        api.track(EMAIL, name)
    assert api.get("/events/names").json == {"eventNames": ["a", "a b", "b", "Ä"]}


def test_stats_count_each_name_within_the_window(api: Api) -> None:
    for name, days in (("a", 0), ("a", 1), ("a", 10), ("b", 1), ("b", 40), ("c", 400)):
        api.track(EMAIL, name, timestamp=ago(days=days))

    def counts(**query: str) -> dict[str, int]:
        answer = api.get("/events/stats", **query).json
        assert all(set(each) == {"name", "count"} for each in answer)
        return {each["name"]: each["count"] for each in answer}

    assert counts() == {"a": 3, "b": 1}
    assert counts(startDate=ago(days=500)) == {"a": 3, "b": 2, "c": 1}
    assert counts(startDate=ago(days=11), endDate=ago(days=9)) == {"a": 1}
    assert counts(startDate=ago(days=500), endDate=ago(days=39)) == {"b": 1, "c": 1}
    assert counts(startDate=ago(days=1), endDate=ago(days=2)) == {}
    assert counts(endDate=ago(days=20)) == {"b": 1}


def test_a_date_in_stats_stands_for_its_whole_day(api: Api) -> None:
    for moment in (
        "2025-03-01T23:59:59Z",
        "2025-03-02T00:00:00Z",
        "2025-03-02T23:59:59.999Z",
        "2025-03-03T00:00:00Z",
    ):
        api.track(EMAIL, "e", timestamp=moment)
    day = {"startDate": "2025-03-02", "endDate": "2025-03-02"}
    assert api.get("/events/stats", **day).json == [{"name": "e", "count": 2}]
    until = {"startDate": "2025-03-02T00:00:00Z", "endDate": "2025-03-02T12:00:00Z"}
    assert api.get("/events/stats", **until).json == [{"name": "e", "count": 1}]


def test_usage_names_the_segments_whose_rule_mentions_the_event(api: Api) -> None:
    api.track(EMAIL, "bought")
    api.track(EMAIL, "bought it")
    assert api.get("/events/bought/usage").json == {"usages": []}
    segment = api.segment("Buyers", {"field": "event.bought", "operator": "triggered"})
    bare = api.segment("Bare", {"field": "bought", "operator": "notTriggered"})
    found = api.get("/events/bought/usage").json["usages"]
    assert {(each["type"], each["id"], each["name"]) for each in found} == {
        ("segment", segment["id"], "Buyers"),
        ("segment", bare["id"], "Bare"),
    }
    assert api.get("/events/bought it/usage").json == {"usages": []}
    error_of(api.get("/events/never/usage"), 404, "EVENT_NOT_FOUND")


@pytest.mark.parametrize(
    "name", ["a/b", "a b", "ü", "%", "usage", "names", "stats", "contact/x", "a?b", "a#b", "a//b"]
)
def test_an_event_of_any_name_can_be_asked_for_and_deleted(api: Api, name: str) -> None:
    api.track(EMAIL, name)
    path = name.replace("%", "%25").replace("?", "%3F").replace("#", "%23")
    assert api.call("GET", f"/events/{path}/usage").json == {"usages": []}
    assert api.call("DELETE", f"/events/{path}").status_code == 202


@pytest.mark.usefixtures("alone")
def test_a_real_worker_removes_all_events_of_the_name(api: Api, settings: Settings) -> None:
    for n in range(4):
        api.track(f"{n}@example.com", "gone")
        api.track(f"{n}@example.com", "stays")
    job_id = api.delete("/events/gone").json["jobId"]
    work_off(settings)
    job = api.get(f"/jobs/{job_id}").json
    assert (job["state"], job["result"]["deleted"]) == ("completed", 4)
    assert api.get("/events/names").json == {"eventNames": ["stays"]}
    assert set(names(api.get("/events").json["events"])) == {"stays"}
    assert api.get("/contacts").json["total"] == 4
    assert api.members(api.segment("Ever", {"field": "event.gone", "operator": "triggered"})) == set()
    error_of(api.delete("/events/gone"), 404, "EVENT_NOT_FOUND")


def test_the_job_run_twice_leaves_what_was_tracked_since(
    api: Api, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_jobs, "BATCH", 2)
    for n in range(5):
        project_id = api.contact(f"{n}@example.com")["projectId"]
        api.track(f"{n}@example.com", "gone")
    job_id = api.delete("/events/gone").json["jobId"]
    run(project_id, job_id)
    assert api.get("/events").json["events"] == []
    api.track("0@example.com", "gone")
    run(project_id, job_id)
    assert names(api.get("/events").json["events"]) == ["gone"]


def test_an_event_in_use_is_409_and_the_answer_names_its_users(api: Api) -> None:
    api.track(EMAIL, "bought")
    segment = api.segment("Buyers", {"field": "event.bought", "operator": "triggered"})
    error = error_of(api.delete("/events/bought"), 409, "EVENT_IN_USE")
    assert "Buyers" in error["message"]
    assert error["details"]["usages"] == [{"type": "segment", "id": segment["id"], "name": "Buyers"}]
    assert names(api.get("/events").json["events"]) == ["bought"]


@pytest.mark.parametrize(
    "name", ["contact.subscribed", "contact.unsubscribed", "email.open", "segment.x.entry"]
)
def test_a_reserved_event_cannot_be_deleted(api: Api, name: str) -> None:
    api.contact(EMAIL)
    api.contact(EMAIL, subscribed=False)
    error = error_of(api.delete(f"/events/{name}"), 422, "VALIDATION_ERROR")
    assert error["errors"][0]["code"] == "reserved_event"


def test_an_unknown_event_cannot_be_deleted(api: Api) -> None:
    error_of(api.delete("/events/never"), 404, "EVENT_NOT_FOUND")


def test_an_event_that_comes_back_after_its_deletion_is_catalogued_again(api: Api, context: None) -> None:
    project_id = api.contact(EMAIL)["projectId"]
    api.track(EMAIL, "bought")
    run(project_id, api.delete("/events/bought").json["jobId"])
    assert api.get("/events/names").json == {"eventNames": []}
    api.track(EMAIL, "bought")
    assert api.get("/events/names").json == {"eventNames": ["bought"]}


def test_a_slash_at_the_beginning_of_a_name_is_part_of_it(api: Api, context: None) -> None:
    project_id = api.contact(EMAIL)["projectId"]
    api.track(EMAIL, "rx")
    api.track(EMAIL, "/rx")
    response = api.delete("/events/%2Frx")
    assert response.status_code == 202, "no redirect: it would lead to another event"
    run(project_id, response.json["jobId"])
    assert api.get("/events/names").json == {"eventNames": ["rx"]}


def test_events_tracked_after_the_deletion_was_asked_for_stay(api: Api, context: None) -> None:
    project_id = api.contact(EMAIL)["projectId"]
    api.track(EMAIL, "bought")
    job_id = api.delete("/events/bought").json["jobId"]
    kept = api.track(EMAIL, "bought")["event"]
    api.track("new@example.com", "bought")
    run(project_id, job_id)
    assert api.get(f"/jobs/{job_id}").json["result"] == {"contacts": 1, "deleted": 1}
    assert kept in {event["id"] for event in api.get("/events", eventName="bought").json["events"]}
    once = {"field": "event.bought", "operator": "triggeredCount", "value": 1, "comparison": "exactly"}
    assert api.members(api.segment("Once", once)) == {EMAIL, "new@example.com"}


def test_an_event_called_contact_has_its_usage(api: Api) -> None:
    api.track(EMAIL, "contact")
    assert api.get("/events/contact/usage").json == {"usages": []}


def test_the_second_page_of_the_longest_name_can_be_asked_for(api: Api) -> None:
    name = "😀" * 255
    api.track(EMAIL, name)
    api.track(EMAIL, name)
    cursor = api.get("/events", eventName=name, limit=1).json["cursor"]
    assert len(cursor) < 200
    assert len(api.get("/events", eventName=name, limit=1, cursor=cursor).json["events"]) == 1
