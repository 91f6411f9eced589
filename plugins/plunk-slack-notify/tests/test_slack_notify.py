"""Messages go out once per fact, to the address that the operator chose, and no further."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import plunk_slack_notify
import pytest
from flask import Flask
from plunk_slack_notify import SlackBusy

from plunk.outbound.errors import Undeliverable
from plunk.plugins import PluginError
from plunk.testing.api import Project
from plunk.testing.facts import membership_changed, tell

MakeApp = Callable[[], AbstractContextManager[Flask]]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, slack: Any) -> None:
    monkeypatch.setenv("PLUNK_SLACK_URL", slack.url)
    monkeypatch.delenv("PLUNK_SLACK_SEGMENTS", raising=False)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the plugin writes to the log."""
    lines: list[str] = []
    for level in ("warning", "error"):
        monkeypatch.setattr(plunk_slack_notify.log, level, lambda text, *values: lines.append(text % values))
    return lines


@pytest.mark.parametrize(("change", "verb"), [("entry", "entered"), ("exit", "left")])
def test_an_entry_and_an_exit_are_told(
    make_app: MakeApp, project: Project, slack: Any, change: Any, verb: str
) -> None:
    with make_app() as app:
        told = tell(app, membership_changed(project.id, "ada@example.com", change=change))
    assert "slack-notify" in told
    assert slack.messages == [{"text": f"ada@example.com {verb} Trial users"}]


def test_what_slack_would_read_as_markup_is_escaped(make_app: MakeApp, project: Project, slack: Any) -> None:
    with make_app() as app:
        tell(app, membership_changed(project.id, "a&b@example.com", segment="<!channel> & co"))
    assert slack.messages == [{"text": "a&amp;b@example.com entered &lt;!channel&gt; &amp; co"}]


def test_only_the_chosen_segments_are_told(
    make_app: MakeApp, project: Project, slack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUNK_SLACK_SEGMENTS", "trial-*, vips")
    with make_app() as app:
        for segment in ("Trial users", "VIPs", "VIPs of old", "Everybody on trial"):
            tell(app, membership_changed(project.id, "ada@example.com", segment=segment))
    assert [message["text"] for message in slack.messages] == [
        "ada@example.com entered Trial users",
        "ada@example.com entered VIPs",
    ]


@pytest.mark.parametrize("status", [301, 429, 500, 503])
def test_a_worker_is_asked_to_try_again_when_slack_is_busy(
    make_app: MakeApp, project: Project, slack: Any, status: int
) -> None:
    slack.status = status
    with make_app() as app, pytest.raises(SlackBusy, match=str(status)):
        tell(app, membership_changed(project.id, "ada@example.com"))


def test_a_worker_is_asked_to_try_again_when_nobody_answers(
    make_app: MakeApp, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUNK_SLACK_URL", "http://127.0.0.1:1024/nobody-listens-here")
    with make_app() as app, pytest.raises(Undeliverable):
        tell(app, membership_changed(project.id, "ada@example.com"))


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_refusal_is_noted_without_address_and_not_repeated(
    make_app: MakeApp, project: Project, slack: Any, logged: list[str], status: int
) -> None:
    slack.status = status
    fact = membership_changed(project.id, "ada@example.com")
    with make_app() as app:
        tell(app, fact)
    assert logged == [f"Slack refused the message about fact {fact.id}: {status} 'answer'"]


def test_without_an_address_nothing_is_wanted_and_that_is_said_once(
    make_app: MakeApp, project: Project, slack: Any, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLUNK_SLACK_URL")
    plunk_slack_notify._note_silence.cache_clear()
    for _ in range(2):
        with make_app() as app:
            assert "slack-notify" not in tell(app, membership_changed(project.id, "ada@example.com"))
    assert logged == ["PLUNK_SLACK_URL is not set, so that nothing is posted"]
    assert not slack.messages


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("hooks.slack.com/services/T0", "must begin with http:// or https://"),
        ("ftp://hooks.slack.com/", "must begin with http:// or https://"),
        ("https://10.0.0.1/", "is not a public address"),
        ("https://me:word@hooks.slack.com/", "a user name or a password"),
    ],
)
def test_an_address_that_can_never_be_reached_is_refused_at_start(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    monkeypatch.setenv("PLUNK_SLACK_URL", url)
    with pytest.raises(PluginError) as refused, make_app():
        pass
    message = str(refused.value)
    assert (
        message.startswith("Plugin 'slack-notify' refuses its settings: PLUNK_SLACK_URL: ")
        and words in message
    )


def test_segments_without_an_address_are_refused_at_start(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLUNK_SLACK_URL")
    monkeypatch.setenv("PLUNK_SLACK_SEGMENTS", "vips")
    with (
        pytest.raises(PluginError, match="PLUNK_SLACK_SEGMENTS is set, but PLUNK_SLACK_URL is not"),
        make_app(),
    ):
        pass
