"""Texts that try to become scripts, stored wherever text can be stored, are text on every page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from plunk import clock
from plunk.accounts import audit, keys, service
from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.imports import files
from plunk.imports.service import KIND as IMPORT
from plunk.jobs.models import Job
from plunk.testing.apps import new_project
from plunk.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.api import Api
from tests.dashboard.browser import Faults, sign_in
from tests.dashboard.filling import fill
from tests.dashboard.shots import FULL, SHOTS
from tests.dashboard.visiting import PASSWORD, person
from tests.live import clear, work_off

PAYLOADS = [
    "<script data-xss>window.fired = 1</script>",
    "</script><script data-xss>window.fired = 2</script>",
    "<img data-xss src=x onerror=window.fired=3>",
    "<svg data-xss onload=window.fired=4>",
    '" data-xss autofocus onfocus="window.fired=5',
    "' data-xss onmouseover='window.fired=6",
    "<a data-xss href=javascript:window.fired=7>x</a>",
    "<div data-xss x-data x-init='window.fired=8' hx-on:load='window.fired=8'>x</div>",
    "{{ 6*7 }}${6*7}{% raw %}<b data-xss>x</b>",
    "--></textarea></title></style></select><iframe data-xss srcdoc='<script>top.fired=10</script>'>",
]


@dataclass(frozen=True)
class Poisoned:
    values: dict[str, str]
    email: str
    api: Api


@pytest.fixture(scope="module")
def poisoned(app: Flask, settings: Settings) -> Poisoned:
    """A full project in which every text is one of the payloads."""
    clear(app)
    project = new_project(app, PAYLOADS[0])
    ids = fill(app, project.secret_key)
    api = Api(app.test_client(), project.secret_key)
    data = {payload: payload for payload in PAYLOADS} | {"plan": PAYLOADS[2], "city": PAYLOADS[4]}
    assert api.patch(f"/contacts/{ids['contact']}", {"data": data}).status_code == 200
    email = api.get(f"/contacts/{ids['contact']}").json["email"]
    for payload in PAYLOADS:
        api.track(email, payload, data={payload: {"value": payload, "persistent": False}})
    for n, name in enumerate(("segment", "static")):
        change = {"name": PAYLOADS[n * 3], "description": PAYLOADS[n + 4]}
        assert api.patch(f"/segments/{ids[name]}", change).status_code == 200
    for n, payload in enumerate(PAYLOADS):
        rule = {"field": f"data.{payload.replace('.', ' ')}", "operator": "equals", "value": payload}
        condition = {"logic": "AND", "groups": [{"filters": [rule]}]}
        made = api.post(
            "/segments",
            {
                "name": f"{n} {payload}",
                "description": payload,
                "condition": condition,
                "trackMembership": True,
            },
        )
        assert made.status_code == 201, made.json
    assert api.patch(f"/webhooks/{ids['webhook']}", {"description": PAYLOADS[3]}).status_code == 200
    project_id = UUID(str(project.id))
    with app.app_context(), transaction():
        for payload in PAYLOADS:
            keys.create_key(project_id, "secret", name=payload)
            audit.record(
                project_id, audit.Actor(None, payload, payload), payload, subject=payload, detail=payload
            )
        service.set_project(project_id, name=PAYLOADS[0])
    ids |= _files(app, api, project_id)
    work_off(settings)
    _answers(app, project_id)
    return Poisoned({**ids, "project": f"/dashboard/{project.id}"}, person(app, project.id).email, api)


def _files(app: Flask, api: Api, project_id: UUID) -> dict[str, str]:
    """An import and an upload that waits: names, headers, cells."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [["email", *PAYLOADS], ["hostile@example.com", *PAYLOADS], [PAYLOADS[0], *PAYLOADS]]
    )
    content = text.getvalue().encode()
    started = api.post("/contacts/import", data={"file": (io.BytesIO(content), PAYLOADS[2])})
    assert started.status_code == 202, started.json
    with app.app_context(), files.Text(io.BytesIO(content)) as upload, transaction():
        return {
            "import": started.json["jobId"],
            "upload": str(files.store(project_id, upload, name=PAYLOADS[4]).id),
        }


