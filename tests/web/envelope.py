"""The one shape that every error has."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.test import TestResponse

from plunk.web.errors import codes

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def error_of(response: TestResponse, status: int, code: str | None = None) -> dict[str, Any]:
    """The `error` of a response that must be one, after looking at everything the envelope promises."""
    assert response.status_code == status, response.get_data(as_text=True)[:500]
    assert response.mimetype == "application/json"
    body = response.json
    assert body["success"] is False
    error = body["error"]
    assert body["message"] == error["message"] != ""
    assert error["statusCode"] == status
    assert error["requestId"] == response.headers["X-Request-Id"] != ""
    assert TIME.fullmatch(body["timestamp"])
    assert error["code"] in codes()
    assert (error["code"] == "INTERNAL_SERVER_ERROR") == (status == 500)
    assert set(error) <= {"code", "message", "statusCode", "requestId", "errors", "suggestion", "details"}
    for problem in error.get("errors", []):
        assert set(problem) == {"field", "message", "code"}
        assert all(isinstance(word, str) and word for word in problem.values())
    if code is not None:
        assert error["code"] == code, error
    return error
