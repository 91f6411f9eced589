"""The app factory: a table of contents of the house."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate

from plunk import health, logs, manual, plugins
from plunk.accounts.keys import Authenticator
from plunk.config import Settings
from plunk.contacts import fields_routes as fields
from plunk.contacts import jobs as contacts_jobs
from plunk.contacts import routes as contacts
from plunk.db import migrate, session
from plunk.db.base import db
from plunk.events import jobs as events_jobs
from plunk.events import routes as events
from plunk.filters.operators import builtin
from plunk.filters.vocabulary import Vocabulary
from plunk.jobs import queue
from plunk.jobs import routes as jobs
from plunk.segments import hooks as segments_hooks
from plunk.segments import routes as segments
from plunk.track import routes as track
from plunk.web import access, errors, ids, openapi, requests

BUILTINS = (("plunk.filters", builtin), ("plunk.segments", segments_hooks))


def create_app(settings: Settings | None = None, *, is_worker: bool = False) -> Flask:
    """An app on the database and queue of `settings` (from the environment unless given).

    Workers get the longer statement time-out. Raises at once what would fail at the first request: BadSetting,
    PluginError, a missing database address.
    """
    settings = settings or Settings.from_environment()
    app = Flask("plunk", static_folder=None)
    app.config["PLUNK"] = settings
    app.json.sort_keys = False  # type: ignore[attr-defined]
    ids.init_app(app)
    logs.set_up(settings)

    timeout = settings.statement_timeout_worker if is_worker else settings.statement_timeout_web
    session.init_app(app, settings, statement_timeout_ms=timeout)
    Migrate(app, db, directory=str(migrate.folder()))
    queue.init_app(app, settings)
    plugins.init_app(app, BUILTINS, disabled=settings.disabled_plugins)
    operators = plugins.results(app.extensions["plunk.plugins"], "plunk_filter_operators")
    app.extensions["plunk.vocabulary"] = Vocabulary.from_hook_results(operators)

    requests.init_app(app)
    errors.init_app(app)
    access.install(app, Authenticator())
    api = openapi.make_api(app)
    for room in (contacts, fields, track, events, segments, jobs):
        api.register_blueprint(room.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(manual.blueprint)

    contacts_jobs.init_app(app)
    events_jobs.init_app(app)
    return app


def close(app: Flask) -> None:
    """Gives back the app's connections to database and queue."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        queue.redis().close()
