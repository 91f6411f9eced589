"""The page about webhooks: what it tells people to paste works, what it says in numbers is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from socket import create_connection, socket

from standardwebhooks import Webhook

from plunk.clock import now
from plunk.outbound.client import Client
from plunk.signing.webhooks import new_secret, signature_headers
from plunk.webhooks.leasing import PER_ENDPOINT
from plunk.webhooks.retries import PAUSES
from plunk.webhooks.sender import IN_FLIGHT
from tests.live import eventually

PAGE = (Path(__file__).parent.parent.parent / "docs" / "webhooks.md").read_text()


def free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_the_receiver_on_the_page_takes_what_is_signed_and_nothing_else(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "receive.py").write_text(code)
    secret, port = new_secret(), free_port()
    environment = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "receive.py"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    body = b'{"type": "signed_up", "data": {"contact": {"email": "ada@example.com"}}}'
    try:
        eventually(lambda: listens(port))
        client, url = Client(["127.0.0.0/8"]), f"http://127.0.0.1:{port}/"
        good = signature_headers([secret], "msg_1", now(), body)
        bad = signature_headers([new_secret()], "msg_2", now(), body)
        assert client.post(url, body=body, headers=bad).status == 400
        assert client.post(url, body=body, headers=good).status == 204
        assert process.stdout is not None
        assert process.stdout.readline() == "msg_1 signed_up ada@example.com\n"
        assert Webhook(secret).verify(body, good)
    finally:
        process.kill()
        process.communicate()


def test_the_table_of_pauses_is_the_one_that_is_kept() -> None:
    row = re.search(r"\| next try in \|(.*)\| given up \|", PAGE)
    assert row
    units = {"s": 1, "min": 60, "h": 3600}
    cells = (cell.split() for cell in row.group(1).split("|"))
    assert [int(number) * units[unit] for number, unit in cells] == [each.total_seconds() for each in PAUSES]


def test_the_numbers_in_flight_are_so() -> None:
    assert f"{PER_ENDPOINT} to a webhook, {IN_FLIGHT} in each sender process" in PAGE
