"""How many contacts there are, how that grew, and what happened lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from plunk import clock
from plunk.config import Settings
from plunk.contacts import counting, fields
from plunk.contacts.jobs import ask_for_counts, count_contacts
from plunk.contacts.models import Contact, ContactDailyCount
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.events import reading
from tests.api import Api, problems
from tests.conftest import TestProject
from tests.live import work_off

DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    """Neither midnight passes while a test runs nor lies ahead: noon, or later where it is later already."""
    now = datetime.now(UTC)
    noon = now.replace(hour=12, minute=0, second=0)
    with clock.moved(max(noon - now, timedelta(0))):
        yield


@pytest.fixture
def is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every project with a contact is too large to be counted while somebody waits."""
    monkeypatch.setattr(fields, "_COUNTED_LIVE", 0)


def overview(api: Api) -> tuple[int, int, int]:
    """`(contacts, subscribed ones, created today)`."""
    response = api.get("/overview")
    assert response.status_code == 200, response.json
    found = response.json["contacts"]
    return found["total"], found["subscribed"], found["createdToday"]


def growth(api: Api, **query: Any) -> list[tuple[int, int, int | None]]:
    """`(created, total, subscribed)` of each day."""
    response = api.get("/contacts/growth", **query)
    assert response.status_code == 200, response.json
    today = clock.now().date()
    data = response.json["data"]
    assert [each["date"] for each in data] == [
        str(today - back * DAY) for back in range(len(data) - 1, -1, -1)
    ]
    return [(each["created"], each["total"], each["subscribed"]) for each in data]


def came(api: Api, email: str, *, days_ago: int, **members: Any) -> dict[str, Any]:
    """A contact that was created some days ago."""
    contact = api.contact(email, **members)
    with transaction():
        moment = clock.now() - days_ago * DAY
        mine = Contact.id == UUID(contact["id"])
        db.session.execute(update(Contact).where(mine).values(created_at=moment))
    return contact


def note(project: TestProject) -> None:
    with transaction():
        counting.note(project.id)


def rows(project: TestProject) -> list[tuple[int, int, int]]:
    """`(total, subscribed, created)` as written down, by day."""
    mine = select(ContactDailyCount).where(ContactDailyCount.project_id == project.id)
    with transaction():
        found = db.session.scalars(mine.order_by(ContactDailyCount.day))
        return [(each.total, each.subscribed, each.created) for each in found]


def test_an_empty_project_has_nobody(api: Api) -> None:
    assert overview(api) == (0, 0, 0)
    assert growth(api, days=3) == [(0, 0, None), (0, 0, None), (0, 0, 0)]


def test_small_projects_are_counted_at_once(api: Api, other_api: Api) -> None:
    other_api.contact("theirs@example.com")
    came(api, "old@example.com", days_ago=3)
    ada = api.contact("ada@example.com")
    api.contact("quiet@example.com", subscribed=False)
    assert overview(api) == (3, 2, 2)
    api.delete(f"/contacts/{ada['id']}")
    assert overview(api) == (2, 1, 1)


@pytest.mark.usefixtures("is_large")
def test_large_projects_add_what_came_since_the_last_count(api: Api, project: TestProject) -> None:
    old = came(api, "old@example.com", days_ago=3)
    back = came(api, "back@example.com", days_ago=3, subscribed=False)
    assert overview(api) == (2, 1, 0), "nobody counted yet"
    note(project)
    api.contact("ada@example.com")
    flipped = api.contact("bob@example.com", subscribed=False)
    api.patch(f"/contacts/{flipped['id']}", {"subscribed": True})
    api.patch(f"/contacts/{old['id']}", {"subscribed": False})
    api.patch(f"/contacts/{back['id']}", {"subscribed": True})
    _count_a_moment_ago(project)
    assert overview(api) == (4, 3, 2)
    note(project)
    assert overview(api) == (4, 3, 2)
    assert rows(project) == [(4, 3, 2)]


def _count_a_moment_ago(project: TestProject) -> None:
    """Writers stamp with the database's own clock, which tests do not move: the count is put before them."""
    with transaction():
        before = datetime.now(UTC) - timedelta(minutes=2)
        mine = ContactDailyCount.project_id == project.id
        db.session.execute(update(ContactDailyCount).where(mine).values(counted_at=before))


@pytest.mark.usefixtures("is_large")
def test_deletions_show_after_the_next_count(api: Api, project: TestProject) -> None:
    ada = api.contact("ada@example.com")
    note(project)
    api.delete(f"/contacts/{ada['id']}")
    api.contact("bob@example.com")
    assert overview(api)[0] in (1, 2)
    note(project)
    assert overview(api) == (1, 1, 1)


