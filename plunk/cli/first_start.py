"""The first start: a project, its keys, and something to paste."""

from __future__ import annotations

import json

from plunk.accounts import service
from plunk.accounts.service import NewProject
from plunk.app import close, create_app
from plunk.config import Settings
from plunk.db.session import transaction

NAME = "My project"


def first_project(settings: Settings) -> NewProject | None:
    """Makes a project if there is none yet, and says which; its keys cannot be read again."""
    app = create_app(settings)
    try:
        with app.app_context(), transaction():
            return None if service.any_project() else service.create_project(NAME)
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
