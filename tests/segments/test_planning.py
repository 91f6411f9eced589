"""What a write costs the planner: next to nothing, since its statements are the same each time."""

from __future__ import annotations

from sqlalchemy import text

from plunk.config import Settings
from plunk.contacts.data import DataWrite
from plunk.contacts.upsert import ContactWrite, Origin, upsert
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.events.recording import NewEvent
from plunk.testing.api import Api
from plunk.testing.apps import new_project, own_app
from tests.segments.rules import field, plan_is

WRITES = 20
TRIED = 5
"""PostgreSQL plans a prepared statement so often for its values, before it looks whether one plan would do for all."""

PLANNED = text(
    "SELECT statement FROM pg_prepared_statements"
    " WHERE custom_plans > :tried AND statement NOT LIKE '%FROM contact_fields%'"
)
"""The catalogue is asked for a few keys in a list. Where other projects have thousands, planning for just so many is
worth the twentieth of a millisecond that it takes; rules have no part in that."""


CROWD = (
    "INSERT INTO contacts (project_id, id, email, subscribed, data, created_at, updated_at)"
    " SELECT :project, gen_random_uuid(), n || '@example.com', true, '{}', now(), now()"
    " FROM generate_series(1, 3000) AS n",
    "INSERT INTO activity (project_id, contact_id, name, first_at, last_at, count)"
    " SELECT project_id, id, 'login', now(), now(), 1 FROM contacts WHERE project_id = :project",
    "INSERT INTO events (project_id, id, contact_id, name, data, created_at)"
    " SELECT project_id, gen_random_uuid(), id, 'login', '{}', now() FROM contacts WHERE project_id = :project",
    "INSERT INTO memberships (project_id, segment_id, contact_id, created_at)"
    " SELECT c.project_id, s.id, c.id, now() FROM contacts AS c, segments AS s"
    " WHERE c.project_id = :project AND s.project_id = :project",
    "ANALYZE contacts, activity, events, memberships, membership_timers",
)
"""Tables with something in them, which the planner knows of: in empty ones any plan is as good as another."""


def test_writes_under_tracked_rules_are_not_planned_anew(settings: Settings) -> None:
    with own_app(settings) as app, app.app_context():
        project = new_project(app)
        api = Api(app.test_client(), project.secret_key)
        api.segment("Trial", plan_is("trial"), trackMembership=True)
        api.segment(
            "Busy",
            field("event.login", "triggeredCount", value=3, window=7, unit="days"),
            trackMembership=True,
        )
        with transaction():
            for statement in CROWD:
                db.session.execute(
                    text(statement), {"project": project.id} if ":project" in statement else {}
                )
        with transaction():
            for number in range(WRITES):
                write = ContactWrite(
                    "ada@example.com", DataWrite({"plan": "pro", "n": number}), event=NewEvent("login")
                )
                upsert(project.id, write, Origin("tests", "secret"))
            assert db.session.scalars(PLANNED, {"tried": TRIED}).all() == []
