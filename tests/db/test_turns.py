"""Work for many projects, one after the other."""

from __future__ import annotations

import logging
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from plunk.accounts.models import Project
from plunk.accounts.service import rules_version
from plunk.db.base import db
from plunk.db.turns import in_turn
from plunk.testing.apps import new_project


def test_one_that_the_database_refuses_keeps_no_other_from_its_turn(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    first, refused, last = (new_project(app).id for _ in range(3))

    def edit(project_id: UUID) -> int:
        raised = (
            update(Project).where(Project.id == project_id).values(rules_version=Project.rules_version + 7)
        )
        db.session.execute(raised)
        if project_id == refused:
            db.session.execute(text("SELECT 1 / 0"))
        return 1

    with app.app_context():
        before = {each: rules_version(each) for each in (first, refused, last)}
        with caplog.at_level(logging.WARNING):
            assert in_turn(before, edit, what="edits") == {first: 1, refused: 0, last: 1}
        after = {each: rules_version(each) for each in before}
    assert after == {first: before[first] + 7, refused: before[refused], last: before[last] + 7}
    assert f"edits of {refused} must wait" in caplog.text


def test_no_lock_of_one_is_held_while_another_is_at_it(app: Flask) -> None:
    projects = [new_project(app).id for _ in range(2)]
    held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
    seen = []

    def lock(project_id: UUID) -> int:
        seen.append(db.session.scalar(held))
        db.session.execute(select(Project).where(Project.id == project_id).with_for_update())
        db.session.execute(text("SELECT pg_advisory_xact_lock(1, 2)"))
        return 1

    with app.app_context():
        in_turn(projects, lock, what="locks")
    assert seen == [0, 0]
