"""Through a real server and real sockets: large and odd bodies, and what the log says."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from plunk.config import Settings
from tests.conftest import TestProject
from tests.live import eventually, web_server

MIB = 1024 * 1024


@dataclass(frozen=True)
class Server:
    port: int
    log: Path

    def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, Any], Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return response.status, dict(response.headers), json.loads(response.read() or b"null")
        finally:
            connection.close()


@pytest.fixture(scope="module")
def server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "log"
    with web_server(replace(settings, log_level="info", log_format="json"), log) as port:
        yield Server(port, log)


def headers(project: TestProject, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {project.secret_key}", "Content_Type": "application/json", **more}


def test_a_contact_goes_in_and_out(server: Server, project: TestProject) -> None:
    status, _, made = server.call("POST", "/contacts", b'{"email": "a@example.com"}', **headers(project))
    assert status == 201
    status, found, got = server.call("GET", f"/contacts/{made['id']}", **headers(project))
    assert (status, got["email"]) == (200, "a@example.com")
    assert found["X-Request-Id"]


@pytest.mark.parametrize("path", ["/contacts", "/v1/track", "/v1/track/batch", "/segments"])
def test_32_megabytes_are_answered_with_413_and_not_with_a_broken_connection(
    server: Server, project: TestProject, path: str
) -> None:
    status, _, answer = server.call("POST", path, b"[" * (32 * MIB), **headers(project))
    assert (status, answer["error"]["code"]) == (413, "BODY_TOO_LARGE")


def chunks(size: int) -> Iterator[bytes]:
    yield b'{"email": "chunked@example.com", "padding": "'
    yield from [b"x" * 65536] * (size // 65536)
    yield b'"}'


def test_a_body_in_chunks_is_read(server: Server, project: TestProject) -> None:
    status, _, answer = server.call("POST", "/contacts", chunks(MIB // 2), **headers(project))
    assert (status, answer["email"]) == (201, "chunked@example.com")


def test_a_body_in_chunks_has_the_same_limit(server: Server, project: TestProject) -> None:
    status, _, answer = server.call("POST", "/contacts", chunks(4 * MIB), **headers(project))
    assert (status, answer["error"]["code"]) == (413, "BODY_TOO_LARGE")


def test_large_bodies_without_a_key_are_refused_for_the_key(server: Server) -> None:
    status, _, answer = server.call("POST", "/contacts", b"[" * (4 * MIB), Content_Type="application/json")
    assert (status, answer["error"]["code"]) == (401, "MISSING_API_KEY")


def test_a_body_that_breaks_off_does_no_harm(server: Server, project: TestProject) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        head = f"POST /contacts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {project.secret_key}\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        client.sendall(head.encode() + b'{"email": "half@exa')
    status, _, _ = server.call("GET", "/contacts", **headers(project))
    assert status == 200
    assert "Traceback" not in server.log.read_text(), server.log.read_text()[-3000:]


@pytest.mark.parametrize(
    "body", [b"ZZZ\r\n{}\r\n", b"5\r\n{}", b"-1\r\n", b"2\r\n{}\r\n", b"FFFFFFFFFFFFFFFFFFFF\r\n{}"]
)
def test_ill_chunks_are_the_clients_fault(server: Server, project: TestProject, body: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        head = f"POST /contacts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {project.secret_key}\r\n"
        head += "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        client.sendall(head.encode() + body)
        client.shutdown(socket.SHUT_WR)
        answer = client.makefile("rb").read()
    assert b" 500 " not in answer.partition(b"\r\n")[0]
    assert "Traceback" not in server.log.read_text(), server.log.read_text()[-3000:]


def test_every_log_line_of_a_request_has_its_id_and_no_secret(server: Server, project: TestProject) -> None:
    body = b'{"email": "logged@example.com", "data": {"card": "4111-1111"}}'
    server.call("POST", "/contacts", body, **headers(project, X_Request_Id="look-for-me"))
    server.call("GET", "/contacts?cursor=nonsense", **headers(project, X_Request_Id="look-for-me-too"))

    def lines() -> list[dict[str, Any]]:
        return [json.loads(line) for line in server.log.read_text().splitlines() if "look-for-me" in line]

    found = eventually(lambda: len(lines()) >= 2 and lines())
    by_id = {line["request_id"]: line for line in found if line["event"] == "request"}
    line = by_id["look-for-me"]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/contacts", 201)
    assert by_id["look-for-me-too"]["status"] == 422
    log = server.log.read_text()
    for secret in (project.secret_key, project.public_key, "logged@example.com", "4111-1111"):
        assert secret not in log
