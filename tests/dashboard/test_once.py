"""What is shown once is made once, however often its form arrives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from plunk.accounts import members
from tests.api import Api
from tests.conftest import TestProject
from tests.dashboard.visiting import Visit, hidden

WEBHOOK = {"url": "https://example.com/hook", "events": "*", "description": ""}
MAKERS: list[tuple[str, str, dict[str, str]]] = [
    ("/dashboard/projects/new", "/dashboard/projects/new", {"name": "Second shop"}),
    ("{project}/settings/keys", "{project}/settings/keys", {"kind": "secret", "name": "x"}),
    ("{project}/webhooks/new", "{project}/webhooks/new", WEBHOOK),
    ("{project}/", "{project}/first-key", {"kind": "public"}),
]
NAMES = ["project", "key", "webhook", "first key"]


def number_of(app: Flask, owner: Visit, api: Api, user_id: Any) -> tuple[int, int, int]:
    """Projects of this person, keys and webhooks of the project."""
    with app.app_context():
        projects = len(members.memberships(user_id))
    keys = owner.get("{project}/settings/keys").text.count("/revoke")
    return projects, keys, len(api.get("/webhooks").json["data"])


@pytest.fixture
def user_id(app: Flask, owner: Visit, project: TestProject) -> Any:
    with app.app_context():
        return members.list_members(project.id)[0].id


@pytest.mark.parametrize(("page", "to", "form"), MAKERS, ids=NAMES)
def test_a_page_with_a_secret_that_is_loaded_anew_makes_no_second_one(
    app: Flask, owner: Visit, api: Api, user_id: Any, page: str, to: str, form: dict[str, str]
) -> None:
    before = number_of(app, owner, api, user_id)
    sent = {**form, **_hidden(owner, page, to)}
    assert owner.post(to, sent).status_code == 201
    after = number_of(app, owner, api, user_id)
    assert sum(after) == sum(before) + 1
    again = owner.post(to, sent)
    assert again.status_code == 303
    assert "That was done before" in owner.get(again.location, follow_redirects=True).text
    assert number_of(app, owner, api, user_id) == after
    assert owner.post(to, {**form, **_hidden(owner, page, to)}).status_code == 201, "by a form of its own"


@pytest.mark.parametrize(("page", "to", "form"), MAKERS, ids=NAMES)
def test_clicks_at_the_same_time_make_one(
    app: Flask, owner: Visit, api: Api, user_id: Any, page: str, to: str, form: dict[str, str]
) -> None:
    sent = {**form, **_hidden(owner, page, to)}
    before = sum(number_of(app, owner, api, user_id))

    def click(_: int) -> TestResponse:
        return owner.post(to, sent)

    with ThreadPoolExecutor(4) as clicks:
        answers = sorted(each.status_code for each in clicks.map(click, range(4)))
    assert answers == [201, 303, 303, 303]
    assert sum(number_of(app, owner, api, user_id)) == before + 1


@pytest.mark.parametrize(("page", "to", "form"), MAKERS, ids=NAMES)
@pytest.mark.parametrize("once", ["", "x", None])
def test_a_form_without_its_id_makes_nothing(
    app: Flask,
    owner: Visit,
    api: Api,
    user_id: Any,
    page: str,
    to: str,
    form: dict[str, str],
    once: str | None,
) -> None:
    before = number_of(app, owner, api, user_id)
    answer = owner.post(to, form if once is None else {**form, "once": once})
    assert answer.status_code == 422 and "too old" in answer.text
    assert number_of(app, owner, api, user_id) == before


def test_a_link_is_not_replaced_by_loading_its_page_anew(
    owner: Visit, app: Flask, project: TestProject
) -> None:
    people = "{project}/settings/members"
    invited = {"email": "linked@example.com", "role": "member"}
    assert owner.post(people, invited).status_code == 201
    with app.app_context():
        who = next(each.id for each in members.list_members(project.id) if each.email == invited["email"])
    sent = _hidden(owner, people, f"{people}/{who}/link")
    first = owner.post(f"{people}/{who}/link", sent)
    assert first.status_code == 201
    again = owner.post(f"{people}/{who}/link", sent)
    assert again.status_code == 303, "the link that was passed on goes on working"
    link = first.text.partition("http://localhost")[2].partition("<")[0]
    assert Visit(app).get(link).status_code == 200


def test_an_invitation_sent_twice_says_that_somebody_is_in(owner: Visit) -> None:
    form = {"email": "twice@example.com", "role": "member"}
    assert owner.post("{project}/settings/members", form).status_code == 201
    again = owner.post("{project}/settings/members", form)
    assert again.status_code == 422 and "member" in again.text


def test_a_secret_is_replaced_once(owner: Visit, api: Api) -> None:
    """Twice would end the former one at once, whatever overlap was chosen."""
    webhook = api.post("/webhooks", {"url": "https://example.com/x", "events": ["*"]}).json
    path = f"{{project}}/webhooks/{webhook['id']}"
    sent = {"overlap": "72", **_hidden(owner, path, f"{path}/rotate")}
    assert owner.post(f"{path}/rotate", sent).status_code == 201
    assert owner.post(f"{path}/rotate", sent).status_code == 303
    assert "A new secret was made after you opened the page" in owner.get(path).text
    assert owner.post(f"{path}/rotate", {"overlap": "72"}).status_code == 303
    assert owner.fill_in(path, {"overlap": "0"}, to=f"{path}/rotate").status_code == 201


def _hidden(owner: Visit, page: str, to: str) -> dict[str, str]:
    return hidden(owner.get(page).text, "" if page == to != "{project}/settings/keys" else owner.path(to))
