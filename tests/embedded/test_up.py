"""`plunk up` as a person meets it: one command, then the prompt, a terminal and bad luck."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.embedded.programs import eventually, is_running, line_with, processes, program


@dataclass
class Running:
    """A `plunk up` that answers, and what it said until then."""

    process: subprocess.Popen[str]
    url: str
    secret_key: str = ""
    curls: tuple[str, ...] = ()

    def children(self) -> dict[int, str]:
        """Process ids of the supervisor's children, with their command lines."""
        return {pid: command for pid, parent, command in processes() if parent == self.process.pid}

    def child(self, command: str) -> int:
        """The process id of the child with this in its command line; 0 while there is none."""
        return next((pid for pid, found in self.children().items() if command in found), 0)

    def has_another(self, command: str, than: int) -> bool:
        return self.child(command) not in (0, than)


def test_the_first_start_prints_keys_and_lines_that_work_when_pasted(tmp_path: Path) -> None:
    with up(tmp_path / "my home", first=True) as running:
        assert len(running.curls) == 3
        if shutil.which("curl"):
            contact, track, preview = [
                json.loads(
                    subprocess.run(curl, shell=True, capture_output=True, text=True, check=True).stdout
                )
                for curl in running.curls
            ]
            assert contact["email"] == "ada@example.com"
            assert track["success"] is True
            assert preview["count"] == 1
        asked = urllib.request.Request(
            f"{running.url}/dashboard/login", headers={"X-Forwarded-Proto": "https"}
        )
        with urllib.request.urlopen(asked) as answer:
            assert "Secure" not in answer.headers["Set-Cookie"], "nobody said that a proxy stands before it"


def test_a_second_start_is_refused_and_other_commands_work_beside(tmp_path: Path) -> None:
    home = tmp_path / "my home"
    with up(home, first=True) as running:
        code, said = plunk("up", home=home)
        assert code == 1
        assert re.search(
            rf"^Error: plunk up \(process {running.process.pid}\) already runs in .*my home\. ", said
        )
        code, said = plunk("project", "list", home=home)
        assert code == 0
        assert "My project" in said


def test_a_killed_web_worker_or_server_is_started_again(tmp_path: Path) -> None:
    with up(tmp_path / "home", first=True) as running:
        for command in ("gunicorn", "--lane facts", "valkey-server", "postgres"):
            killed = running.child(command)
            assert killed, f"{command} is not among {running.children()}"
            os.kill(killed, signal.SIGKILL)
            line_with(running.process, "was ended by SIGKILL; starting it again in 0.5 s")
            eventually(partial(running.has_another, command, killed))
        eventually(lambda: status(running, "/readyz") == 200 and status(running, "/contacts") == 200)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no environment of others to look at")
def test_web_worker_and_scheduler_get_the_secret_key_of_the_home(tmp_path: Path) -> None:
    with up(tmp_path / "home", first=True) as running:
        key = (tmp_path / "home" / "secret.key").read_text().strip()
        for command in ("gunicorn", "plunk worker", "plunk scheduler"):
            given = Path(f"/proc/{running.child(command)}/environ").read_bytes().split(b"\0")
            assert f"PLUNK_SECRET_KEY={key}".encode() in given


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    with up(tmp_path / "home", first=True) as running:
        pids = list(running.children())
        assert len(pids) == 7, "two servers, web, a worker for each of three lanes, scheduler"
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(90) == 0
        assert not any(map(is_running, pids))
    assert not (tmp_path / "home" / "postgres" / "postmaster.pid").exists()


def test_a_kill_of_the_supervisor_loses_nothing_and_the_same_port_is_free_for_the_next(
    tmp_path: Path,
) -> None:
    home, port = tmp_path / "home", free_port()
    with up(home, port=port, first=True) as first:
        request = urllib.request.Request(
            f"{first.url}/contacts",
            data=b'{"email": "kept@example.com"}',
            headers={"Authorization": f"Bearer {first.secret_key}", "Content-Type": "application/json"},
        )
        assert urllib.request.urlopen(request, timeout=30).status == 201
        pids = list(first.children())
        first.process.kill()
        first.process.wait()
    with up(home, port=port) as second:
        second.secret_key = first.secret_key
        assert status(second, "/contacts/by-email/kept@example.com") == 200
        eventually(lambda: not any(map(is_running, pids)))


def test_a_port_in_use_is_a_sentence_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = plunk("up", home=tmp_path / "home", PORT=str(port))
    assert code == 1
    assert said.startswith(f"Error: Port {port} of 127.0.0.1 is in use.")
    assert not (tmp_path / "home" / "postgres").exists()


@pytest.mark.parametrize(
    ("host", "said"), [("no.such.host.invalid", "not an address"), ("192.0.2.1", "Cannot listen")]
)
def test_an_address_of_nobody_is_a_sentence(tmp_path: Path, host: str, said: str) -> None:
    code, printed = plunk("up", home=tmp_path / "home", HOST=host)
    assert code == 1
    assert said in printed
    assert "Traceback" not in printed


@contextmanager
def up(home: Path, *, port: int = 0, first: bool = False) -> Iterator[Running]:
    with program("-m", "plunk", "up", PLUNK_HOME=str(home), PORT=str(port), PLUNK_WEB_WORKERS="1") as process:
        secret = line_with(process, "secret key").split()[-1] if first else ""
        url = line_with(process, "plunk answers at ").split()[3]
        curls = tuple(line_with(process, "curl ") for _ in range(3)) if first else ()
        yield Running(process, url, secret, curls)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            assert process.wait(90) == 0


def plunk(*arguments: str, home: Path, **environment: str) -> tuple[int, str]:
    """Runs a short command: its exit status and what it said."""
    environment = {"PORT": "0", **environment}
    with program("-W", "ignore", "-m", "plunk", *arguments, PLUNK_HOME=str(home), **environment) as process:
        said = process.communicate(timeout=180)[0]
    return process.returncode, said


def status(running: Running, path: str) -> int:
    request = urllib.request.Request(
        running.url + path, headers={"Authorization": f"Bearer {running.secret_key}"}
    )
    try:
        return int(urllib.request.urlopen(request, timeout=30).status)
    except OSError as problem:
        time.sleep(0.1)
        return int(getattr(problem, "code", 0))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
