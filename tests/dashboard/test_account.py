"""The account page: password, sessions, language."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask

from plunk.accounts import links, users
from plunk.dashboard.account.agents import described
from plunk.dashboard.ground import formats
from plunk.db.session import transaction
from tests.conftest import TestProject
from tests.dashboard.visiting import PASSWORD, Person, Visit, person

NEW = "an even longer secret"


@pytest.fixture
def two(app: Flask, project: TestProject) -> tuple[Person, Visit, Visit]:
    """One person in two browsers."""
    who = person(app, project.id)
    visits = Visit(app, project.id), Visit(app, project.id)
    for visit in visits:
        assert visit.sign_in(who.email).status_code == 303
    return who, *visits


def changed(current: str = PASSWORD, new: str = NEW, again: str = NEW) -> dict[str, str]:
    return {"current": current, "password": new, "again": again}


def test_a_new_password_ends_the_other_sessions(app: Flask, two: tuple[Person, Visit, Visit]) -> None:
    who, here, there = two
    assert here.post("/dashboard/account/password", changed()).status_code == 303
    assert "1 other session ended" in here.get("{project}").text
    assert there.get("{project}").status_code == 303
    assert Visit(app).sign_in(who.email).status_code == 422
    assert Visit(app).sign_in(who.email, NEW).status_code == 303


def test_a_new_password_ends_the_cookie_too(app: Flask, two: tuple[Person, Visit, Visit]) -> None:
    """A copy of it may be what the change is about."""
    _, here, _ = two
    taken = here.client.get_cookie("plunk_session")
    assert taken and here.post("/dashboard/account/password", changed()).status_code == 303
    assert here.get("/dashboard/account/").status_code == 200
    thief = Visit(app)
    thief.client.set_cookie("plunk_session", taken.value)
    assert thief.get("/dashboard/account/").status_code == 303


def test_a_new_password_ends_links_not_used_yet(app: Flask, two: tuple[Person, Visit, Visit]) -> None:
    who, here, _ = two
    with app.app_context(), transaction():
        token = links.password_token(users.get_user(who.id))
    assert Visit(app).get(f"/dashboard/password/{token}").status_code == 200
    assert here.post("/dashboard/account/password", changed()).status_code == 303
    assert Visit(app).get(f"/dashboard/password/{token}").status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (changed(current="wrong"), "not your current password"),
        (changed(new="short", again="short"), "at least 10 characters"),
        (changed(again="differs"), "The two passwords differ"),
        ({}, "not your current password"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_nothing_ends(
    two: tuple[Person, Visit, Visit], form: dict[str, str], said: str
) -> None:
    _, here, there = two
    response = here.post("/dashboard/account/password", form)
    assert response.status_code == 422 and said in response.text
    assert there.get("{project}").status_code == 200


def test_guessing_the_present_password_is_throttled(two: tuple[Person, Visit, Visit]) -> None:
    _, here, _ = two
    for _ in range(11):
        response = here.post("/dashboard/account/password", changed(current="guess"))
    assert "Too many tries" in response.text


def test_sessions_are_listed_and_ended_one_by_one_or_together(two: tuple[Person, Visit, Visit]) -> None:
    _, here, there = two
    page = here.get("/dashboard/account").text
    (end,) = re.findall(r'action="([^"]+/end)"', page.replace("/sessions/end", "/sessions/all"))
    assert "this one" in page
    assert here.post(end).status_code == 303
    assert there.get("{project}").status_code == 303
    assert here.post(end).status_code == 303, "gone already is fine"


def test_all_other_sessions_end_together(two: tuple[Person, Visit, Visit]) -> None:
    _, here, there = two
    here.post("/dashboard/account/sessions/end")
    assert there.get("{project}").status_code == 303 and here.get("{project}").status_code == 200


def test_nobody_ends_the_session_of_another(
    app: Flask, two: tuple[Person, Visit, Visit], member: Visit
) -> None:
    _, here, there = two
    page = here.get("/dashboard/account").text
    (end,) = re.findall(r'action="([^"]+/end)"', page.replace("/sessions/end", "/sessions/all"))
    member.post(end)
    assert there.get("{project}").status_code == 200


def test_the_language_is_kept_and_none_is_the_browsers(owner: Visit) -> None:
    owner.post("/dashboard/account/language", {"locale": "en"})
    assert '<option value="en" selected>' in owner.get("/dashboard/account").text
    assert owner.post("/dashboard/account/language", {"locale": "xx"}).status_code == 422
    owner.post("/dashboard/account/language", {"locale": ""})
    assert '<option value="" selected>' in owner.get("/dashboard/account").text


def test_dates_are_written_as_where_the_browser_is(owner: Visit) -> None:
    moment = datetime(2026, 11, 27, 13, 4, 5, tzinfo=UTC)
    written = {}
    for accepted in ("en-GB,en;q=0.5", "en-US", "xx-YY", "en-XXXX", "*", ""):
        with owner.app.test_request_context("/dashboard/", headers={"Accept-Language": accepted}):
            written[accepted] = formats.day(moment)
    assert written["en-GB,en;q=0.5"] == "27 Nov 2026" and written["en-US"] == "Nov 27, 2026"
    assert len(set(written.values())) == 2


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8", "curl/8"),
        ("", ""),
    ],
)
def test_a_browser_is_described_in_two_words(agent: str, words: str) -> None:
    assert described(agent) == words
