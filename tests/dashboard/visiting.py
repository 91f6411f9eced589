"""A person with a browser, without the browser: Flask's test client that signs in and fills in forms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.test import TestResponse

from plunk.accounts import members, passwords, sessions, users
from plunk.accounts.people import OWNER
from plunk.db.base import new_id
from plunk.db.session import transaction

PASSWORD = "correct horse battery"
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass(frozen=True)
class Person:
    """A user of the tests."""

    id: UUID
    email: str


class Visit:
    """Pages as one person sees them. `project_id` is filled in for `{project}` in paths."""

    def __init__(
        self, app: Flask, project_id: UUID | None = None, *, base_url: str = "http://localhost"
    ) -> None:
        self.app = app
        self.client = app.test_client()
        self.project_id = project_id
        self.base_url = base_url
        self._token = ""

    def open(self, method: str, path: str, **options: Any) -> TestResponse:
        """A request in a context of its own, whatever the test stands in: `g` is a request's."""
        with self.app.app_context():
            return self.client.open(self.path(path), method=method, base_url=self.base_url, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        response = self.open("GET", path, **options)
        if found := _TOKEN.search(response.text):
            self._token = found[1]
        return response

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Sends a form with the token of the last page."""
        data = {"csrf_token": self._token or self.token(), **(form or {})}
        return self.open("POST", path, data=data, **options)

    def fill_in(
        self, page: str, form: dict[str, Any] | None = None, *, to: str | None = None
    ) -> TestResponse:
        """Loads a page and sends its form to that address, as a browser does: with its hidden fields."""
        shown = self.get(page).text
        return self.post(to or page, {**hidden(shown, self.path(to) if to else ""), **(form or {})})

    def token(self) -> str:
        """The token of the sign-in page, or of wherever one is sent from there."""
        page = self.open("GET", "/dashboard/login", follow_redirects=True)
        found = _TOKEN.search(page.text)
        assert found, page.text
        self._token = found[1]
        return self._token

    def sign_in(self, email: str, password: str = PASSWORD, **form: str) -> TestResponse:
        self.token()
        response = self.post("/dashboard/login", {"email": email, "password": password, **form})
        self._token = ""
        return response

    def begin(self, someone: Person) -> None:
        """Is signed in as that person from now on, without a password: to check one takes long, on purpose."""
        self.client.set_cookie("plunk_session", session(self.app, someone))

    def path(self, path: str) -> str:
        return path.replace("{project}", f"/dashboard/{self.project_id}")


def words(response: TestResponse) -> str:
    """What a page says, without its elements."""
    content = response.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", content)))


def hidden(page: str, action: str = "") -> dict[str, str]:
    """The hidden fields of a form in a page, found by where it goes; by default the first that shows fields."""
    forms = re.findall(r'<form method="post"(?: action="([^"]*)")?([^>]*)>(.*?)</form>', page, re.DOTALL)
    found = [
        body
        for goes_to, attributes, body in forms
        if (goes_to == action if action else 'class="form' in attributes)
    ]
    assert found, (action, [each[0] for each in forms])
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', found[0]))


def person(app: Flask, project_id: UUID | None = None, role: str = OWNER) -> Person:
    """A new user, a member of the project if one is given."""
    email = f"{new_id().hex}@example.com"
    with app.app_context(), transaction():
        user = users.create_user(email)
        user.password_hash = _stored_password()
        if project_id:
            members.add_member(project_id, user.id, role)
        return Person(user.id, email)


def session(app: Flask, someone: Person) -> str:
    """What the cookie of a new session of theirs holds."""
    with app.app_context(), transaction():
        return sessions.begin(someone.id, agent="", ip="127.0.0.1")


def visiting(app: Flask, project_id: UUID, role: str = OWNER) -> Visit:
    """A new user of that project, signed in."""
    visit = Visit(app, project_id)
    visit.begin(person(app, project_id, role))
    return visit


@cache
def _stored_password() -> str:
    """Once for all: to hash a password takes long, on purpose."""
    return passwords.hashed(PASSWORD)
