"""The official Node SDK, unchanged, talks to us as it talks to Plunk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api
from tests.conftest import TestProject

PACKAGE = "@plunk/node@3.0.3"
NODE, NPM = shutil.which("node"), shutil.which("npm")
# Where a machine checks our work, a missing Node is a fault of the machine, not a reason to look away.
IS_SKIPPED = not (NODE and NPM) and os.environ.get("CI") != "true"
pytestmark = pytest.mark.skipif(IS_SKIPPED, reason="needs node and npm")

SCRIPT = """
const { default: Plunk } = require("@plunk/node");
const [url, key, event] = process.argv.slice(2);
new Plunk(key, { baseUrl: url + "/v1/" }).events.track(JSON.parse(event)).then(
    (answer) => console.log(JSON.stringify({ answer })),
    (error) => console.log(JSON.stringify({ kind: error.constructor.name, message: error.message })),
);
"""


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A script that tracks an event with the SDK, which npm has installed beside it."""
    folder = tmp_path_factory.mktemp("sdk")
    (folder / "package.json").write_text('{"private": true}')
    script = folder / "track.js"
    script.write_text(SCRIPT)
    run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", PACKAGE, cwd=folder)
    return script


@pytest.mark.parametrize("kind", ["secret", "public"])
def test_the_sdk_tracks_an_event_with_either_key(
    sdk: Path, live_url: str, project: TestProject, api: Api, kind: str
) -> None:
    key = project.secret_key if kind == "secret" else project.public_key
    event = {"event": "new-project", "email": f"{kind}@example.com", "data": {"company": "Ünï"}}
    answer = track(sdk, live_url, key, event)["answer"]
    assert answer["success"] is True
    contact = api.get(f"/contacts/by-email/{kind}@example.com").json
    assert (contact["id"], contact["subscribed"]) == (answer["data"]["contact"], True)
    assert contact["data"] == {"company": "Ünï"}
    stored = api.get(f"/events/contact/{contact['id']}").json["events"]
    assert [(each["id"], each["name"]) for each in stored] == [(answer["data"]["event"], "new-project")]


def test_the_sdk_obeys_a_stated_subscription(
    sdk: Path, live_url: str, project: TestProject, api: Api
) -> None:
    event = {"event": "signed-up", "email": "quiet@example.com", "subscribed": False}
    track(sdk, live_url, project.secret_key, event)
    assert api.get("/contacts/by-email/quiet@example.com").json["subscribed"] is False


def test_the_sdk_shows_our_message_for_an_unknown_key(sdk: Path, live_url: str) -> None:
    event = {"event": "new-project", "email": "ada@example.com"}
    told = track(sdk, live_url, "sk_" + "0" * 43, event)
    assert told == {"kind": "TokenError", "message": "This API key is malformed, unknown or revoked"}


def test_the_sdk_shows_our_message_for_an_event_that_is_refused(
    sdk: Path, live_url: str, project: TestProject
) -> None:
    event = {"event": "email.open", "email": "ada@example.com"}
    told = track(sdk, live_url, project.secret_key, event)
    assert told == {"kind": "Error", "message": "Request validation failed"}


def track(sdk: Path, url: str, key: str, event: dict[str, Any]) -> Any:
    """`{answer}`, or `{kind, message}` of what the SDK threw."""
    return json.loads(run("node", str(sdk), url, key, json.dumps(event), cwd=sdk.parent))


def run(program: str, *arguments: str, cwd: Path) -> str:
    found = shutil.which(program)
    assert found, f"{program} is not installed"
    done = subprocess.run(
        [found, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
