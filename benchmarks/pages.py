"""Pages of the dashboard for the whole crowd, against the same pages for a thousand contacts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from sqlalchemy import select

from benchmarks import projects
from benchmarks.measuring import Row, in_turns, row
from benchmarks.stage import Stage
from plunk.accounts import members, users
from plunk.accounts.people import OWNER, User
from plunk.contacts import counting
from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.db.session import transaction
from tests.dashboard.visiting import PASSWORD, Visit

GROUP = "page"
AIM = 4.0
"""A few times."""

FEW = 1_000
PLANS = ("free", "starter", "pro", "enterprise")
_PRO = {"field": "data.plan", "operator": "equals", "value": "pro"}
_BOUGHT = {"field": "event.login", "operator": "triggeredWithin", "value": 30, "unit": "days"}
PAGES = {
    "home": "/",
    "contacts": "/contacts/",
    "contacts, by address": "/contacts/?sort=email",
    "contacts, unsubscribed": "/contacts/?subscribed=no",
    "contacts, search": "/contacts/?search=person1",
    "contact": "/contacts/{contact}",
    "fields": "/contacts/fields",
    "field": "/contacts/field?key=plan",
    "events": "/events/",
    "event": "/events/one?name=login",
    "segments": "/segments/",
    "segment, tracked": "/segments/{tracked}",
    "segment, tracked: members": "/segments/{tracked}/members",
    "segment, by its rule": "/segments/{loose}",
    "segment, by its rule: members": "/segments/{loose}/members",
    "rule builder": "/segments/{loose}/rule",
    "values to choose from": "/segments/ask/values?field=data.plan&search=p",
    "contacts to choose from": "/segments/ask/contacts?search=person1",
    "imports": "/imports/",
    "webhooks": "/webhooks/",
    "jobs": "/jobs/",
    "settings": "/settings/",
}


def measure(stage: Stage, *, explains: bool) -> Iterator[Row]:
    """A row for each page. The page of a segment that is not tracked counts its members live: that one may grow."""
    people = {f"person{n}@few.example": {"plan": PLANS[n % 4], "mrr": n % 500} for n in range(FEW)}
    with (
        projects.own_project("pages", people) as few_id,
        _segments(few_id) as few,
        _segments(stage.project_id) as many,
        _visit(stage, few_id) as visit_few,
        _visit(stage, stage.project_id) as visit_many,
    ):
        with transaction():
            counting.note(stage.project_id)  # as a worker does every ten minutes
        for name, path in PAGES.items():
            ways = {"floor": _look(visit_few, path, few), "ours": _look(visit_many, path, many)}
            taken = in_turns(ways)
            counts = name.startswith("segment, by its rule")
            yield row(GROUP, name, taken, aim=None if counts else AIM)


@contextmanager
def _segments(project_id: UUID) -> Iterator[dict[str, UUID]]:
    """One that is tracked and one that is not, and the contact that came last."""
    tracked = projects.create(project_id, "Pro", {"logic": "AND", "groups": [{"filters": [_PRO]}]})
    loose = projects.create(
        project_id, "Busy pros", {"logic": "AND", "groups": [{"filters": [_PRO, _BOUGHT]}]}
    )
    projects.track(project_id, [tracked])
    latest = select(Contact.id).where(Contact.project_id == project_id).order_by(Contact.id.desc()).limit(1)
    contact = db.session.scalars(latest).one()
    db.session.remove()
    try:
        yield {"tracked": tracked, "loose": loose, "contact": contact}
    finally:
        projects.forget_segments(project_id)


@contextmanager
def _visit(stage: Stage, project_id: UUID) -> Iterator[Visit]:
    """Somebody who is signed in and may see the project."""
    email = f"{project_id.hex}@benchmarks.example"
    with transaction():
        user_id = users.create_user(email, password=PASSWORD).id
        members.add_member(project_id, user_id, OWNER)
    visit = Visit(stage.app, project_id)
    visit.sign_in(email)
    try:
        yield visit
    finally:
        with transaction():
            db.session.delete(db.session.get_one(User, user_id))


def _look(visit: Visit, path: str, ids: dict[str, UUID]) -> Callable[[], None]:
    wanted = "{project}" + path.format_map(ids)

    def run() -> None:
        response = visit.get(wanted)
        if response.status_code != 200:
            raise click.ClickException(f"{wanted}: {response.status}")

    return run
