"""The supervisor, with children that do very little."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from plunk.cli import supervisor as supervisor_module
from plunk.cli.supervisor import Child, Supervisor
from plunk.embedded.errors import StillRunning
from plunk.embedded.processes import spawn
from tests.embedded.programs import eventually, is_running, line_with, program

SLEEPER = "import time; print('awake', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('awake', flush=True); time.sleep(60)"
)
PARENT = f"""
import signal, sys, time
from plunk.embedded.processes import spawn
print(spawn([sys.executable, "-c", {SLEEPER!r}], output=1).pid, flush=True)
time.sleep(60)
"""


def test_what_children_print_comes_with_their_names() -> None:
    waited_for = {"abcd | awake", "b    | awake"}  # in either order

    def are_both_awake(line: str) -> bool:
        waited_for.discard(line)
        return not waited_for

    said = run_until(are_both_awake, [sleeper("abcd"), sleeper("b")])
    assert "b    | awake" in said
    assert "abcd | awake" in said
    assert said[-1] == "stopping"


def test_a_killed_child_is_started_again() -> None:
    child = sleeper("web")
    killed: list[int] = []

    def kill_once(line: str) -> bool:
        if "awake" in line and not killed:
            assert child.process is not None
            killed.append(child.process.pid)
            child.process.kill()
            return False
        return "awake" in line

    said = run_until(kill_once, [child])
    assert "web was ended by SIGKILL; starting it again in 0.5 s" in said


def test_the_delay_doubles_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(supervisor_module, "LONGEST_DELAY", 0.03)
    child = Child("web", lambda: python("raise SystemExit(3)"))
    child._delay = 0.01
    seen: list[str] = []

    def fourth(line: str) -> bool:
        seen.append(line.rpartition(" in ")[2])
        return len(seen) == 4

    said = run_until(fourth, [child])
    assert seen == ["0.01 s", "0.02 s", "0.03 s", "0.03 s"]
    assert said[0].startswith("web ended with status 3")


def test_a_child_that_cannot_be_launched_yet_is_tried_again() -> None:
    attempts = iter([StillRunning("postgres has not ended yet")])

    def launch() -> subprocess.Popen[bytes]:
        for problem in attempts:
            raise problem
        return python(SLEEPER)

    said = run_until("awake", [Child("postgres", launch)])
    assert said[0] == "postgres does not start: postgres has not ended yet; starting it again in 0.5 s"


def test_children_are_stopped_one_after_the_other(tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.2)\n    open(sys.argv[1], 'a').write(sys.argv[2])\n    sys.exit()\n"
        "signal.signal(15, end)\nprint('awake', flush=True)\ntime.sleep(60)"
    )
    children = [Child(name, partial(python, code, str(order), name)) for name in "abc"]
    awake: list[str] = []

    def all_awake(line: str) -> bool:
        awake.append(line)
        return len(awake) == 3

    run_until(all_awake, children)
    assert order.read_text() == "abc"


def test_those_asked_early_end_side_by_side_and_are_asked_once(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    open(sys.argv[1], 'a').write('x')\n"
        "open(sys.argv[1], 'a')\nsignal.signal(15, end)\nprint('awake', flush=True)\n"
        "while len(open(sys.argv[1]).read()) < 3: time.sleep(0.05)"
    )
    children = [
        Child(name, partial(python, code, str(asked)), is_asked_early=True, patience=60) for name in "abc"
    ]
    awake: list[str] = []

    def all_awake(line: str) -> bool:
        awake.append(line)
        return len(awake) == 3

    run_until(all_awake, children)
    assert [child.process.returncode for child in children if child.process] == [0, 0, 0]
    assert asked.read_text() == "xxx"


def test_a_child_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "HURRY", 0.1)
    child = Child("web", lambda: python(STUBBORN), patience=0.1)
    run_until("awake", [child])
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_a_second_signal_hurries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "HURRY", 0.1)
    child = Child("web", lambda: python(STUBBORN), patience=60)
    begun = time.monotonic()
    run_until("awake", [child], signals=2)
    assert time.monotonic() - begun < 40


def test_signals_end_it() -> None:
    before = signal.getsignal(signal.SIGTERM)
    threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGTERM]).start()
    child = sleeper("web")
    Supervisor([child], lambda line: None).run()
    assert child.process is not None
    assert not is_running(child.process.pid)
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells children of their parent's death"
)
def test_children_end_with_a_killed_parent() -> None:
    with program("-c", PARENT) as parent:
        pid = int(line_with(parent, ""))
        assert is_running(pid)
        parent.kill()
        eventually(lambda: not is_running(pid))


def sleeper(name: str) -> Child:
    return Child(name, lambda: python(SLEEPER))


def python(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    return spawn([sys.executable, "-c", code, *arguments], output=subprocess.PIPE)


def run_until(wanted: str | Callable[[str], bool], children: list[Child], *, signals: int = 1) -> list[str]:
    """Runs a supervisor until a line is the wanted one; what it said, and nobody is left."""
    said: list[str] = []
    is_wanted = wanted if callable(wanted) else lambda line: wanted in line

    def say(line: str) -> None:
        said.append(line)
        if line != "stopping" and is_wanted(line):
            for _ in range(signals):
                supervisor.ask_to_stop()

    supervisor = Supervisor(children, say)
    supervisor.run()
    assert not any(child.process and is_running(child.process.pid) for child in children)
    return said
