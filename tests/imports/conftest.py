"""Importing in tests: over HTTP, and done by this process as a worker would do it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from plunk.jobs.running import run
from tests.api import Api
from tests.conftest import TestProject

Import = Callable[..., dict[str, Any]]


def send(api: Api, content: bytes | str, *, path: str = "/contacts/import", **form: Any) -> TestResponse:
    """Posts a file; `mapping` may be an object."""
    raw = content.encode() if isinstance(content, str) else content
    fields = {
        name: json.dumps(value) if isinstance(value, dict) else str(value) for name, value in form.items()
    }
    file = (io.BytesIO(raw), "contacts.csv")
    return api.call("POST", path, data={**fields, "file": file}, content_type="multipart/form-data")


@pytest.fixture
def imported(app: Flask, api: Api, project: TestProject) -> Import:
    """Imports a file and answers how it went."""

    def do(content: bytes | str, **form: Any) -> dict[str, Any]:
        answer = send(api, content, **form)
        assert answer.status_code == 202, answer.json
        job_id = answer.json["jobId"]
        with app.app_context():
            run(str(project.id), job_id)
        found = api.get(f"/contacts/import/{job_id}").json
        assert found["progress"]["rows"] == sum(found["result"].values())
        return found

    return do


def counts(found: dict[str, Any]) -> tuple[int, int, int, int, int]:
    """`(created, updated, unchanged, failed, skipped)`."""
    result = found["result"]
    return tuple(result[name] for name in ("created", "updated", "unchanged", "failed", "skipped"))  # type: ignore[return-value]


def data_of(api: Api, email: str) -> dict[str, Any]:
    """The data of a contact, by address."""
    return api.get(f"/contacts/by-email/{email}").json["data"]
