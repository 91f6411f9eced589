"""The first page of a project: first steps until an event arrives, numbers, growth, sample data, what is in trouble."""

from __future__ import annotations

import html
import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from plunk.config import Settings
from plunk.db.base import db, new_id
from plunk.db.session import transaction
from plunk.webhooks.models import WebhookEndpoint
from tests.api import Api
from tests.dashboard.visiting import Visit
from tests.live import work_off


def test_first_steps_are_there_until_the_first_event(owner: Visit, api: Api) -> None:
    page = owner.get("{project}").text
    assert "First steps" in page and "Waiting for the first event" in page and "sk_…" in page
    assert page.index("Bring your contacts") < page.index("Create a segment") < page.index("Send events")
    api.contact("ada@example.com")
    page = owner.get("{project}").text
    assert "First steps" in page, "a contact is no event"
    assert "Load sample data" not in page and page.count("is-done") == 1, "what is done is one line"
    waiting = owner.get("{project}", headers={"HX-Request": "true"}).text
    assert "has arrived" not in waiting.partition('id="first-event"')[2]
    api.track("ada@example.com", "signed_up")
    waiting = owner.get("{project}", headers={"HX-Request": "true"}).text
    assert "has arrived" in waiting.partition('id="first-event"')[2], "told to those who wait"
    page = owner.get("{project}").text
    assert "First steps" not in page and "ada@example.com" in page and "signed_up" in page


def test_the_latest_activity_is_told_in_words(owner: Visit, api: Api) -> None:
    api.segment("Pros", {"field": "data.plan", "operator": "equals", "value": "pro"}, trackMembership=True)
    api.contact("ada@example.com", data={"plan": "pro"})
    latest = owner.get("{project}").text.partition("Latest activity")[2]
    assert 'title="segment.pros.entry" dir="auto">Entered Pros</a>' in latest


def test_a_key_is_put_into_the_snippets_once_and_works(app: Flask, owner: Visit, member: Visit) -> None:
    for kind, prefix in (("secret", "sk_"), ("public", "pk_")):
        made = owner.post("{project}/first-key", {"kind": kind, "once": new_id()})
        assert made.status_code == 201
        found = set(re.findall(rf"{prefix}[\w-]{{43}}", html.unescape(made.text)))
        assert len(found) == 1 and "shown this once" in made.text
        key = found.pop()
        assert key not in owner.get("{project}").text
        assert Api(app.test_client(), key).track(f"{kind}@example.com", "x")
    assert "created a key" in owner.get("{project}/settings/audit").text
    assert member.post("{project}/first-key", {"kind": "secret"}).status_code == 403
    assert "Create a key" not in member.get("{project}").text


@pytest.mark.usefixtures("alone")
def test_sample_data_goes_through_the_import(settings: Settings, owner: Visit, api: Api) -> None:
    started = owner.post("{project}/sample-data")
    assert "/imports/" in started.location
    assert "Load sample data" not in owner.get("{project}").text, "once is enough"
    work_off(settings)
    page = owner.get(started.location).text
    assert "finished" in page and "sample-data.csv" in page
    assert api.get("/contacts").json["total"] == 500
    page = owner.get("{project}").text
    assert "data-chart=" in page and ">500</a>" in page


def test_numbers_of_other_periods(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com")
    for days, number in (("90", 90), ("365", 365), ("x", 30)):
        page = html.unescape(owner.get(f"{{project}}?days={days}").text)
        assert page.count('"at":') == number


def test_what_needs_somebody_is_said(app: Flask, owner: Visit, api: Api) -> None:
    for path in ("{project}", "{project}/jobs"):
        assert "Needs attention" not in owner.get(path).text
    made = api.post("/webhooks", {"url": "https://example.com/x", "events": ["*"]}).json
    with app.app_context(), transaction():
        broken = update(WebhookEndpoint).where(WebhookEndpoint.id == UUID(made["id"]))
        db.session.execute(broken.values(enabled=False, disabled_reason="It answered 410"))
    for path in ("{project}", "{project}/jobs"):
        assert "1 webhook was turned off by plunk" in owner.get(path).text
    assert "It answered 410" in owner.get("{project}/webhooks/" + made["id"]).text
