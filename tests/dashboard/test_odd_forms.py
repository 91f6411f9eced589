"""What no page sends is refused, not taken for something else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.api import Api
from tests.dashboard.visiting import PASSWORD, Visit, hidden, person


@pytest.mark.parametrize("sent", [{}, {"subscribed": ""}, {"subscribed": "banana"}, {"subscribed": "YES"}])
def test_a_subscription_is_not_guessed(owner: Visit, api: Api, sent: dict[str, str]) -> None:
    contact = api.contact("ada@example.com", subscribed=True)
    answer = owner.post(f"{{project}}/contacts/{contact['id']}/subscription", sent)
    assert answer.status_code == 422 and "subscribed" in answer.text
    assert api.get(f"/contacts/{contact['id']}").json["subscribed"] is True


@pytest.mark.parametrize("sent", [{}, {"enabled": "banana"}])
def test_a_webhook_is_not_turned_off_by_chance(owner: Visit, api: Api, sent: dict[str, str]) -> None:
    webhook = api.post("/webhooks", {"url": "https://example.com/x", "events": ["*"]}).json
    path = f"{{project}}/webhooks/{webhook['id']}"
    assert owner.post(f"{path}/enabled", sent).status_code == 422
    assert api.get(f"/webhooks/{webhook['id']}").json["enabled"] is True
    assert owner.fill_in(path, {"overlap": "-1"}, to=f"{path}/rotate").status_code == 422


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("{project}/first-key", {"kind": "zzz"}),
        ("{project}/first-key", {}),
        ("/dashboard/account/language", {"locale": "xx"}),
        ("/dashboard/theme", {"theme": "pink"}),
    ],
)
def test_other_choices_are_not_guessed(owner: Visit, path: str, form: dict[str, Any]) -> None:
    answer = owner.post(path, form)
    assert answer.status_code == 422 and "Must be one of" in answer.text


def test_tracking_is_not_ended_by_chance(owner: Visit, api: Api) -> None:
    segment = api.post("/segments", {"name": "Friends", "type": "STATIC", "trackMembership": True}).json
    assert owner.post(f"{{project}}/segments/{segment['id']}/track").status_code == 422
    assert api.get(f"/segments/{segment['id']}").json["trackMembership"] is True


def test_somebody_who_is_not_in_is_not_said_to_have_left(owner: Visit, api: Api) -> None:
    segment = api.post("/segments", {"name": "Friends", "type": "STATIC"}).json
    path = f"{{project}}/segments/{segment['id']}/members"
    answer = owner.post(f"{path}/remove", {"email": "nobody@example.com"})
    page = owner.get(answer.location).text
    assert "nobody@example.com is not in it" in page and "no longer in" not in page


def test_a_job_that_has_ended_is_not_a_dead_end(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com")
    begun = owner.post("{project}/contacts/many/start", {"action": "unsubscribe", "scope": "all"})
    assert owner.post(begun.location + "/cancel").location == begun.location
    assert owner.post(begun.location + "/cancel").location == begun.location
    assert 'class="toast' in owner.get(begun.location).text


def test_a_second_tab_with_the_sign_in_page_goes_on(app: Flask, project: Any) -> None:
    who = person(app, project.id)
    visit = Visit(app)
    first = hidden(visit.get("/dashboard/login?next=/dashboard/account").text)
    form = {**first, "email": who.email, "password": PASSWORD}
    assert visit.post("/dashboard/login", form).status_code == 303
    again = visit.post("/dashboard/login", form)
    assert again.status_code == 400 and "You are signed in already" in again.text
    assert 'href="/dashboard/account">Continue</a>' in again.text


def test_an_old_sign_in_page_is_shown_anew(app: Flask, project: Any) -> None:
    who = person(app, project.id)
    visit = Visit(app)
    form = {"email": who.email, "password": PASSWORD, "csrf_token": "old", "next": "/dashboard/account"}
    answer = visit.post("/dashboard/login", form)
    assert answer.status_code == 400 and "This page has expired" in answer.text
    assert visit.get("/dashboard/account").status_code == 303, "nobody is signed in by it"
    anew = {**form, **hidden(answer.text)}
    assert visit.post("/dashboard/login", anew).location == "/dashboard/account"


def test_whoever_was_signed_out_is_told_and_comes_back(owner: Visit, stranger: Visit) -> None:
    page = owner.path("{project}/webhooks/new")
    asked = stranger.open("POST", page, headers={"Referer": f"http://localhost{page}?x=1"})
    assert asked.location == f"/dashboard/login?next={page}?x%3D1"
    assert "nothing was saved" in stranger.get(asked.location).text
    part = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{page}"}
    asked = stranger.open("GET", page, headers=part)
    assert asked.headers["HX-Redirect"] == f"/dashboard/login?next={page}"
    assert "nothing was saved" not in stranger.get(asked.headers["HX-Redirect"]).text


@pytest.mark.parametrize(
    "before", ["https://elsewhere.example/dashboard/", "/docs", "http://localhost/docs", "x", ""]
)
def test_one_is_sent_on_to_pages_of_ours_only(owner: Visit, stranger: Visit, before: str) -> None:
    asked = stranger.open("POST", owner.path("{project}/webhooks/new"), headers={"Referer": before})
    assert asked.location == "/dashboard/login"
