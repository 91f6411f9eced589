"""The quickstart, as a newcomer runs it: a process of its own, against a real server."""

from __future__ import annotations

import csv
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api import Api
from tests.conftest import TestProject
from tests.journeys.conftest import ROOT

FOLDER = ROOT / "examples" / "quickstart"
OWN_FILE = FOLDER / "contacts.csv"


def quickstart(url: str, key: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    # -I -S: no site-packages, so nothing but the standard library; the script's folder is put in by hand.
    start = f"import runpy, sys; sys.path.insert(0, {str(FOLDER)!r}); runpy.run_path(sys.argv.pop(1), None, '__main__')"
    command = [sys.executable, "-I", "-S", "-B", "-c", start, str(FOLDER / "quickstart.py")]
    return subprocess.run(
        [*command, "--url", url, "--key", key, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def counts(output: str) -> dict[str, tuple[int, int]]:
    """`{segment: (plunk's count, Python's count)}` of the table."""
    rows = re.findall(r"^Quickstart: (.+?) {2,}([\d,]+) +([\d,]+)", output, re.MULTILINE)
    return {name: (int(found.replace(",", "")), int(own.replace(",", ""))) for name, found, own in rows}


def test_the_quickstart_finds_equal_counts_again_and_says_when_they_differ(
    live_url: str, project: TestProject, api: Api
) -> None:
    api.contact("somebody.else@example.com", data={"plan": "pro"})
    first = quickstart(live_url, project.secret_key)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "200 contacts (200 new), 0 rows refused" in first.stdout
    assert int(first.stdout.split(" events tracked")[0].split()[-1].replace(",", "")) > 2_000
    assert len(counts(first.stdout)) == 6
    for name, (found, own) in counts(first.stdout).items():
        assert 0 < found == own, name

    second = quickstart(live_url, project.secret_key)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "200 contacts (0 new)" in second.stdout
    assert "0 events tracked, 200 contacts had theirs already" in second.stdout
    assert counts(second.stdout) == counts(first.stdout)
    assert len(api.get("/segments").json) == 6

    # Somebody who claims to come from the file, but does not stand in it.
    api.contact("stranger@example.com", data={"quickstart": OWN_FILE.name})
    third = quickstart(live_url, project.secret_key)
    assert third.returncode == 1
    assert "differs!" in third.stdout


def test_the_quickstart_takes_another_file_on_the_same_project(
    live_url: str, project: TestProject, tmp_path: Path
) -> None:
    """Contacts of both files, cells that lose their value, rows that plunk refuses: the counts stay equal."""
    assert quickstart(live_url, project.secret_key).returncode == 0
    other = tmp_path / "others.csv"
    with OWN_FILE.open(encoding="utf-8", newline="") as source, other.open("w", encoding="utf-8") as target:
        rows = list(csv.DictReader(source))[:60]
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerow({**rows[0], "email": "no address"})
        for number, row in enumerate(rows):
            writer.writerow({**row, "email": row["email"].upper(), "mrr": "" if number % 2 else row["mrr"]})
        writer.writerow({**rows[1], "email": "new.person@example.org", "plan": "enterprise", "zip": "0"})
    ran = quickstart(live_url, project.secret_key, "--csv", str(other), "--before", "2026-01-01")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "61 contacts (1 new), 1 rows refused" in ran.stdout
    assert counts(ran.stdout)["Revenue unknown"][0] >= 30
    assert "left out 'no address'" in ran.stderr


def test_the_quickstart_says_that_no_server_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens here
        ran = quickstart(f"http://127.0.0.1:{taken.getsockname()[1]}", "sk_x")
    assert ran.returncode == 2
    assert "Start it with `make run`" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("kind", ["unknown", "public"])
def test_the_quickstart_says_that_the_key_does_not_fit(
    live_url: str, project: TestProject, kind: str
) -> None:
    ran = quickstart(live_url, project.public_key if kind == "public" else "sk_unknown")
    assert ran.returncode == 2
    assert "Give --key a secret key" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("text", ["email,plan\nada@example.com,pro\n", "", None])
def test_the_quickstart_says_that_a_file_does_not_fit(
    live_url: str, project: TestProject, tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "some.csv"
    if text is not None:
        file.write_text(text)
    ran = quickstart(live_url, project.secret_key, "--csv", str(file))
    assert ran.returncode == 2
    assert str(file) in ran.stderr
    assert "Traceback" not in ran.stderr
