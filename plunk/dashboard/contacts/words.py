"""How things that happened to a contact are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, lazy_gettext
from flask_babel import gettext as _

from plunk.contacts.timeline import type_of

MAIL: dict[str, LazyString] = {
    "email.sent": lazy_gettext("E-mail sent"),
    "email.delivery": lazy_gettext("E-mail delivered"),
    "email.delivered": lazy_gettext("E-mail delivered"),
    "email.open": lazy_gettext("E-mail opened"),
    "email.opened": lazy_gettext("E-mail opened"),
    "email.click": lazy_gettext("Link in an e-mail clicked"),
    "email.clicked": lazy_gettext("Link in an e-mail clicked"),
    "email.bounce": lazy_gettext("E-mail bounced"),
    "email.bounced": lazy_gettext("E-mail bounced"),
    "email.complaint": lazy_gettext("Marked as spam"),
    "email.complained": lazy_gettext("Marked as spam"),
}
_SOURCES: dict[tuple[str, str], LazyString] = {
    ("api", "secret"): lazy_gettext("through the API"),
    ("track", "secret"): lazy_gettext("through the API"),
    ("track", "public"): lazy_gettext("on a web page"),
}
_ELSEWHERE: dict[str, LazyString] = {
    "dashboard": lazy_gettext("by hand in the dashboard"),
    "import": lazy_gettext("by an import"),
    "bulk": lazy_gettext("together with others"),
    "recipient": lazy_gettext("by the recipient"),
}


def happening(name: str, data: Mapping[str, Any] | None = None, *, segments: Mapping[str, str]) -> str:
    """What happened, as a person would say it; somebody's own events by their names. `segments` are names by slug; an
    entry or exit that brings the name of its segment as it was then is told by that."""
    match type_of(name):
        case "entry" | "exit" as kind:
            slug = name.removeprefix("segment.").removesuffix(f".{kind}")
            segment = (data or {}).get("segmentName") or segments.get(slug) or slug
            if kind == "entry":
                return str(_("Entered %(segment)s", segment=segment))
            return str(_("Left %(segment)s", segment=segment))
        case "subscription":
            return str(_("Subscribed") if name == "contact.subscribed" else _("Unsubscribed"))
        case "email":
            return str(MAIL.get(name, name))
        case _:
            return name


def source(data: Mapping[str, Any]) -> LazyString | str:
    """Where a change of a subscription came from, by the data of its event."""
    name, kind = str(data.get("source", "")), str(data.get("keyKind", ""))
    return _SOURCES.get((name, kind)) or _ELSEWHERE.get(name) or name
