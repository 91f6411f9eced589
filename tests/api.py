"""A small client for tests: JSON in, status and JSON out."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


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
        response = self.post("/contacts", {"email": email, **fields})
        assert response.status_code in (200, 201), response.json
        return response.json

    def track(self, email: str, event: str, **fields: Any) -> dict[str, Any]:
        """Tracks an event and answers `{contact, event, timestamp}`."""
        response = self.post("/v1/track", {"email": email, "event": event, **fields})
        assert response.status_code == 200, response.json
        return response.json["data"]

    def segment(self, name: str, *filters: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A dynamic segment of filters that must all hold."""
        condition = {"logic": "AND", "groups": [{"filters": list(filters)}]}
        response = self.post("/segments", {"name": name, "condition": condition, **fields})
        assert response.status_code == 201, response.json
        return response.json

    def members(self, segment: dict[str, Any]) -> set[str]:
        """The addresses of a segment's first hundred members."""
        response = self.get(f"/segments/{segment['id']}/contacts", pageSize=100)
        assert response.status_code == 200, response.json
        return {contact["email"] for contact in response.json["data"]}


def problems(response: TestResponse) -> dict[str, str]:
    """`{path: code}` of an error's problems."""
    return {problem["field"]: problem["code"] for problem in response.json["error"].get("errors", [])}
