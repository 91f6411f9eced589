"""Forms: what was sent, and what is wrong with it, for the macros of `_parts/forms.html`.

form = Form(name="", role="member")
if request.method == "POST":
    form = Form.sent("name", "role")
    with form.catching():
        with transaction():
            service.create(form["name"])
        return go(url_for(".index"))
return page("dashboard/x/new.html", form=form)   # 422 when there are errors
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, make_response, render_template, request

from plunk.errors import Conflict, InvalidInput, NotSuited, Problem
from plunk.refusals import Forbidden, Refused, TooMany


class Form:
    """Values by name; `errors` by name, with `""` for what belongs to no field. Values are text without U+0000."""

    def __init__(self, **values: Any) -> None:
        self.values = values
        self.errors: dict[str, str] = {}

    @classmethod
    def sent(cls, *names: str) -> Form:
        """What the browser sent under these names; what it did not send, such as a box that is not ticked, is `""`."""
        return cls(**{name: clean(request.form.get(name, "")) for name in names})

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name, "")

    def refuse(self, name: str, message: str) -> None:
        """Notes what is wrong with a field."""
        self.errors.setdefault(name, message)

    @contextmanager
    def catching(self, **fields: str) -> Iterator[None]:
        """Problems that a service finds become errors of fields. `fields` maps the service's names to the form's:
        `catching(url="address")`; what has no field of its name stands above the form, after the name, which
        `catching(file="")` leaves out."""
        try:
            yield
        except InvalidInput as problem:
            for each in problem.problems:
                name = fields.get(each.field, each.field)
                known = name if name in self.values else ""
                self.refuse(known, each.message if known or not name else f"{each.field}: {each.message}")
        except (Conflict, NotSuited, Refused, Forbidden, TooMany) as problem:
            said = " ".join(filter(None, (f"{problem.message}.", problem.suggestion)))
            self.refuse(fields.get("", ""), said)


def page(template: str, *, form: Form | None = None, **values: Any) -> Response:
    """A template with its form; the status is 422 if the form has errors."""
    response = make_response(render_template(template, form=form or Form(), **values))
    if form is not None and form.errors:
        response.status_code = 422
    return response


def one_of(name: str, allowed: Collection[str]) -> str:
    """What a button or a hidden field sent. The pages send nothing else than these: raises InvalidInput."""
    sent = request.form.get(name, "")
    if sent not in allowed:
        raise InvalidInput(
            [Problem(name, f"Must be one of: {', '.join(each or 'nothing' for each in allowed)}", "choice")]
        )
    return sent


def clean(value: str) -> str:
    """Text that somebody sent, as the database can take it."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()
