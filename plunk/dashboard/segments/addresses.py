"""Lists of addresses that people paste, and what becomes of them in a static segment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from flask_babel import gettext as _

from plunk.contacts import service as contacts
from plunk.dashboard.ground.formats import number
from plunk.dashboard.ground.forms import Form
from plunk.dashboard.segments.room import ORIGIN
from plunk.segments import static
from plunk.segments.models import Segment
from plunk.segments.static import Added

MOST = 5_000
_BATCH = 500
_QUOTED = re.compile(r'"[^"\n]*"')
_PIECES = re.compile(r"[\n,;]+")
_NAMED = re.compile(r"<([^<>\s]+)>$")
_LONGEST = 320
_NAMED_AT_ONCE = 5


def sent(form: Form, name: str) -> list[str]:
    """The addresses of a text: one a line, or with commas, semicolons or blanks between; with the names of people, as
    mail programs copy them: `"Lovelace, Ada" <ada@example.com>`. What can never be one is an error of the form, unless
    `leave_out` is ticked; `odd` tells the form how many those are."""
    pieces = _PIECES.split(_QUOTED.sub(_without_name, form[name]))
    found = [each.strip("<>\"'") for piece in pieces for each in _addresses(piece.strip())]
    found = list(dict.fromkeys(each for each in found if each))
    if len(found) > MOST:
        form.refuse(
            name, _("At most %(number)s addresses at once; import a file for more.", number=number(MOST))
        )
        return []
    odd = dict.fromkeys(each for each in found if contacts.address_or_none(each) is None)
    form.values["odd"] = len(odd)
    if odd and not form["leave_out"]:
        form.refuse(name, _("This is no e-mail address: %(addresses)s", addresses=_named(list(odd))))
    return [each for each in found if each not in odd]


def _named(odd: Sequence[str]) -> str:
    """The first of them, and how many there are beside."""
    named = ", ".join(each[:_LONGEST] for each in odd[:_NAMED_AT_ONCE])
    if len(odd) <= _NAMED_AT_ONCE:
        return named
    more: str = _("… and %(number)s more.", number=number(len(odd) - _NAMED_AT_ONCE))
    return f"{named} {more}"


def _without_name(quoted: re.Match[str]) -> str:
    """What stands in quotes is a name, unless it is an address."""
    return quoted[0] if "@" in quoted[0] else ""


def _addresses(piece: str) -> list[str]:
    """Of `Ada Lovelace <ada@example.com>` the address, else whatever stands between blanks."""
    named = _NAMED.search(piece) if piece.count("<") == 1 else None
    return [named[1]] if named and "@" not in piece[: named.start()] else piece.split()


def unknown(project_id: UUID, emails: Sequence[str]) -> list[str]:
    """Those that no contact has, in order."""
    return contacts.look_up(project_id, emails)[1] if emails else []


def add(segment: Segment, emails: Sequence[str], *, creates: bool, subscribed: bool) -> Added:
    """Puts them in, some at a time in one transaction; the answer is for all."""
    total = Added(0, 0, 0, [])
    for start in range(0, len(emails), _BATCH):
        part = static.add(
            segment,
            emails[start : start + _BATCH],
            origin=ORIGIN,
            create_missing=creates,
            subscribed=subscribed,
        )
        total = replace(
            total,
            added=total.added + part.added,
            already_members=total.already_members + part.already_members,
            created=total.created + part.created,
            not_found=total.not_found + part.not_found,
        )
    return total
