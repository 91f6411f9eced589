"""The app factory: a table of contents of the house."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate

from plunk import health, logs, manual, plugins
from plunk.accounts.keys import Authenticator
from plunk.bulk import jobs as bulk_jobs
from plunk.bulk import routes as bulk
from plunk.config import BadSetting, Settings
from plunk.contacts import fields_routes as fields
from plunk.contacts import jobs as contacts_jobs
from plunk.contacts import overview_routes as overview
from plunk.contacts import routes as contacts
from plunk.dashboard import app as dashboard
from plunk.db import migrate, session
from plunk.db.base import db
from plunk.events import jobs as events_jobs
from plunk.events import routes as events
from plunk.exports import routes as exports
from plunk.filters.operator import Operator
from plunk.filters.operators import builtin
from plunk.filters.vocabulary import BadVocabulary, Vocabulary
from plunk.imports import jobs as imports_jobs
from plunk.imports import routes as imports
from plunk.jobs import queue
from plunk.jobs import routes as jobs
from plunk.outbox import interest
from plunk.outbox import jobs as outbox_jobs
from plunk.segments import building_routes as building
from plunk.segments import hooks as segments_hooks
from plunk.segments import jobs as segments_jobs
from plunk.segments import routes as segments
from plunk.track import routes as track
from plunk.web import access, errors, ids, openapi, requests
from plunk.webhooks import hooks as webhooks_hooks
from plunk.webhooks import jobs as webhooks_jobs
from plunk.webhooks import routes as webhooks

BUILTINS = (
    ("plunk.filters", builtin),
    ("plunk.segments", segments_hooks),
    ("plunk.webhooks", webhooks_hooks),
)
CANNOT_START = (BadSetting, plugins.PluginError, BadVocabulary)
"""What `create_app` raises when the person who runs plunk has something to mend; the text says what."""


def create_app(settings: Settings | None = None, *, is_worker: bool = False) -> Flask:
    """An app on the database and queue of `settings` (unless given, from the environment, fit to serve).

    Workers get the longer statement time-out. Raises at once what would fail at the first request: BadSetting,
    PluginError, a missing database address.
    """
    settings = settings or Settings.from_environment().fit_to_serve()
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
    interest.init_app(app)

    requests.init_app(app)
    errors.init_app(app)
    access.install(app, Authenticator())
    api = openapi.make_api(app)
    for room in (
        contacts,
        fields,
        overview,
        track,
        events,
        segments,
        building,
        exports,
        bulk,
        webhooks,
        imports,
        jobs,
    ):
        api.register_blueprint(room.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(manual.blueprint)
    dashboard.init_app(app, settings)

    outbox_jobs.init_app(app)
    contacts_jobs.init_app(app)
    events_jobs.init_app(app)
    segments_jobs.init_app(app)
    bulk_jobs.init_app(app)
    webhooks_jobs.init_app(app)
    imports_jobs.init_app(app)

    # Last, so that what plugins register cannot take a name or a path of ours.
    plugins.set_up(app)
    operators = plugins.results(app.extensions["plunk.plugins"], "plunk_filter_operators", of=Operator)
    app.extensions["plunk.vocabulary"] = Vocabulary.from_hook_results(operators)
    return app


def close(app: Flask) -> None:
    """Gives back the app's connections to database and queue."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        queue.redis().close()
