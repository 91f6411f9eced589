"""The history of a segment: its pages, and how long it lasts."""

from __future__ import annotations

from plunk.testing.api import Api
from tests.segments.conftest import ten
from tests.segments.rules import plan_is
from tests.segments.traces import history


def test_history_outlives_tracking(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    ten(api)
    api.patch(f"/segments/{trial['id']}", {"trackMembership": False})
    assert len(history(api, trial)) == 10


def test_history_has_pages(api: Api, other_api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    for number in range(5):
        for plan in ("trial", "pro"):
            api.contact(f"c{number}@example.com", data={"plan": plan})
    seen, cursor = [], None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = api.get(f"/segments/{trial['id']}/history", **query).json
        seen += page["data"]
        cursor = page["cursor"]
        if not page["hasMore"]:
            break
    assert len(seen) == 10 and len({(each["email"], each["change"]) for each in seen}) == 10
    assert [each["at"] for each in seen] == sorted((each["at"] for each in seen), reverse=True)
    assert api.get(f"/segments/{trial['id']}/history", cursor="nonsense").status_code == 422
    assert other_api.get(f"/segments/{trial['id']}/history").status_code == 404
