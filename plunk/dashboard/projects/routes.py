"""Choosing and making projects."""

from __future__ import annotations

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from plunk.accounts import audit, members, service
from plunk.accounts.models import Project
from plunk.accounts.people import OWNER
from plunk.dashboard.ground import once, visitor
from plunk.dashboard.ground.answers import go
from plunk.dashboard.ground.forms import Form, page
from plunk.dashboard.ground.room import Room
from plunk.db.session import transaction

room = Room("projects", path="", in_project=False)


@room.get("/")
def index() -> ResponseReturnValue:
    """To the project visited last, or the first one, or where one is made."""
    last = visitor.last_project()
    return go(url_for("dashboard.home.index", project_id=last.id) if last else url_for(".new"))


@room.route("/projects/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Whoever makes a project owns it."""
    form = Form(name="")
    if request.method == "POST":
        form = Form.sent("name")
        with form.catching():
            with transaction():
                made_id = once.take(Project)
                if made_id is None:
                    return once.again(url_for(".index"))
                made = service.create_project(form["name"], project_id=made_id)
                members.add_member(made.id, visitor.user().id, OWNER)
                audit.record(made.id, visitor.actor(), "project.created", subject=made.name)
            return _with_keys(made)
    return page("dashboard/projects/new.html", form=form)


def _with_keys(made: service.NewProject) -> Response:
    """The keys are shown here and never again."""
    response = page("dashboard/projects/made.html", made=made)
    response.status_code = 201
    return response
