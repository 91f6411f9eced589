"""Runs migrations on the connection that `plunk.db.migrate` hands over, or on the current app's (flask db)."""

from alembic import context
from flask import current_app, has_app_context

from plunk.db.base import Base

connection = context.config.attributes.get("connection")
if connection is None and has_app_context():
    connection = current_app.extensions["migrate"].db.engine.connect()
if connection is None:
    raise SystemExit("Run `plunk db upgrade` instead.")

context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
