"""What belongs to a person: password, sessions, language."""

from __future__ import annotations

from uuid import UUID

from flask import Response, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from plunk.accounts import audit, sessions, signing_in, throttle, users
from plunk.dashboard.account.agents import described
from plunk.dashboard.ground import cookies, words
from plunk.dashboard.ground.answers import go, toast
from plunk.dashboard.ground.forms import Form, one_of, page
from plunk.dashboard.ground.room import Room
from plunk.dashboard.ground.visitor import actor, ip, user, visitor
from plunk.db.session import transaction

room = Room("account", in_project=False)


@room.get("/")
def index() -> Response:
    """All of it on one page."""
    return _page(Form(locale=user().locale))


@room.post("/password")
def change_password() -> ResponseReturnValue:
    """Ends all other sessions. Tries count like those to sign in: a borrowed browser must not guess at leisure."""
    form = Form(locale=user().locale, current="", password="", again="")
    current, new, again = (request.form.get(name, "") for name in ("current", "password", "again"))
    if new != again:
        form.refuse("again", _("The two passwords differ."))
        return _page(form)
    with form.catching(**{"": "current"}):
        with transaction():
            throttle.count(user().email, ip())
        with transaction():
            ended, token = signing_in.change_password(
                user(), current, new, keep=visitor().session_id, ip=ip()
            )
            throttle.forget(user().email, ip())
        toast(
            ngettext(
                "The password is changed; %(num)s other session ended.",
                "The password is changed; %(num)s other sessions ended.",
                ended,
            )
        )
        response = make_response(go(url_for(".index")))
        cookies.give_session(response, token)
        return response
    return _page(form)


@room.post("/language")
def change_language() -> ResponseReturnValue:
    """The language of the dashboard; empty: what the browser asks for."""
    chosen = one_of("locale", ["", *(code for code, _name in words.languages())])
    with transaction():
        users.set_locale(users.get_user(user().id), chosen)
    toast(_("Saved."))
    return go(url_for(".index"))


@room.post("/sessions/<uuid:session_id>/end")
def end_session(session_id: UUID) -> ResponseReturnValue:
    """Signs one browser out; one that is gone already is fine."""
    with transaction():
        sessions.end(user().id, session_id)
    toast(_("That browser is signed out."))
    return go(url_for(".index"))


@room.post("/sessions/end")
def end_other_sessions() -> ResponseReturnValue:
    """Signs all other browsers out."""
    with transaction():
        ended = sessions.end_all(user().id, but=visitor().session_id)
        audit.record_everywhere(actor(), "user.signed_out_elsewhere", sessions=ended)
    toast(ngettext("%(num)s other session ended.", "%(num)s other sessions ended.", ended))
    return go(url_for(".index"))


def _page(form: Form) -> Response:
    return page(
        "dashboard/account/index.html",
        form=form,
        languages=[("", _("As my browser asks")), *words.languages()],
        sessions=[(each, described(each.agent)) for each in sessions.list_sessions(user().id)],
    )
