"""Two people, or two tabs, that change one thing: whoever saves second is told what the first one saved.

A form brings a mark of what it showed (`seen(form)` of `_parts/forms.html`), made with `mark`; saving compares it with
what is there:

    with form.catching(), transaction():
        seen.hold(segment_id)
        now = service.get(project_id(), segment_id)
        seen.check(form, now.condition, rule.raw, said=sentence)
        service.change(...)

Programs that use the API are not asked: there, the last one wins.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from plunk.dashboard.ground.forms import Form
from plunk.db.base import to_json
from plunk.db.locks import lock
from plunk.errors import Conflict


def mark(shown: Any) -> str:
    """What stands for a value, of whatever JSON can hold, in a form that showed it."""
    return sha256(to_json(shown).encode()).hexdigest()[:32]


def hold(thing_id: UUID) -> None:
    """Makes others who save the same thing here wait until this transaction ends. Read the thing after this."""
    lock("seen", thing_id)


def check(form: Form, now: Any, wanted: Any, said: str) -> None:
    """Raises Conflict if what is there is neither what the form showed nor what it is to become. `said` tells people
    what is there; the form, shown once more, can then be saved over it."""
    if mark(now) in (form["seen"], mark(wanted)):
        return
    form.values["seen"] = mark(now)
    raise Conflict(
        _("This was changed after you opened the page. Now it is: %(said)s", said=said.rstrip(".")),
        suggestion=_("Save once more to put yours in its place."),
    )
