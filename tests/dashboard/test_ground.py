"""The ground of the dashboard: who gets in, what every answer carries, what no form can leave out."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, text

from plunk.config import Settings
from plunk.dashboard.ground.security import CONTENT_SECURITY_POLICY
from plunk.db.base import db
from plunk.testing.apps import new_project, own_app
from plunk.web.access import open_to_everybody
from tests.api import Api
from tests.conftest import TestProject
from tests.dashboard.visiting import Visit

UNKNOWN = UUID("01890000-0000-7000-8000-000000000000")
ROOMS = ["", "/contacts", "/segments", "/imports", "/events", "/webhooks", "/jobs", "/settings"]
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def page_rules(app: Flask) -> list:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("dashboard.")]


def filled(rule, project_id: object) -> str:
    """A path of that rule; what stands for other things than the project is made up."""
    values = {name: str(UNKNOWN) for name in rule.arguments} | {"project_id": str(project_id)}
    for name, converter in rule._converters.items():
        if type(converter).__name__ == "IntegerConverter":
            values[name] = "1"
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<uuid:{name}>", values[name]).replace(f"<int:{name}>", values[name])
        for kind in ("", "path:", "name:", "string:"):
            path = path.replace(f"<{kind}{name}>", values[name])
    return path


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_shows_itself_to_members(owner: Visit, member: Visit, room: str) -> None:
    for visit in (owner, member):
        response = visit.get("{project}" + room)
        assert response.status_code == 200
        assert "<h1" in response.text


def test_without_a_session_every_page_leads_to_the_way_in(
    app: Flask, stranger: Visit, project: TestProject
) -> None:
    open_pages = {"static_file", "login", "setup", "password", "theme"}
    for rule in page_rules(app):
        if rule.endpoint.rpartition(".")[2] in open_pages and ".entrance." in rule.endpoint:
            continue
        path = filled(rule, project.id)
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            token = {"X-CSRFToken": stranger.token()}
            response = stranger.client.open(path, method=method, headers=token)
            assert response.status_code == 303, (method, path, response.status_code)
            assert response.location.startswith("/dashboard/login"), path


def test_every_write_without_a_token_is_refused(app: Flask, owner: Visit, project: TestProject) -> None:
    owner.get("{project}")
    seen = 0
    for rule in page_rules(app):
        for method in rule.methods & WRITES:
            seen += 1
            for headers in ({}, {"X-CSRFToken": "x"}, {"HX-Request": "true"}):
                response = owner.client.open(
                    filled(rule, project.id), method=method, headers=headers, data={"a": "b"}
                )
                assert response.status_code == 400, (method, rule.rule, response.status_code)
                said = ("expired", "load the page anew", "signed in already")
                assert any(each in response.text for each in said)
    assert seen >= 5


def test_a_token_of_another_person_is_refused(owner: Visit, member: Visit) -> None:
    owner.get("{project}")
    member.get("{project}")
    response = owner.client.post("/dashboard/logout", data={"csrf_token": member._token})
    assert response.status_code == 400


def test_the_project_of_others_is_as_unknown_as_none(app: Flask, owner: Visit) -> None:
    foreign = new_project(app, "Others").id
    answers, token = [], {"X-CSRFToken": owner.token()}
    for project_id in (foreign, UNKNOWN):
        for rule in page_rules(app):
            if "project_id" not in rule.arguments:
                continue
            for method in rule.methods - {"OPTIONS", "HEAD"}:
                response = owner.client.open(filled(rule, project_id), method=method, headers=token)
                assert response.status_code == 404, (method, rule.rule)
                answers.append(response.text.count("Others"))
    assert not any(answers)


@pytest.mark.parametrize(
    "path", ["/dashboard/x", "/dashboard/1/contacts", "/dashboard/contacts", "/dashboard/static/x"]
)
def test_what_does_not_exist_is_a_page(owner: Visit, path: str) -> None:
    response = owner.get(path)
    assert response.status_code == 404
    assert response.mimetype == "text/html" and "Not found" in response.text


def test_another_method_is_a_page_too(owner: Visit) -> None:
    response = owner.client.put("/dashboard/login")
    assert response.status_code == 405 and response.mimetype == "text/html" and response.headers["Allow"]


def test_a_fault_of_ours_is_a_page_that_tells_nothing(
    app: Flask, owner: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    @open_to_everybody
    def fail() -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setitem(app.view_functions, "dashboard.contacts.index", fail)
    response = owner.get("{project}/contacts")
    assert response.status_code == 500 and response.mimetype == "text/html"
    assert "secret" not in response.text and response.headers["X-Request-Id"] in response.text


def test_with_the_database_gone_the_page_says_so_and_still_looks_like_ours(settings: Settings) -> None:
    with own_app(settings, database_url="postgresql://nobody@127.0.0.1:1/nothing") as app:
        client = app.test_client()
        client.set_cookie("plunk_session", "x")
        response = client.get(f"/dashboard/{UNKNOWN}/contacts")
        assert response.status_code == 503 and response.headers["Retry-After"]
        assert response.mimetype == "text/html" and "busy or out of reach" in response.text
        assert client.get("/dashboard/login").status_code == 503
        with client.get("/dashboard/static/css/base.css") as style:
            assert style.status_code == 200


def test_a_database_that_goes_away_in_the_middle_is_a_page_too(
    app: Flask, owner: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    @open_to_everybody
    def lose() -> None:
        db.session.rollback()
        db.session.connection().connection.dbapi_connection.close()  # as if the server had hung up
        db.session.execute(text("SELECT 1"))

    monkeypatch.setitem(app.view_functions, "dashboard.contacts.index", lose)
    response = owner.get("{project}/contacts")
    assert response.status_code == 503 and "busy or out of reach" in response.text


def test_beside_the_dashboard_errors_stay_json(stranger: Visit) -> None:
    for path in ("/dashboards", "/dashboardx/login", "/nowhere"):
        assert stranger.get(path).json["error"]["code"] == "NOT_FOUND"


def test_every_answer_carries_the_policy_and_is_not_kept(owner: Visit) -> None:
    for path in ("{project}", "/dashboard/nowhere", "/dashboard/login", "/dashboard/setup/x"):
        headers = owner.get(path).headers
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert headers["Cache-Control"] == "no-store" and headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin" and headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in CONTENT_SECURITY_POLICY and "http" not in CONTENT_SECURITY_POLICY


def test_no_page_holds_a_script_or_a_style_of_its_own(owner: Visit) -> None:
    for room in ROOMS:
        text = owner.get("{project}" + room).text
        assert " style=" not in text and "<style" not in text and "javascript:" not in text
        assert text.count("<script") == text.count("<script defer src=")


def test_the_api_takes_no_cookie_and_the_dashboard_no_key(owner: Visit, api: Api) -> None:
    assert owner.client.get("/contacts").status_code == 401
    response = api.get(f"/dashboard/{owner.project_id}")
    assert response.status_code == 303 and "/login" in response.location


def test_the_api_sets_no_cookie(api: Api) -> None:
    assert "Set-Cookie" not in api.get("/contacts").headers


def test_static_files_are_kept_until_they_change(owner: Visit) -> None:
    page = owner.get("{project}").text
    for path in re.findall(r'(?:href|src)="(/dashboard/static/[^"]+)"', page):
        with owner.client.get(path) as response:
            assert response.status_code == 200, path
            assert "immutable" in response.headers["Cache-Control"]
        with owner.client.get(path.partition("?")[0]) as response:
            assert "no-cache" in response.headers["Cache-Control"]


def test_the_shell_costs_three_statements(app: Flask, owner: Visit) -> None:
    """The session with its person, the project with the role, the projects of the switcher."""
    owner.get("{project}/settings/keys")
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        owner.get("{project}/settings/keys")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(seen) == 4, "and the keys, which this page is about"


def test_no_outside_host_is_asked(owner: Visit) -> None:
    loaded = re.findall(r"""(?:src|href|action)=["']([^"']+)""", owner.get("{project}").text)
    assert loaded and not [link for link in loaded if not link.startswith(("/", "#"))]
