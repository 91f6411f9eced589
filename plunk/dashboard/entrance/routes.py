"""The way in: signing in and out, the first start, one-time links; and static files."""

from __future__ import annotations

from flask import Response, make_response, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.accounts import links, sessions, signing_in, throttle
from plunk.accounts.errors import TooManyTries, WrongPassword
from plunk.contacts.emails import InvalidEmail, normalise
from plunk.dashboard.ground import assets, cookies, visitor
from plunk.dashboard.ground.answers import go
from plunk.dashboard.ground.forms import Form, one_of, page
from plunk.dashboard.ground.paths import is_local
from plunk.dashboard.ground.room import Room, for_everybody
from plunk.dashboard.ground.security import has_token
from plunk.db.session import transaction

room = Room("entrance", path="", in_project=False)


@room.get("/static/<path:name>")
@for_everybody
def static_file(name: str) -> Response:
    """Styles, scripts, pictures."""
    return assets.send(name, request.args.get("v", ""))


@room.route("/login", methods=["GET", "POST"])
@for_everybody
def login() -> ResponseReturnValue:
    """Where one signs in. A browser that is signed in already goes on."""
    if request.method == "GET":
        if visitor.recognise():
            return go(_target())
        return page("dashboard/entrance/login.html", form=Form(email="", next=request.args.get("next", "")))
    form = Form.sent("email", "next")
    if not has_token():
        return _too_old(form)
    email, password = _known_form(form["email"]), request.form.get("password", "")
    try:
        with transaction():
            throttle.count(email, visitor.ip())
    except TooManyTries as problem:
        minutes = -(-problem.seconds // 60)
        form.refuse("", _("Too many tries. Wait %(minutes)s minutes, then try again.", minutes=minutes))
        response = page("dashboard/entrance/login.html", form=form)
        response.status_code = 429
        response.headers["Retry-After"] = str(problem.seconds)
        return response
    try:
        with transaction():
            user = signing_in.check_password(email, password)
            token = signing_in.sign_in(user, password, agent=request.user_agent.string, ip=visitor.ip())
    except WrongPassword:
        form.refuse("", _("Wrong e-mail or password."))
        return page("dashboard/entrance/login.html", form=form)
    return _signed_in(token, _target())


@room.post("/logout")
def logout() -> ResponseReturnValue:
    """Signs this browser out."""
    with transaction():
        sessions.end(visitor.user().id, visitor.visitor().session_id)
    session.clear()
    response = make_response(go(url_for(".login")))
    cookies.take_session(response)
    return response


@room.route("/setup/<token>", methods=["GET", "POST"])
@for_everybody
def setup(token: str) -> ResponseReturnValue:
    """The first start: the person who has the link becomes the first user."""
    links.look_at_setup(token)
    form = Form(email="")
    if request.method == "POST":
        form = Form.sent("email")
        email, password = _address(form), _two_passwords(form)
        if not form.errors:
            with form.catching(), transaction():
                token = signing_in.set_up(
                    token, email, password, agent=request.user_agent.string, ip=visitor.ip()
                )
            if not form.errors:
                return _signed_in(token, url_for("dashboard.projects.index"))
    return page("dashboard/entrance/setup.html", form=form)


@room.route("/password/<token>", methods=["GET", "POST"])
@for_everybody
def password(token: str) -> ResponseReturnValue:
    """A one-time link: an invitation, or a way back for whoever lost the password."""
    user = links.look_at_password(token)
    form = Form()
    if request.method == "POST":
        chosen = _two_passwords(form)
        if not form.errors:
            with form.catching(), transaction():
                token = signing_in.choose_password(
                    token, chosen, agent=request.user_agent.string, ip=visitor.ip()
                )
            if not form.errors:
                return _signed_in(token, url_for("dashboard.projects.index"))
    return page("dashboard/entrance/password.html", form=form, email=user.email)


@room.post("/theme")
@for_everybody
def theme() -> ResponseReturnValue:
    """Light, dark, or as the system has it; without a script this is a form."""
    chosen = one_of("theme", ("", "light", "dark"))
    back = request.form.get("back", "")
    response = make_response(go(back if is_local(back) else url_for("dashboard.projects.index")))
    if chosen:
        response.set_cookie(
            cookies.THEME, chosen, max_age=31_536_000, samesite="Lax", secure=cookies.is_secure()
        )
    else:
        response.delete_cookie(cookies.THEME, samesite="Lax", secure=cookies.is_secure())
    return response


def _too_old(form: Form) -> Response:
    """The page stood open for months, or somebody signed in in another tab."""
    if is_signed_in := visitor.recognise() is not None:
        form.refuse("", _("You are signed in already."))
    else:
        form.refuse("", _("This page has expired. Sign in once more."))
    response = page("dashboard/entrance/login.html", form=form, go_on=_target() if is_signed_in else "")
    response.status_code = 400
    return response


def _signed_in(token: str, target: str) -> Response:
    """A new session has new forms too."""
    session.clear()
    session.permanent = True
    response = make_response(go(target))
    cookies.give_session(response, token)
    return response


def _target() -> str:
    wanted = request.values.get("next", "")
    return wanted if is_local(wanted) else url_for("dashboard.projects.index")


def _known_form(email: str) -> str:
    """Normalised if it can be; whatever else was typed belongs to nobody, which takes as long to find out."""
    try:
        return normalise(email)
    except InvalidEmail:
        return email[:320]


def _address(form: Form) -> str:
    try:
        return normalise(form["email"])
    except InvalidEmail as problem:
        form.refuse("email", str(problem))
        return ""


def _two_passwords(form: Form) -> str:
    """The password that was typed twice."""
    form.values.setdefault("password", "")
    first, second = request.form.get("password", ""), request.form.get("again", "")
    if first != second:
        form.refuse("again", _("The two passwords differ."))
    return first
