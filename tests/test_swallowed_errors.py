"""An error of the database that a plugin swallows must not turn into a 2xx for what was rolled back."""

from __future__ import annotations

import pytest

from plunk.config import Settings
from plunk.plugins import PluginError
from plunk.testing.api import Api, Project
from plunk.testing.apps import own_app
from tests.conftest import Install

SWALLOWING = """
    from sqlalchemy import text
    from plunk import hookimpl
    from plunk.db.base import db

    @hookimpl(trylast=True)
    def plunk_contacts_changed(changes):
        try:
            db.session.execute(text("SELECT 1 / 0"))
        except Exception:
            pass
"""


@pytest.mark.parametrize("path", ["/v1/track", "/v1/track/batch"])
def test_a_swallowed_error_is_no_success(
    install: Install, settings: Settings, project: Project, api: Api, path: str
) -> None:
    install("swallowing", SWALLOWING)
    event = {"email": "ada@example.com", "event": "x"}
    with own_app(settings) as app:
        swallowing = Api(app.test_client(), project.secret_key)
        answer = swallowing.post(path, event if path == "/v1/track" else {"events": [event]})
    assert answer.status_code == 500
    assert api.get("/contacts").json["total"] == 0


@pytest.mark.parametrize(
    "handler",
    [
        "@hookimpl\nasync def plunk_event_tracked(fact): pass",
        "@hookimpl\ndef plunk_event_tracked(fact): yield",
        "@hookimpl(wrapper=True)\ndef plunk_event_tracked(fact): return (yield)",
    ],
)
def test_a_handler_that_would_never_run_is_refused(
    install: Install, settings: Settings, handler: str
) -> None:
    install("lazy", f"from plunk import hookimpl\n{handler}")
    with (
        pytest.raises(PluginError, match="'lazy' implements plunk_event_tracked as a coroutine"),
        own_app(settings),
    ):
        pass
