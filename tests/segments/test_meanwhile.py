"""What others do to a segment while a request about it waits: for the lock of edits, for members to be found."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from plunk.segments import computing, counting, service, waiting
from tests.api import Api
from tests.segments.rules import count, people, plan_is, refusal, rule

Meanwhile = Callable[[Any, str, Callable[[], object]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Somebody else does something once, just before a function of a module is called."""

    def arrange(module: Any, name: str, act: Callable[[], object]) -> None:
        real = getattr(module, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            monkeypatch.setattr(module, name, real)
            somebody = Thread(target=act)
            somebody.start()
            somebody.join()
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, wrapped)

    return arrange


@pytest.fixture
def tracked(api: Api) -> dict[str, Any]:
    people(api, "ada", "bob", data={"plan": "pro"})
    return api.segment("Payers", plan_is("pro"), trackMembership=True)


def test_a_segment_that_is_deleted_before_its_edit_is_404(
    api: Api, tracked: dict[str, Any], meanwhile: Meanwhile
) -> None:
    mine = f"/segments/{tracked['id']}"
    meanwhile(service, "_lock_rules", lambda: api.delete(mine))
    assert refusal(api.patch(mine, {"name": "x"})) == (404, "SEGMENT_NOT_FOUND")


def test_a_segment_that_is_deleted_before_it_is_computed_is_404(
    api: Api, tracked: dict[str, Any], meanwhile: Meanwhile
) -> None:
    mine = f"/segments/{tracked['id']}"
    meanwhile(service, "_lock_rules", lambda: api.delete(mine))
    assert refusal(api.post(f"{mine}/compute", {})) == (404, "SEGMENT_NOT_FOUND")


def test_a_segment_that_is_deleted_while_its_members_are_found_is_404(
    api: Api, tracked: dict[str, Any], meanwhile: Meanwhile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computing, "AT_ONCE", 0)
    mine = f"/segments/{tracked['id']}"
    meanwhile(waiting.time, "sleep", lambda: api.delete(mine))
    assert refusal(api.post(f"{mine}/compute", {})) == (404, "SEGMENT_NOT_FOUND")


def test_a_segment_whose_tracking_ends_while_its_members_are_found_is_400(
    api: Api, tracked: dict[str, Any], meanwhile: Meanwhile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computing, "AT_ONCE", 0)
    mine = f"/segments/{tracked['id']}"
    meanwhile(waiting.time, "sleep", lambda: api.patch(mine, {"trackMembership": False}))
    assert refusal(api.post(f"{mine}/compute", {})) == (400, "SEGMENT_NOT_TRACKED")


@pytest.mark.parametrize("path", ["", "/contacts"])
def test_a_segment_whose_tracking_ends_is_still_shown(
    api: Api, tracked: dict[str, Any], meanwhile: Meanwhile, path: str
) -> None:
    mine = f"/segments/{tracked['id']}"
    meanwhile(counting, "kept_counts", lambda: api.patch(mine, {"trackMembership": False}))
    assert api.get(mine + path).status_code == 200


def test_tracking_that_begins_before_an_edit_keeps_its_counts(api: Api, meanwhile: Meanwhile) -> None:
    people(api, "ada", "bob", data={"plan": "pro"})
    people(api, "tom", data={"plan": "free"})
    payers = api.segment("Payers", plan_is("pro"))
    mine = f"/segments/{payers['id']}"
    meanwhile(service, "_lock_rules", lambda: api.patch(mine, {"trackMembership": True}))
    assert api.patch(mine, {"condition": rule(plan_is("free"))}).json["memberCount"] == 1
    assert count(api, payers) == (1, 1)