def _answers(app: Flask, project_id: UUID) -> None:
    """What receivers answer, and addresses and reasons as no check of ours would let them in."""
    with app.app_context(), transaction():
        for n, delivery in enumerate(
            db.session.scalars(select(WebhookDelivery).where(WebhookDelivery.project_id == project_id))
        ):
            text = PAYLOADS[n % len(PAYLOADS)]
            delivery.type, delivery.error, delivery.response_body = text, text, "".join(PAYLOADS)
            delivery.response_status, delivery.body = 200, json.dumps({text: PAYLOADS})
        for n, hook in enumerate(
            db.session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.project_id == project_id))
        ):
            hook.url, hook.events, hook.enabled = PAYLOADS[n % len(PAYLOADS)], PAYLOADS, False
            hook.disabled_reason, hook.disabled_at = "".join(PAYLOADS), clock.now()
        for job in db.session.scalars(select(Job).where(Job.project_id == project_id, Job.kind != IMPORT)):
            job.state, job.failed_reason = "failed", "".join(PAYLOADS)


@pytest.fixture(scope="module")
def visit(browser: Browser, dashboard_url: str, poisoned: Poisoned) -> Iterator[Page]:
    context = browser.new_context(base_url=dashboard_url)
    page = context.new_page()
    sign_in(page, dashboard_url, poisoned.email, PASSWORD)
    yield page
    context.close()


@pytest.mark.parametrize(
    "shot", [each for each in SHOTS if FULL in each.projects], ids=lambda shot: shot.name
)
def test_no_stored_text_becomes_a_script_or_an_element(visit: Page, poisoned: Poisoned, shot) -> None:
    look(visit, shot.path.format(**poisoned.values), shot.act)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(1, 11))
def test_pages_that_are_named_by_such_a_text_stay_harmless(
    visit: Page, poisoned: Poisoned, payload: str
) -> None:
    name = quote(payload, safe="")
    for path in (f"events/one?name={name}", f"contacts/field?key={name}"):
        look(visit, f"{poisoned.values['project']}/{path}")


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(1, 11))
def test_the_builder_shows_such_texts_in_rows_suggestions_chips_and_problems(
    visit: Page, poisoned: Poisoned, payload: str
) -> None:
    field = f"data.{payload.replace('.', ' ')}"
    where = [{"property": payload, "operator": "equals", "value": payload}]
    filters = [
        {"field": "data.note", "operator": "equals", "value": payload},
        {"field": field, "operator": "in", "value": [payload, *PAYLOADS[:3]]},
        {"field": f"event.{payload}", "operator": "triggeredCount", "value": 1, "where": where},
    ]
    poisoned.api.contact("noted@example.com", data={"note": payload})
    made = poisoned.api.segment(f"Rule {payload}"[:100], *filters)

    def act(page: Page) -> None:
        expect(page.locator(".save-bar").get_by_role("status")).to_contain_text("reachable")
        field_box = page.get_by_label("Field of condition 1")
        field_box.fill(payload[:12])
        expect(page.get_by_role("option", name=payload).filter(visible=True).first).to_be_visible()
        field_box.fill("note")
        value = page.get_by_label("Value of condition 1", exact=True)
        value.fill(payload[:3])
        expect(page.get_by_role("option", name=payload, exact=True)).to_be_visible()
        page.keyboard.press("Escape")
        wrong = {"field": payload, "operator": payload, "value": payload, "unit": payload, payload: payload}
        page.get_by_text("The rule as JSON", exact=True).click()
        page.locator("#f-condition").fill(
            json.dumps({"logic": payload, payload: payload, "groups": [{"filters": [wrong]}]})
        )
        expect(page.locator(".rule-problem:visible").first).to_be_visible()

    segment = f"{poisoned.values['project']}/segments/{made['id']}"
    look(visit, f"{segment}/rule", act)
    look(visit, f"{segment}/why?contact={poisoned.values['contact']}")
    look(visit, segment)


def look(visit: Page, path: str, act: Callable[[Page], object] | None = None) -> None:
    faults = Faults(visit)
    answer = visit.goto(path)
    assert answer is not None and answer.status < 400, "the page must be there, or nothing was tried"
    if act:
        act(visit)
    expect(visit.locator(".htmx-request")).to_have_count(0)
    assert visit.evaluate("window.fired") is None
    assert visit.evaluate("document.querySelectorAll('[data-xss]').length") == 0
    assert "42$" not in visit.content()
    assert not faults.others("Failed to load resource"), "the policy had to refuse something"
