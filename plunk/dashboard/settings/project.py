"""The project itself: its name, the language of its recipients, what a public key may do."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError
from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from plunk.accounts import audit, service
from plunk.accounts.models import Project
from plunk.contacts.languages import LANGUAGES
from plunk.dashboard.ground import seen
from plunk.dashboard.ground.answers import go, toast
from plunk.dashboard.ground.forms import Form
from plunk.dashboard.ground.room import owners_only
from plunk.dashboard.ground.visitor import actor, project, project_id
from plunk.dashboard.settings.room import page, room
from plunk.db.base import db
from plunk.db.session import transaction


@room.get("/")
def index() -> Response:
    """The settings as they are."""
    now = project()
    form = Form(
        name=now.name,
        language=now.language,
        may_subscribe=now.public_key_may_subscribe,
        seen=seen.mark(_settings(now)),
    )
    return _show(form)


@room.post("/")
@owners_only
def save() -> ResponseReturnValue:
    """Changes them."""
    form = Form.sent("name", "language", "may_subscribe", "seen")
    if form["language"] not in LANGUAGES:
        form.refuse("language", _("Choose one of the list."))
    with form.catching():
        if not form.errors:
            _change(form)
            toast(_("Saved."))
            return go(url_for(".index"))
    return _show(form)


def _show(form: Form) -> Response:
    return page("project", form=form, languages=_languages(), language_name=_name(project().language))


def _change(form: Form) -> None:
    wanted = {
        "name": form["name"].strip(),
        "language": form["language"],
        "publicKeyMaySubscribe": bool(form["may_subscribe"]),
    }
    with transaction():
        seen.hold(project_id())
        db.session.refresh(project())
        before = _settings(project())
        seen.check(form, before, wanted, said=_told(project()))
        now = service.set_project(
            project_id(),
            name=form["name"],
            language=form["language"],
            public_key_may_subscribe=bool(form["may_subscribe"]),
        )
        changed = {key: value for key, value in _settings(now).items() if value != before[key]}
        if changed:
            audit.record(project_id(), actor(), "project.changed", subject=project().name, **changed)


def _settings(now: Project) -> dict[str, object]:
    return {
        "name": now.name,
        "language": now.language,
        "publicKeyMaySubscribe": now.public_key_may_subscribe,
    }


def _told(now: Project) -> str:
    may_subscribe = _("Public keys may change whether somebody is subscribed")
    return " · ".join(
        (now.name, _name(now.language), *([may_subscribe] if now.public_key_may_subscribe else []))
    )


def _languages() -> list[tuple[str, str]]:
    """Codes with their names in the language of the page, by name."""
    return sorted(((code, _name(code)) for code in LANGUAGES), key=lambda pair: pair[1])


def _name(code: str) -> str:
    try:
        return Locale.parse(code).get_display_name(get_locale()) or code
    except (UnknownLocaleError, ValueError):
        known: str = get_locale().languages.get(code, code)
        return known
