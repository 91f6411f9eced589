"""A project as it looks after a year: what screenshots show, made through the API."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import update

from plunk import clock
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.imports import files
from plunk.segments.models import SegmentDailyCount
from plunk.webhooks import deliveries
from plunk.webhooks import service as webhooks
from plunk.webhooks.models import WebhookDelivery
from tests.api import Api

NAMES = [
    *(
        "Ada Lovelace",
        "Grace Hopper",
        "Alan Turing",
        "Katherine Johnson",
        "Edsger Dijkstra",
        "Barbara Liskov",
    ),
    *(
        "Søren Kierkegård",
        "María José Íñiguez de la Fuente y Montemayor-Villarreal",
        "محمد بن موسى الخوارزمي",
    ),
    *("רות לוי", "山田 太郎", "Zoë O'Brien-Smythe", "Łukasz Żółć", "Ngô Bảo Châu", "Ωμέγα Παπαδόπουλος"),
]
PLANS, CITIES = ["free", "pro", "team"], ["Berlin", "القاهرة", "São Paulo", "Llanfairpwllgwyngyll", "東京"]
EVENTS = ["signed_up", "logged_in", "bought", "invited_a_colleague", "opened_the_help"]
CONTACTS = 240


def fill(app: Flask, key: str) -> dict[str, str]:
    """Contacts, events, segments and a webhook; ids that paths of pages may name."""
    api, chance = Api(app.test_client(), key), random.Random(5)
    for start in range(0, CONTACTS, 60):
        _ok(
            api.post(
                "/v1/track/batch", {"events": [e for n in range(start, start + 60) for e in _life(n, chance)]}
            )
        )
    pro = {"field": "data.plan", "operator": "equals", "value": "pro"}
    recent = {"field": "createdAt", "operator": "within", "value": 30, "unit": "days"}
    api.segment(
        "Trial users who are about to become customers and have invited a colleague",
        pro,
        trackMembership=True,
    )
    segment = api.segment(
        "Pro, new this month", pro, recent, trackMembership=True, description="Welcome them."
    )
    young = api.segment(
        "Idle", {"field": "event.logged_in", "operator": "notTriggeredWithin", "value": 30, "unit": "days"}
    )
    second = api.segment("عملاء القاهرة", {"field": "data.city", "operator": "equals", "value": "القاهرة"})
    nested = api.segment("Worth a call", condition=_worth_a_call())
    emails = [_email(n) for n in range(0, 40, 3)]
    static = _ok(api.post("/segments", {"name": "Beta testers", "type": "STATIC", "emails": emails}))
    hook = {"url": "https://hooks.example.com/plunk", "events": ["segment.*", "contact.unsubscribed"]}
    webhook = _ok(api.post("/webhooks", {**hook, "description": "The CRM"}))
    for n in range(5):
        api.contact(_email(n), subscribed=n % 2 == 0, data={"plan": "pro" if n % 2 else "free"})
    contact = _ok(api.get(f"/contacts/by-email/{_email(1)}"))
    project_id = UUID(webhook["projectId"])
    remember_counts(app, [segment, static, nested], days=90)
    remember_counts(app, [second], days=2)
    return {
        "import": _import(api),
        "upload": _upload(app, project_id),
        "contact": contact["id"],
        "job": _many(api, static["id"]),
        "segment": segment["id"],
        "static": static["id"],
        "young": young["id"],
        "second": second["id"],
        "nested": nested["id"],
        "webhook": webhook["id"],
        "delivery": _delivery(app, project_id, webhook["id"]),
    }


def _many(api: Api, segment_id: str) -> str:
    """Some more into a segment that is kept by hand; the id of the job."""
    ids = [_ok(api.get(f"/contacts/by-email/{_email(n)}"))["id"] for n in (101, 102, 103)]
    started = _ok(api.post(f"/segments/{segment_id}/members/bulk", {"action": "add", "contactIds": ids}))
    return str(started["jobId"])


def _import(api: Api) -> str:
    """A list with some rows that cannot be imported; the id of its job."""
    rows = [f"new{n}@example.com,{NAMES[n % len(NAMES)]},{PLANS[n % 3]},{n}" for n in range(60)]
    rows[3:3] = [
        "not an address,Bob,free,3",
        'a@b@example.com,"A name, with a comma",pro,7',
        "x@example.com,X,pro,1,2,3",
    ]
    text = "\n".join(["email,name,plan,seats", *rows, rows[0]])
    file = (io.BytesIO(text.encode()), "Besucher der Messe – März.csv")
    job_id: str = _ok(api.post("/contacts/import", data={"file": file}))["jobId"]
    return job_id


def _upload(app: Flask, project_id: UUID) -> str:
    """A file that was uploaded and not started."""
    lines = [
        "E-Mail;Full name;plan;Customer number;signed up;Notes about the customer that somebody wrote down",
        *(
            f"{_email(n)};{NAMES[n % len(NAMES)]};{PLANS[n % 3]};00{n};2026-0{n % 9 + 1}-11;"
            for n in range(30)
        ),
        "nobody;محمد بن موسى;pro;031;2026-01-01;=SUM(A1)",
    ]
    with app.app_context(), files.Text(io.BytesIO("\n".join(lines).encode())) as text, transaction():
        return str(files.store(project_id, text, name="customers-of-the-shop-in-the-old-town.csv").id)


def remember_counts(app: Flask, segments: list[dict[str, Any]], *, days: int) -> None:
    """As if these segments had grown for so many days, today included."""
    with app.app_context(), transaction():
        for days_ago, each in product(range(1, days), segments):
            members = max(each["memberCount"] - days_ago + (days_ago * 7) % 5, 1)
            day = datetime.now(UTC).date() - timedelta(days=days_ago)
            ids = {"project_id": UUID(each["projectId"]), "segment_id": UUID(each["id"])}
            counts = {"members": members, "reachable": members * 9 // 10}
            db.session.merge(SegmentDailyCount(**ids, day=day, **counts))


def _worth_a_call() -> dict[str, Any]:
    """A rule with all that the builder can show."""
    active = {
        "field": "event.logged_in",
        "operator": "triggeredCount",
        "value": 1,
        "comparison": "atLeast",
        "window": 12,
        "unit": "months",
        "where": [{"property": "amount", "operator": "greaterThan", "value": 10}],
    }
    inner = [
        {"filters": [{"field": "data.seats", "operator": "between", "value": [50, 400]}]},
        {"filters": [active]},
    ]
    cities = {"field": "data.city", "operator": "in", "value": ["Berlin", "القاهرة", "東京"]}
    idle = {
        "logic": "AND",
        "groups": [{"filters": [{"field": "data.plan", "operator": "equals", "value": "free"}]}],
    }
    return {
        "logic": "AND",
        "groups": [
            {"filters": [cities, {"field": "subscribed", "operator": "equals", "value": True}]},
            {"filters": [], "conditions": {"logic": "OR", "groups": inner}},
            {"not": True, "filters": [], "conditions": idle},
        ],
    }


def _delivery(app: Flask, project_id: UUID, webhook_id: str) -> str:
    """One that failed, as its receiver answered."""
    with app.app_context(), transaction():
        sent = deliveries.send_test(webhooks.get(project_id, UUID(webhook_id)))
        error = "The receiver answered 500"
        body = "<html><head><title>Internal error</title></head><body><h1>Sorry, something went wrong"
        noted = update(WebhookDelivery).where(WebhookDelivery.id == sent.id)
        values = {
            "state": "failed",
            "is_first": False,
            "attempts": 10,
            "finished_at": clock.now(),
            "error": error,
        }
        db.session.execute(noted.values(response_status=500, response_body=body, duration_ms=1840, **values))
        return str(sent.id)


def _life(n: int, chance: random.Random) -> list[dict[str, Any]]:
    name = NAMES[n % len(NAMES)]
    data = {
        "name": name,
        "plan": chance.choice(PLANS),
        "city": chance.choice(CITIES),
        "seats": chance.randrange(1, 400),
        "trial_ends": f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
        "newsletter": chance.random() < 0.5,
    }
    first = datetime.now(UTC) - timedelta(days=chance.randrange(1, 360))
    moments = sorted(first + timedelta(hours=chance.randrange(0, 24 * 30)) for _ in range(4))
    return [
        {
            "email": _email(n),
            "event": EVENTS[0] if i == 0 else chance.choice(EVENTS[1:]),
            "data": data if i == 0 else {"amount": {"value": chance.randrange(5, 900), "persistent": False}},
            "timestamp": min(moment, datetime.now(UTC)).isoformat(),
        }
        for i, moment in enumerate(moments)
    ]


def _email(n: int) -> str:
    return f"person{n}@{'a-rather-long-department-name.' if n % 7 == 0 else ''}example.com"


def _ok(response: Any) -> Any:
    assert response.status_code < 300, response.json
    return response.json