def test_days_before_the_first_count_are_worked_out_from_those_who_came(api: Api) -> None:
    for days_ago, number in ((9, 1), (2, 2), (1, 1), (0, 3)):
        for each in range(number):
            came(api, f"d{days_ago}n{each}@example.com", days_ago=days_ago)
    assert growth(api, days=4) == [(0, 1, None), (2, 3, None), (1, 4, None), (3, 7, 7)]
    assert growth(api, days=1) == [(3, 7, 7)]
    assert len(growth(api)) == 30


def test_days_that_were_counted_stay_as_they_were(api: Api, project: TestProject) -> None:
    ada = api.contact("ada@example.com")
    api.contact("quiet@example.com", subscribed=False)
    note(project)
    with clock.moved(DAY):
        api.delete(f"/contacts/{ada['id']}")
        assert growth(api, days=3) == [(0, 0, None), (2, 2, 1), (0, 1, 0)]
    with clock.moved(3 * DAY):
        assert growth(api, days=3) == [(0, 1, 1), (0, 1, 1), (0, 1, 0)], (
            "nobody counted: what was known before"
        )


def test_a_day_gets_those_who_came_after_its_last_count(api: Api, project: TestProject) -> None:
    api.contact("ada@example.com")
    note(project)
    api.contact("late@example.com")
    with clock.moved(DAY):
        note(project)
        assert rows(project) == [(1, 1, 2), (2, 2, 0)]
        api.contact("today@example.com")
        note(project)
    assert rows(project)[0][2] == 2, "once complete, it stays"


@pytest.mark.usefixtures("alone")
def test_a_worker_counts_what_was_not_counted_lately(
    api: Api, project: TestProject, settings: Settings
) -> None:
    with clock.moved(-clock.moved_by):  # the worker is a process of its own, whose clock nobody moved
        api.contact("ada@example.com")
        with transaction():
            ask_for_counts()
        work_off(settings)
        assert rows(project) == [(1, 1, 1)]
        with transaction():
            assert project.id not in counting.projects_to_count()
        api.contact("bob@example.com")
        count_contacts()
        assert rows(project) == [(1, 1, 1)], "it was counted moments ago"
        with clock.moved(counting.COUNTED_EVERY):
            count_contacts()
        assert rows(project)[-1][0] == 2


def test_events_of_a_day_are_counted_up_to_a_bound(api: Api, project: TestProject) -> None:
    api.track("ada@example.com", "old", timestamp=clock.iso(datetime.now(UTC) - timedelta(hours=49)))
    for _ in range(3):
        api.track("ada@example.com", "new")
    assert api.get("/overview").json["events"] == {"last24Hours": 3, "isAtLeast": False}
    assert reading.count_lately(project.id, at_most=2) == (2, True)
    assert reading.count_lately(project.id, at_most=3) == (3, False)


def test_activity_is_the_latest_events_with_addresses(api: Api, other_api: Api) -> None:
    other_api.track("theirs@example.com", "theirs")
    for number in range(3):
        api.track(f"n{number}@example.com", "bought", data={"n": number})
    first = api.get("/activity", limit=2).json
    assert [(each["email"], each["name"], each["data"]) for each in first["data"]] == [
        ("n2@example.com", "bought", {"n": 2}),
        ("n1@example.com", "bought", {"n": 1}),
    ]
    assert first["hasMore"]
    rest = api.get("/activity", limit=2, cursor=first["cursor"]).json
    assert [each["email"] for each in rest["data"]] == ["n0@example.com"]
    assert (rest["hasMore"], rest["cursor"]) == (False, None)
    contact = api.get("/contacts/by-email/n0@example.com").json
    assert rest["data"][0]["contactId"] == contact["id"]


def test_a_cursor_of_another_list_is_refused(api: Api, other_api: Api) -> None:
    for one in (api, other_api):
        one.track("a@example.com", "bought")
        one.track("a@example.com", "bought")
    foreign = other_api.get("/activity", limit=1).json["cursor"]
    for cursor in (foreign, "nonsense"):
        assert problems(api.get("/activity", cursor=cursor)) == {"cursor": "invalid_cursor"}


@pytest.mark.parametrize("days", ["0", "367", "many", ""])
def test_days_are_a_whole_number_up_to_a_year(api: Api, days: str) -> None:
    response = api.get(f"/contacts/growth?days={days}")
    assert (response.status_code, list(problems(response))) == (422, ["days"])
