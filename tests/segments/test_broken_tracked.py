"""An operator that is missing or raises: writes succeed, the segment is frozen and says why, a refresh repairs it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs.running import run
from plunk.segments import jobs
from plunk.segments.models import Segment
from plunk.testing.api import Api, Project
from plunk.testing.apps import own_app
from tests.conftest import Install
from tests.segments.rules import count, field, member_of, plan_is, refusal, rule
from tests.segments.traces import faults, history

MOODY = """
    from plunk import hookimpl
    from plunk.filters.fields import Kind
    from plunk.filters.operator import Operator

    mood = "good"

    class IsShouting(Operator):
        key, label = "isShouting", "is written in capitals"
        kinds = (Kind.DATA,)
        example = {"field": "data.name", "operator": "isShouting"}

        def sql(self, target, value):
            from sqlalchemy import func, literal
            if mood == "bad SQL":
                return func.sqrt(literal(-1)) > 0
            if mood == "no SQL":
                raise RuntimeError("no mood for SQL")
            return target.text() == func.upper(target.text())

        def matches(self, actual, value, now):
            if mood == "bad":
                raise RuntimeError("no mood for this")
            if mood == "unspeakable":
                raise RuntimeError("no \\0, no \\ud800")
            return isinstance(actual, str) and actual == actual.upper()

    @hookimpl
    def plunk_filter_operators():
        return [IsShouting()]
