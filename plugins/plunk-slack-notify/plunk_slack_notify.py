"""Tells Slack, or whatever takes its messages, who enters and leaves segments with tracked membership."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from flask import Flask, current_app

from plunk import hookimpl
from plunk.config import BadSetting
from plunk.facts import MembershipChanged
from plunk.outbound.client import client
from plunk.outbound.errors import BadUrl, Undeliverable

NAME = "slack-notify"
TIMEOUT = 5.0
"""Seconds for one message: well below PLUNK_HANDLER_SECONDS, after which a worker would break off."""

TOO_MANY = 429
log = logging.getLogger(__name__)


class SlackBusy(Exception):
    """Slack did not take a message now; a worker asks again later."""


@dataclass(frozen=True)
class Channel:
    """Where messages go, and about which segments: slugs, in which `*` stands for any characters."""

    url: str
    segments: tuple[str, ...]


@hookimpl
def plunk_setup(app: Flask) -> None:
    """Reads PLUNK_SLACK_URL and PLUNK_SLACK_SEGMENTS."""
    url = os.environ.get("PLUNK_SLACK_URL", "")
    segments = os.environ.get("PLUNK_SLACK_SEGMENTS", "").replace(",", " ").split()
    if segments and not url:
        raise BadSetting("PLUNK_SLACK_SEGMENTS is set, but PLUNK_SLACK_URL is not")
    if url:
        try:
            client().check_url(url)
        except BadUrl as problem:
            raise BadSetting(f"PLUNK_SLACK_URL: {problem.message}") from None
    app.extensions[NAME] = Channel(url, tuple(segments) or ("*",))


@hookimpl
def plunk_wanted_topics(project_id: UUID) -> list[str]:
    """The same segments in every project; nothing while there is no address."""
    channel: Channel = current_app.extensions[NAME]
    if not channel.url:
        _note_silence()
        return []
    return [f"segment.{slug}.{change}" for slug in channel.segments for change in ("entry", "exit")]


@hookimpl
def plunk_membership_changed(fact: MembershipChanged) -> None:
    """Posts one message. Raises what another attempt may mend, and gives up on the rest with a line in the log."""
    channel: Channel = current_app.extensions[NAME]
    body = json.dumps({"text": text_of(fact)}).encode()
    headers = {"Content-Type": "application/json"}
    try:
        answer = client().post(channel.url, body=body, headers=headers, timeout=TIMEOUT)
    except Undeliverable as problem:
        if not problem.is_permanent:
            raise
        log.error("the message about fact %s cannot be sent: %s", fact.id, problem.message)
        return
    if 400 <= answer.status < 500 and answer.status != TOO_MANY:
        reason = answer.body[:100].decode(errors="replace")
        log.error("Slack refused the message about fact %s: %d %r", fact.id, answer.status, reason)
    elif not 200 <= answer.status < 300:
        raise SlackBusy(f"Slack answered {answer.status}")


def text_of(fact: MembershipChanged) -> str:
    """`ada@example.com entered Trial users`, with `&`, `<` and `>` as Slack wants them."""
    verb = {"entry": "entered", "exit": "left"}[fact.change]
    return f"{_escaped(fact.contact['email'])} {verb} {_escaped(fact.segment['name'])}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@cache
def _note_silence() -> None:
    """Once in a process: whoever installed this expects messages."""
    log.warning("PLUNK_SLACK_URL is not set, so that nothing is posted")
