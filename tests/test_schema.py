"""The rules for tables: everything of a tenant begins with the project, foreign keys point at contacts at most."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, Table, UniqueConstraint

from plunk.db import migrate
from plunk.db.base import Base, db

LOOKUP_TABLES = {"projects", "api_keys", "scheduled_runs"} | {
    "users",
    "project_members",
    "user_sessions",
    "user_links",
    "login_tries",
}
"""Found without knowing the project."""

SWEPT = {
    "ix_jobs_pending",
    "ix_imports_created_at",
    "ix_idempotency_keys_created_at",
    "ix_outbox_fresh",
    "ix_outbox_tried",
    "ix_outbox_finished",
}
"""Indexes of sweeps, which look at all projects."""

TENANTS = [table for table in Base.metadata.sorted_tables if table.name not in LOOKUP_TABLES]


def begins_with_project(columns: list[str]) -> bool:
    return bool(columns) and columns[0] == "project_id"


@pytest.mark.parametrize("table", TENANTS, ids=lambda table: table.name)
def test_keys_of_a_tenants_table_begin_with_the_project(table: Table) -> None:
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint | ForeignKeyConstraint):
            assert begins_with_project([column.name for column in constraint.columns]), constraint


@pytest.mark.parametrize("table", TENANTS, ids=lambda table: table.name)
def test_indexes_of_a_tenants_table_begin_with_the_project(table: Table) -> None:
    for index in table.indexes:
        is_inverted = index.dialect_options["postgresql"]["using"] == "gin"
        if not is_inverted and index.name not in SWEPT:
            assert begins_with_project([column.name for column in index.columns]), index


@pytest.mark.parametrize("table", TENANTS, ids=lambda table: table.name)
def test_foreign_keys_point_at_contacts_at_most(table: Table) -> None:
    assert {key.column.table.name for key in table.foreign_keys} <= {"contacts"}


def test_the_models_are_what_the_migrations_make(app: Flask) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert migrate.is_current(connection)


def test_migrations_are_one_straight_line() -> None:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrate.alembic_config())
    assert len(script.get_heads()) == 1
    assert all(len(revision._all_down_revisions) <= 1 for revision in script.walk_revisions())