"""
SQL_ONLY = MOODY.replace("def matches", "def _matches")
SHOUTING = field("data.name", "isShouting")


@pytest.fixture
def moody(install: Install, settings: Settings) -> Iterator[Flask]:
    """An app with a plugin that can be put into a bad mood."""
    install("moody", MOODY)
    with own_app(settings) as app:
        yield app


@pytest.fixture
def shouting(moody: Flask, project: Project) -> Api:
    return Api(moody.test_client(), project.secret_key)


def put(mood: str) -> None:
    sys.modules["moody"].mood = mood  # type: ignore[attr-defined]


def status(api: Api, segment: dict[str, Any]) -> tuple[str, str | None]:
    seen = api.get(f"/segments/{segment['id']}").json
    return seen["status"], seen["statusReason"]


def test_a_rule_that_raises_freezes_its_segment_only(shouting: Api) -> None:
    loud = shouting.segment("Loud", SHOUTING, trackMembership=True)
    trial = shouting.segment("Trial", plan_is("trial"), trackMembership=True)
    shouting.contact("ada@example.com", data={"name": "ADA"})
    put("bad")
    shouting.contact("bob@example.com", data={"name": "BOB", "plan": "trial"})
    shouting.contact("ada@example.com", data={"name": "Ada"})
    assert status(shouting, loud) == ("broken", "Its rule failed: RuntimeError: no mood for this")
    assert shouting.members(loud) == {"ada@example.com"} and count(shouting, loud) == (1, 1)
    assert shouting.members(trial) == {"bob@example.com"}
    put("good")
    shouting.contact("eve@example.com", data={"name": "EVE"})
    assert shouting.members(loud) == {"ada@example.com"}, "frozen until a refresh"


def test_a_refresh_repairs_it_and_tells_of_whom_it_moves(
    shouting: Api, moody: Flask, project: Project
) -> None:
    loud = shouting.segment("Loud", SHOUTING, trackMembership=True)
    shouting.contact("ada@example.com", data={"name": "ADA"})
    put("bad")
    shouting.contact("ada@example.com", data={"name": "Ada"})
    shouting.contact("bob@example.com", data={"name": "BOB"})
    put("good")
    assert shouting.post(f"/segments/{loud['id']}/refresh").json == {"memberCount": 1}
    assert status(shouting, loud) == ("ready", None)
    assert sorted(history(shouting, loud)[:2]) == [("entry", "bob@example.com"), ("exit", "ada@example.com")]
    with moody.app_context():
        assert faults(project.id) == []


def test_sql_that_fails_breaks_the_segment_and_nothing_else(shouting: Api) -> None:
    put("bad SQL")
    shouting.contact("ada@example.com", data={"name": "ADA", "plan": "trial"})
    loud = shouting.segment("Loud", SHOUTING, trackMembership=True)
    assert status(shouting, loud)[0] == "broken" and "square root" in str(status(shouting, loud)[1])
    trial = shouting.segment("Trial", plan_is("trial"), trackMembership=True)
    assert status(shouting, trial) == ("ready", None)
    refused = shouting.post(f"/segments/{loud['id']}/refresh")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "SEGMENT_BROKEN")
    put("good")
    assert shouting.post(f"/segments/{loud['id']}/compute", {}).json["total"] == 1


def test_a_reason_that_cannot_be_stored_as_it_is_is_told_all_the_same(shouting: Api) -> None:
    loud = shouting.segment("Loud", SHOUTING, trackMembership=True)
    put("unspeakable")
    shouting.contact("ada@example.com", data={"name": "ADA"})
    assert status(shouting, loud) == ("broken", "Its rule failed: RuntimeError: no \\0, no \\ud800")


@pytest.mark.parametrize("is_tracked", [True, False])
def test_an_operator_that_raises_cannot_be_explained(shouting: Api, is_tracked: bool) -> None:
    loud = shouting.segment("Loud", SHOUTING, trackMembership=is_tracked)
    put("bad")
    ada = shouting.contact("ada@example.com", data={"name": "ADA"})
    refused = shouting.get(f"/segments/{loud['id']}/explain/{ada['id']}")
    assert refusal(refused) == (409, "SEGMENT_BROKEN")
    assert "no mood for this" in refused.json["message"]


@pytest.mark.parametrize("mood", ["no SQL", "bad SQL"])
def test_an_untracked_segment_says_that_its_sql_fails(
    shouting: Api, moody: Flask, project: Project, mood: str
) -> None:
    ada = shouting.contact("ada@example.com", data={"name": "ADA", "plan": "trial"})
    loud = shouting.segment("Loud", SHOUTING)
    reader = shouting.segment("Reader", member_of(loud))
    trial = shouting.segment("Trial", plan_is("trial"))
    put(mood)
    path = f"/segments/{loud['id']}"
    told, reason = status(shouting, loud)
    assert told == "broken" and reason is not None and reason.startswith("Its rule failed")
    assert status(shouting, reader)[0] == "broken"
    body = {"condition": rule(SHOUTING)}
    for refused in (
        shouting.get(f"{path}/contacts"),
        shouting.get(f"{path}/contacts?cursor="),
        shouting.post(f"{path}/refresh"),
        shouting.post(f"{path}/forecast", body),
        shouting.post("/segments/preview", body),
        shouting.post("/segments", {"name": "Louder", **body}),
        shouting.get(f"/segments/{reader['id']}/explain/{ada['id']}"),
    ):
        assert refusal(refused) == (409, "SEGMENT_BROKEN")
    with moody.app_context():
        with transaction():
            db.session.execute(
                update(Segment)
                .where(Segment.project_id == project.id)
                .values(member_count=0, member_count_at=None)
            )
        jobs.recount_stale(str(project.id))
        assert db.session.get(Segment, (project.id, UUID(trial["id"]))).member_count == 1


def test_sql_that_cannot_be_made_lets_the_write_pass(
    install: Install, settings: Settings, project: Project
) -> None:
    install("moody", SQL_ONLY)
    with own_app(settings) as app:
        api = Api(app.test_client(), project.secret_key)
        loud = api.segment("Loud", SHOUTING, trackMembership=True)
        put("no SQL")
        api.contact("ada@example.com", data={"name": "ADA"})
        assert status(api, loud)[0] == "broken"


def test_files_and_bulk_jobs_say_that_a_rule_failed(shouting: Api, moody: Flask, project: Project) -> None:
    shouting.contact("ada@example.com", data={"name": "ADA"})
    loud = shouting.segment("Loud", SHOUTING)
    for mood in ("bad SQL", "no SQL"):
        put(mood)
        condition = rule(SHOUTING)
        for refused in (
            shouting.get(f"/segments/{loud['id']}/export"),
            shouting.get("/contacts/export", condition=json.dumps(condition)),
            shouting.post("/contacts/export", {"filter": {"segmentId": loud["id"]}}),
        ):
            assert refusal(refused) == (409, "SEGMENT_BROKEN")
        job = shouting.post("/contacts/bulk-delete", {"filter": {"condition": condition}}).json["jobId"]
        with moody.app_context():
            run(str(project.id), job)
        found = shouting.get(f"/contacts/bulk/{job}").json
        assert found["state"] == "failed" and "rule" in found["failedReason"]
    assert shouting.get("/contacts").json["total"] == 1


def test_a_missing_plugin_freezes_and_its_return_thaws(shouting: Api, moody: Flask, api: Api) -> None:
    loud = shouting.segment("Loud", SHOUTING, trackMembership=True)
    reader = shouting.segment("Reader", member_of(loud), trackMembership=True)
    shouting.contact("ada@example.com", data={"name": "ADA"})
    api.contact("ada@example.com", data={"name": "Ada"})
    api.contact("bob@example.com", data={"name": "BOB"})
    assert status(api, loud)[0] == "broken" and "isShouting" in str(status(api, loud)[1])
    assert api.members(loud) == api.members(reader) == {"ada@example.com"}
    assert status(api, reader) == ("ready", None), "it reads the frozen members"
    with moody.app_context():
        with transaction():
            assert jobs.mend() >= 1
        with transaction():
            jobs.resume()
    shouting.post(f"/segments/{loud['id']}/compute", {})
    assert shouting.members(loud) == shouting.members(reader) == {"bob@example.com"}


def test_an_operator_without_a_python_face_is_answered_by_sql(
    install: Install, settings: Settings, project: Project
) -> None:
    install("moody", SQL_ONLY)
    with own_app(settings) as app:
        api = Api(app.test_client(), project.secret_key)
        loud = api.segment("Loud", SHOUTING, plan_is("pro"), trackMembership=True)
        reader = api.segment("Reader", member_of(loud), trackMembership=True)
        api.contact("ada@example.com", data={"name": "ADA", "plan": "pro"})
        api.contact("bob@example.com", data={"name": "Bob", "plan": "pro"})
        assert api.members(loud) == api.members(reader) == {"ada@example.com"}
        api.contact("ada@example.com", data={"name": "Ada"})
        assert api.members(loud) == set()
        sys.modules["moody"].mood = "bad SQL"  # type: ignore[attr-defined]
        api.contact("bob@example.com", data={"name": "BOB"})
        assert status(api, loud)[0] == "broken"
