"""What rules of a project can say: the operators of the app and the fields of its catalogues."""

from __future__ import annotations

from gettext import NullTranslations
from typing import Any
from uuid import UUID

from sqlalchemy import select

from plunk.config import settings
from plunk.contacts.fields import BUILTIN
from plunk.contacts.models import ContactField
from plunk.db.base import db
from plunk.events.models import EventName
from plunk.filters.fields import BUILT_IN, EMAIL_ACTIVITIES, Kind, UnknownField, data_field
from plunk.filters.operators.count import MAX_WHERE
from plunk.filters.said import said
from plunk.filters.telling import E_MAIL_ACTIVITIES
from plunk.segments import rules
from plunk.segments.models import Segment

_LABELS = {
    "email": said("E-mail address"),
    "subscribed": said("Subscribed"),
    "createdAt": said("Created"),
    "updatedAt": said("Last changed"),
}


def describe(project_id: UUID, words: NullTranslations | None = None) -> dict[str, Any]:
    """`{fields: [{field, label, kind, type}], operators, units, comparisons, logics, labels, limits}`.

    `words` translates the labels; English without.
    """
    words = words or NullTranslations()
    return {
        "fields": _fields(project_id, words),
        **rules.vocabulary().describe(words),
        "limits": _limits(),
    }


def _limits() -> dict[str, int]:
    ours = settings()
    return {
        "filters": ours.max_filters,
        "nesting": ours.max_nesting,
        "valueBytes": ours.max_value_bytes,
        "listValues": ours.max_list_values,
        "where": MAX_WHERE,
    }


def _fields(project_id: UUID, words: NullTranslations) -> list[dict[str, Any]]:
    types = dict(BUILTIN)
    custom = select(ContactField.key, ContactField.type).where(ContactField.project_id == project_id)
    events = select(EventName.name).where(EventName.project_id == project_id)
    segments = select(Segment.id, Segment.name).where(Segment.project_id == project_id)
    return [
        *(_field(name, words.gettext(_LABELS[name]), kind, types[name]) for name, kind in BUILT_IN.items()),
        *(
            _field(f"data.{row.key}", row.key, Kind.DATA, row.type)
            for row in db.session.execute(custom.order_by(ContactField.key))
            if _can_be_named(row.key)
        ),
        *(
            _field(f"event.{name}", name, Kind.EVENT, "event")
            for name in db.session.scalars(events.order_by(EventName.name))
        ),
        *(
            _field(f"email.{name}", words.gettext(E_MAIL_ACTIVITIES[means]), Kind.EMAIL_ACTIVITY, "event")
            for name, means in EMAIL_ACTIVITIES.items()
            if name.endswith(("sent", "ed"))
        ),
        *(
            _field(f"segment.{row.id}", row.name, Kind.SEGMENT, "segment")
            for row in db.session.execute(segments.order_by(Segment.name))
        ),
    ]


def _can_be_named(key: str) -> bool:
    """Data may have keys that no path can name, such as the empty one."""
    try:
        data_field(key)
    except UnknownField:
        return False
    return True


def _field(name: str, label: str, kind: str, value_type: str) -> dict[str, Any]:
    return {"field": name, "label": label, "kind": str(kind), "type": value_type}
