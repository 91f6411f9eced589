"""Uploads that do not go well: broken off, without a queue, while the database goes away."""

from __future__ import annotations

import socket
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from plunk.config import Settings
from plunk.db.base import db
from plunk.imports import forms
from plunk.testing.api import Api, Project
from plunk.testing.apps import own_app
from tests.imports.conftest import send
from tests.live import eventually, scheduler, web_server, worker

PEOPLE = "email,n\n" + "".join(f"p{n}@example.com,{n}\n" for n in range(1_000))
BOUNDARY = "between"


def body_of(content: str) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n\r\n'
    return f"{head}{content}\r\n--{BOUNDARY}--\r\n".encode()


def begin(port: int, project: Project, size: int) -> socket.socket:
    """A connection on which the head of an upload was sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(
        f"POST /contacts/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {project.secret_key}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {size}\r\n\r\n".encode()
    )
    return connection


def kept(app: Flask, project: Project) -> list[int]:
    """How many imports, parts of files and jobs the project has."""
    with app.app_context():
        return [
            db.session.scalar(
                text(f"SELECT count(*) FROM {table} WHERE project_id = :id"), {"id": project.id}
            )
            for table in ("imports", "import_chunks", "jobs")
        ]


def test_an_upload_that_breaks_off_leaves_nothing(
    app: Flask, settings: Settings, project: Project, tmp_path: Path
) -> None:
    whole = body_of(PEOPLE)
    log = tmp_path / "web.log"
    with web_server(settings, log) as port:
        with begin(port, project, len(whole)) as connection:
            connection.sendall(whole[: len(whole) // 2])
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer
        with begin(port, project, len(whole)) as connection:
            connection.sendall(whole)
            assert eventually(lambda: connection.recv(65536)).startswith(b"HTTP/1.1 202")
    assert kept(app, project) == [1, 1, 1]
    assert "Traceback" not in log.read_text()


def test_an_upload_outlives_connections_that_the_database_drops(
    app: Flask, settings: Settings, project: Project, tmp_path: Path
) -> None:
    whole = body_of(PEOPLE)
    with web_server(settings, tmp_path / "web.log") as port, begin(port, project, len(whole)) as connection:
        connection.sendall(whole[: len(whole) // 2])
        drop_connections(settings)
        connection.sendall(whole[len(whole) // 2 :])
        assert eventually(lambda: connection.recv(65536)).startswith(b"HTTP/1.1 202")
    assert kept(app, project) == [1, 1, 1]


def drop_connections(settings: Settings) -> None:
    address = settings.database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


@pytest.mark.usefixtures("alone")
def test_without_a_queue_an_upload_waits_in_the_database(
    app: Flask, api: Api, settings: Settings, project: Project, tmp_path: Path
) -> None:
    with own_app(settings, redis_url=f"unix://{tmp_path}/nobody.sock") as alone:
        answer = send(Api(alone.test_client(), project.secret_key), PEOPLE)
    assert answer.status_code == 202, answer.json
    assert UUID(answer.json["jobId"])
    with worker(settings, "bulk"), scheduler(settings):
        place = f"/contacts/import/{answer.json['jobId']}"
        eventually(lambda: api.get(place).json["state"] == "completed")
    assert api.get(place).json["result"]["created"] == 1_000


def test_what_comes_beside_the_file_has_a_limit_of_its_own(
    app: Flask, api: Api, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "FORM_BYTES", 1_000)
    answer = send(api, PEOPLE, mapping=" " * 2_000)
    assert answer.status_code == 422, answer.json
    assert "beside the file" in answer.json["error"]["errors"][0]["message"]
    assert kept(app, project) == [0, 0, 0]
