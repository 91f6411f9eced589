"""A small client for tests: JSON in, status and JSON out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


@dataclass(frozen=True)
class Project:
    """A project with its keys."""

    id: UUID
    secret_key: str
    public_key: str


class Api:
    """Calls the app with a key. Answers are werkzeug's responses; `.json` is the body."""

    def __init__(self, client: FlaskClient, key: str | None) -> None:
        self.client = client
        self.key = key

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = dict(options.pop("headers", {}))
        if self.key:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.call("GET", path, query_string=query or None)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("POST", path, json=body, **options)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self.call("PATCH", path, json=body)

    def delete(self, path: str, body: Any = None) -> TestResponse:
        return self.call("DELETE", path, **({} if body is None else {"json": body}))

    def contact(self, email: str, **fields: Any) -> dict[str, Any]:
        """Creates or updates a contact and answers it."""
        return _body(self.post("/contacts", {"email": email, **fields}), 200, 201)

    def track(self, email: str, event: str, **fields: Any) -> dict[str, Any]:
        """Tracks an event and answers `{contact, event, timestamp}`."""
        tracked = _body(self.post("/v1/track", {"email": email, "event": event, **fields}), 200)
        return cast(dict[str, Any], tracked["data"])

    def segment(self, name: str, *filters: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A dynamic segment of filters that must all hold."""
        condition = {"logic": "AND", "groups": [{"filters": list(filters)}]}
        return _body(self.post("/segments", {"name": name, "condition": condition, **fields}), 201)

    def members(self, segment: dict[str, Any]) -> set[str]:
        """The addresses of a segment's first hundred members."""
        listed = _body(self.get(f"/segments/{segment['id']}/contacts", pageSize=100), 200)
        return {contact["email"] for contact in listed["data"]}


def problems(response: TestResponse) -> dict[str, str]:
    """`{path: code}` of an error's problems."""
    return {problem["field"]: problem["code"] for problem in _error(response).get("errors", [])}


def _body(response: TestResponse, *expected: int) -> dict[str, Any]:
    assert response.status_code in expected, response.json
    return cast(dict[str, Any], response.json)


def _error(response: TestResponse) -> dict[str, Any]:
    return cast(dict[str, Any], cast(dict[str, Any], response.json)["error"])
