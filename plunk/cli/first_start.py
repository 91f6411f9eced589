"""The first start: a project, its keys, something to paste, and a link for the first user."""

from __future__ import annotations

import json
from dataclasses import dataclass

from plunk.accounts import links, service, users
from plunk.accounts.service import NewProject
from plunk.app import close, create_app
from plunk.config import Settings
from plunk.db.session import transaction

NAME = "My project"


@dataclass(frozen=True)
class Start:
    """`project` was made just now, its keys cannot be read again; by `setup` somebody becomes the first user."""

    project: NewProject | None
    setup: str


def prepare(settings: Settings) -> Start:
    """Makes a project if there is none yet, and a new link for the first user as long as there is nobody."""
    app = create_app(settings)
    try:
        with app.app_context(), transaction():
            project = None if service.any_project() else service.create_project(NAME)
            token = "" if users.any_user() else links.setup_token()
            return Start(project, f"/dashboard/setup/{token}" if token else "")
    finally:
        close(app)


def invitation(project: NewProject, url: str) -> str:
    """Three `curl` lines that work when pasted: a contact, an event, who matches a rule."""
    rule = {"field": "data.plan", "operator": "equals", "value": "pro"}
    lines = [
        _curl(url, "/contacts", project.secret_key, {"email": "ada@example.com", "data": {"plan": "pro"}}),
        _curl(url, "/v1/track", project.public_key, {"email": "ada@example.com", "event": "signed_up"}),
        _curl(
            url,
            "/segments/preview",
            project.secret_key,
            {"condition": {"logic": "AND", "groups": [{"filters": [rule]}]}},
        ),
    ]
    return "try:\n\n" + "\n\n".join(lines) + "\n"


def _curl(url: str, path: str, key: str, body: object) -> str:
    headers = f"-H 'Authorization: Bearer {key}' -H 'Content-Type: application/json'"
    return f"curl {url}{path} {headers} -d '{json.dumps(body)}'"
