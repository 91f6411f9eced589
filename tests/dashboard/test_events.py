"""Events: as pages, without a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from plunk.config import Settings
from plunk.events import overview
from plunk.testing.apps import new_project
from tests.api import Api
from tests.dashboard.visiting import Visit, visiting, words
from tests.live import own_app, work_off

EVENTS = "{project}/events"
ODD = ["a/b", "..", "ü & ?#", "<b>x</b>", "x" * 255, "حدث"]


def one(visit: Visit, name: str, **query: str):
    return visit.get(EVENTS + "/one", query_string={"name": name, **query})


def test_without_events_the_page_shows_how_to_track_one(owner: Visit) -> None:
    response = owner.get(EVENTS)
    assert "No events yet" in words(response) and "/v1/track" in words(response)


def test_the_command_names_the_address_that_plunk_is_found_at(settings: Settings) -> None:
    with own_app(settings, url="http://plunk.example.com/") as app:
        page = visiting(app, new_project(app).id).get(EVENTS)
    assert "curl http://plunk.example.com/v1/track" in page.text


def test_names_come_with_counts_and_the_latest(
    owner: Visit, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (datetime.now(UTC) - timedelta(days=40)).isoformat()
    api.track("ada@example.com", "bought", timestamp=old)
    for _ in range(3):
        api.track("ada@example.com", "opened")
    api.contact("ada@example.com", subscribed=False)
    text = words(owner.get(EVENTS))
    assert re.search(r"bought 0 (1 month|5 weeks|6 weeks) ago", text), text
    assert "opened 3" in text and "Unsubscribed 1" in text.partition("Recorded by plunk")[2]
    assert "bought" not in words(owner.get(EVENTS + "?search=OPEN")).partition("Latest")[2]
    assert "No events found" in words(owner.get(EVENTS + "?search=nothing"))
    monkeypatch.setattr(overview, "COUNTED_AT_MOST", 2)
    assert "opened 2+" in words(owner.get(EVENTS))


def test_the_list_and_the_page_count_the_same_days(
    owner: Visit, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty days ago at a later hour than now is within 30 times 24 hours, but on the day before the first bar."""
    now = datetime(2026, 11, 20, 6, tzinfo=UTC)
    monkeypatch.setattr(overview.clock, "now", lambda: now)
    for days, hours in ((30, 3), (29, -6), (0, 1)):
        at = now - timedelta(days=days) + timedelta(hours=hours if days else -hours)
        api.track("ada@example.com", "bought", timestamp=at.isoformat())
    assert "bought 2" in words(owner.get(EVENTS))
    assert "Last 30 days 2" in words(one(owner, "bought"))


def test_what_plunk_records_comes_last_and_is_said_in_words(
    owner: Visit, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plunk.dashboard.events.routes.NAMES", 2)
    api.segment(
        "Pros & co", {"field": "data.plan", "operator": "equals", "value": "pro"}, trackMembership=True
    )
    api.contact("ada@example.com", data={"plan": "pro"})
    for name in ("alpha", "segments.x.entry", "zeta"):
        api.track("ada@example.com", name)
    seen, path = [], EVENTS
    while path:
        page = owner.get(path)
        seen += re.findall(r'title="([^"]+)" dir="auto">([^<]+)</a>', page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = unescape(following[1]) if following else ""
    assert [name for name, _said in seen[:3]] == ["alpha", "segments.x.entry", "zeta"]
    assert [unescape(said) for _name, said in seen[3:]] == ["Entered Pros & co", "Left Pros & co"]
    key = seen[3][0]
    text = words(one(owner, key))
    assert key == "segment.pros--co.entry" and key in text and "Entered Pros & co" in text


def test_many_names_come_page_by_page(owner: Visit, api: Api) -> None:
    names = [f"event {n:03}" for n in range(120)]
    events = [{"email": "ada@example.com", "event": name} for name in names]
    assert api.post("/v1/track/batch", {"events": events}).status_code == 200
    seen, path = [], EVENTS
    while path:
        page = owner.get(path)
        seen += re.findall(r">(event \d+)</a>", page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = unescape(following[1]) if following else ""
    assert seen == names


def test_an_event_shows_its_days_its_people_and_its_uses(owner: Visit, api: Api) -> None:
    api.track("ada@example.com", "bought", data={"amount": 12, "what": "a <b>book</b>"})
    api.track("bob@example.com", "bought")
    api.segment("Buyers", {"field": "event.bought", "operator": "triggered"})
    page = one(owner, "bought")
    text = words(page)
    for said in (
        "ada@example.com",
        "amount 12",
        "a <b>book</b>",
        "bob@example.com",
        "Buyers",
        "Last 30 days 2",
    ):
        assert said in text, said
    assert (
        page.text.count("<title>") == 30 + 1
        and page.text.count("<rect x=") == 1
        and "Delete event" not in text
    )
    assert one(owner, "unknown").status_code == 404 and one(owner, "").status_code == 404
    assert one(owner, "bought", cursor="x").status_code == 303


def test_too_many_to_draw_are_not_drawn(owner: Visit, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        api.track("ada@example.com", "bought")
    monkeypatch.setattr(overview, "DRAWN_AT_MOST", 2)
    page = one(owner, "bought")
    assert "too many to draw" in words(page) and "day-bars" not in page.text


def test_names_of_any_kind_have_a_page(owner: Visit, api: Api) -> None:
    for name in ODD:
        api.track("ada@example.com", name)
    for name in ODD:
        response = one(owner, name)
        assert response.status_code == 200 and name in words(response), name
        assert unescape(owner.get(EVENTS).text).count(name)


def test_the_latest_go_back_page_by_page(owner: Visit, api: Api) -> None:
    events = [{"email": f"p{n:02}@example.com", "event": "x"} for n in range(60)]
    assert api.post("/v1/track/batch", {"events": events}).status_code == 200
    seen, path = [], EVENTS + "/one?name=x"
    while path:
        page = owner.get(path)
        seen += re.findall(r">(p\d\d)@example", page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = unescape(following[1]) if following else ""
    assert len(seen) == 60 and len(set(seen)) == 60


@pytest.mark.usefixtures("alone")
def test_an_event_is_deleted_unless_it_is_used_or_plunks_own(
    owner: Visit, api: Api, settings: Settings
) -> None:
    api.track("ada@example.com", "bought")
    segment = api.segment("Buyers", {"field": "event.bought", "operator": "triggered"})
    api.contact("ada@example.com", subscribed=False)
    one(owner, "bought")
    for name, said in (("bought", "used by segment 'Buyers'"), ("contact.unsubscribed", "cannot be deleted")):
        assert owner.post(EVENTS + "/one/delete", {"name": name}).status_code == 303
        assert said in unescape(one(owner, name).text)
    assert owner.post(EVENTS + "/one/delete", {"name": "unknown"}).status_code == 404
    assert api.delete(f"/segments/{segment['id']}").status_code == 204
    response = owner.post(EVENTS + "/one/delete", {"name": "bought"})
    assert "Deleting all events named bought" in words(owner.get(response.location))
    work_off(settings)
    assert "All events named bought are deleted" in words(owner.get(response.location))
    assert one(owner, "bought").status_code == 404
