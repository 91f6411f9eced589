"""How a segment grew, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select, update

from plunk import clock
from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.segments import daily
from plunk.segments.growth import growth_of_many
from plunk.segments.jobs import ask_for_daily_counts, count_for_the_day
from plunk.segments.models import Segment, SegmentDailyCount
from tests.api import Api, problems
from tests.conftest import TestProject
from tests.live import work_off
from tests.segments.rules import UNKNOWN_ID, field, people, plan_is, refusal, static

DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    """No midnight passes while a test runs."""
    now = datetime.now(UTC)
    with clock.moved(now.replace(hour=12, minute=0, second=0) - now):
        yield


def growth(api: Api, segment: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    response = api.get(f"/segments/{segment['id']}/growth", **query)
    assert response.status_code == 200, response.json
    return response.json["data"]


def members(points: list[dict[str, Any]]) -> list[int]:
    return [point["members"] for point in points]


def noted(segment: dict[str, Any], *, days_ago: int, members: int, reachable: int | None = None) -> None:
    """As if the counts had been written down that day."""
    with transaction():
        db.session.execute(
            insert(SegmentDailyCount).values(
                project_id=UUID(segment["projectId"]),
                segment_id=UUID(segment["id"]),
                day=clock.now().date() - days_ago * DAY,
                members=members,
                reachable=members if reachable is None else reachable,
            )
        )


def note(project: TestProject | None = None) -> None:
    with transaction():
        daily.note(project.id if project else None)


def rows(segment: dict[str, Any]) -> list[tuple[date, int, int]]:
    """`(day, members, reachable)` as written down."""
    columns = (SegmentDailyCount.day, SegmentDailyCount.members, SegmentDailyCount.reachable)
    found = select(*columns).where(SegmentDailyCount.segment_id == UUID(segment["id"]))
    with transaction():
        return [tuple(row) for row in db.session.execute(found.order_by(SegmentDailyCount.day))]


@pytest.mark.parametrize("kind", ["static", "tracked", "live"])
def test_a_day_is_written_down_once_with_its_last_counts(api: Api, project: TestProject, kind: str) -> None:
    people(api, "ada", data={"plan": "pro"})
    people(api, "quiet", data={"plan": "pro"}, subscribed=False)
    if kind == "static":
        made = static(api, "By hand", "ada@example.com", "quiet@example.com")
    else:
        made = api.segment("Payers", plan_is("pro"), trackMembership=kind == "tracked")
    for _ in range(2):
        note(project)
        assert rows(made) == [(clock.now().date(), 2, 1)]
    if kind == "static":
        api.delete(f"/segments/{made['id']}/members", {"emails": ["ada@example.com"]})
    else:
        people(api, "ada", data={"plan": "free"})
    api.post(f"/segments/{made['id']}/refresh")
    note(project)
    assert rows(made) == [(clock.now().date(), 1, 0)]


def test_growth_has_a_point_for_each_day_and_today_as_it_is_now(api: Api, project: TestProject) -> None:
    made = api.segment("Payers", plan_is("pro"))
    noted(made, days_ago=5, members=7, reachable=6)
    noted(made, days_ago=2, members=9)
    note(project)
    people(api, "ada", data={"plan": "pro"})
    found = growth(api, made, days=5)
    today = clock.now().date()
    assert [point["date"] for point in found] == [str(today - back * DAY) for back in range(4, -1, -1)]
    assert [(point["members"], point["reachable"]) for point in found] == [
        (7, 6),
        (7, 6),
        (9, 9),
        (9, 9),
        (1, 1),
    ]
    assert growth(api, made, days=1) == found[-1:]
    assert members(growth(api, made)) == [7, 7, 7, 9, 9, 1]


def test_a_new_segment_begins_today(api: Api) -> None:
    people(api, "ada", data={"plan": "pro"})
    made = api.segment("Payers", plan_is("pro"))
    (point,) = growth(api, made)
    assert point == {
        "date": str(clock.now().date()),
        "members": 1,
        "reachable": 1,
        "entries": 0,
        "exits": 0,
    }


def test_entries_and_exits_stand_on_their_days(api: Api) -> None:
    made = api.segment("Payers", plan_is("pro"), trackMembership=True)
    noted(made, days_ago=3, members=0)
    people(api, "ada", "bob", data={"plan": "pro"})
    with clock.moved(DAY):
        api.contact("ada@example.com", data={"plan": "free"})
        found = growth(api, made, days=3)
        assert [(point["entries"], point["exits"]) for point in found] == [(0, 0), (2, 0), (0, 1)]
    assert sum(point["entries"] for point in growth(api, made)) == 2


def test_days_go_on_when_time_does(api: Api, project: TestProject) -> None:
    people(api, "ada", data={"plan": "pro"})
    made = api.segment("Payers", plan_is("pro"), trackMembership=True)
    note(project)
    people(api, "bob", data={"plan": "pro"})
    with clock.moved(2 * DAY):
        assert members(growth(api, made)) == [1, 1, 2]
        note(project)
        assert [row[1] for row in rows(made)] == [1, 2]


@pytest.mark.usefixtures("alone")
def test_segments_that_are_counted_live_are_counted_once_a_day(
    api: Api, project: TestProject, settings: Settings
) -> None:
    people(api, "ada", data={"plan": "pro"})
    made = api.segment("Payers", plan_is("pro"))
    tracked = api.segment("Tracked", plan_is("pro"), trackMembership=True)
    people(api, "bob", data={"plan": "pro"})
    with transaction():
        assert project.id not in ask_for_daily_counts()
    with clock.moved(DAY), transaction():
        assert daily.projects_to_count().count(project.id) == 1
        assert daily.segments_to_count(project.id) == [UUID(made["id"])]
    count_for_the_day(str(project.id))
    assert [row[1:] for row in rows(made)] == [(1, 1)], "it had been counted today"
    with transaction():
        counted = {"member_count_at": clock.now() - DAY}
        db.session.execute(update(Segment).where(Segment.id == UUID(made["id"])).values(counted))
    with transaction():
        assert project.id in ask_for_daily_counts()
    work_off(settings)
    assert [row[1:] for row in rows(made)] == [(2, 2)]
    assert [row[1:] for row in rows(tracked)] == [(2, 2)]
    count_for_the_day(str(project.id))
    assert len(rows(made)) == 1


def test_many_segments_are_read_in_one_query(api: Api, other_api: Api, project: TestProject) -> None:
    people(api, "ada", data={"plan": "pro"})
    live = api.segment("Live", plan_is("pro"))
    tracked = api.segment("Tracked", plan_is("pro"), trackMembership=True)
    by_hand = static(api, "By hand")
    foreign = other_api.segment("Theirs", plan_is("pro"))
    noted(live, days_ago=40, members=5)
    noted(tracked, days_ago=2, members=3)
    people(api, "bob", data={"plan": "pro"})
    ids = [UUID(each["id"]) for each in (live, tracked, by_hand, foreign)]
    sent: list[str] = []
    with transaction():
        listen = lambda *args: sent.append(args[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listen)
        found = growth_of_many(project.id, ids, days=30)
        event.remove(db.engine, "before_cursor_execute", listen)
    assert len(sent) == 1
    assert {key: [point.members for point in points] for key, points in found.items()} == {
        ids[0]: [5] * 29 + [1],
        ids[1]: [3, 3, 2],
        ids[2]: [0],
    }
    with transaction():
        assert growth_of_many(project.id, [], days=30) == {}


def test_a_deleted_segment_leaves_no_counts(api: Api) -> None:
    made = api.segment("Payers", plan_is("pro"))
    noted(made, days_ago=1, members=5)
    assert api.delete(f"/segments/{made['id']}").status_code == 204
    assert rows(made) == []


def test_old_counts_and_those_of_nothing_are_forgotten(api: Api, app: Flask, settings: Settings) -> None:
    made = api.segment("Payers", plan_is("pro"))
    orphan = {"projectId": made["projectId"], "id": UNKNOWN_ID}
    noted(orphan, days_ago=0, members=1)
    for days_ago in (9, 11, 300):
        noted(made, days_ago=days_ago, members=5)
    before, app.config["PLUNK"] = app.config["PLUNK"], replace(settings, segment_counts_retention_days=10)
    try:
        with transaction():
            assert daily.forget_old() >= 3
        with transaction():
            assert daily.forget_old() == 0
    finally:
        app.config["PLUNK"] = before
    assert [row[0] for row in rows(made)] == [clock.now().date() - 9 * DAY]
    assert rows(orphan) == []


def test_many_segments_are_written_in_small_statements(
    api: Api, project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "AT_ONCE", 2)
    made = [static(api, f"List {number}") for number in range(5)]
    note(project)
    assert [len(rows(each)) for each in made] == [1] * 5
    note()
    with transaction():
        mine = SegmentDailyCount.project_id == project.id
        assert db.session.scalar(select(func.count()).where(mine)) == 5


@pytest.mark.parametrize("days", ["0", "-1", "367", "many", "1.5", ""])
def test_days_are_a_whole_number_up_to_a_year(api: Api, days: str) -> None:
    made = api.segment("Payers", plan_is("pro"))
    response = api.get(f"/segments/{made['id']}/growth?days={days}")
    assert (response.status_code, list(problems(response))) == (422, ["days"])


def test_growth_of_an_unknown_segment_is_404(api: Api, other_api: Api) -> None:
    foreign = other_api.segment("Theirs", field("data.x", "exists"))
    for segment_id in (UNKNOWN_ID, foreign["id"], "no-id"):
        assert refusal(api.get(f"/segments/{segment_id}/growth")) == (404, "SEGMENT_NOT_FOUND")
