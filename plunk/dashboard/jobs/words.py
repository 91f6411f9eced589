"""What people call the kinds and states of jobs. A kind without words here is shown by its name."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

KINDS: dict[str, LazyString] = {
    "contacts.import": lazy_gettext("Import a file"),
    "contacts.subscribe": lazy_gettext("Subscribe contacts"),
    "contacts.unsubscribe": lazy_gettext("Unsubscribe contacts"),
    "contacts.delete": lazy_gettext("Delete contacts"),
    "members.add": lazy_gettext("Add contacts to a segment"),
    "members.remove": lazy_gettext("Remove contacts from a segment"),
    "segment.refresh": lazy_gettext("Find the members of a segment"),
    "segment.clear": lazy_gettext("Clear the members of a segment"),
    "event.delete": lazy_gettext("Delete an event"),
    "field.delete": lazy_gettext("Delete a field"),
}
NUMBERS: dict[str, LazyString] = {
    "rows": lazy_gettext("rows"),
    "contacts": lazy_gettext("checked"),
    "created": lazy_gettext("created"),
    "updated": lazy_gettext("updated"),
    "changed": lazy_gettext("changed"),
    "unchanged": lazy_gettext("unchanged"),
    "notFound": lazy_gettext("not found"),
    "deleted": lazy_gettext("deleted"),
    "removed": lazy_gettext("removed"),
    "refreshed": lazy_gettext("refreshed"),
}
"""What progress tells, by its name there. Contacts that change meanwhile are looked at more than once."""
STATES: dict[str, LazyString] = {
    "queued": lazy_gettext("waiting"),
    "active": lazy_gettext("running"),
    "completed": lazy_gettext("finished"),
    "failed": lazy_gettext("failed"),
    "cancelled": lazy_gettext("cancelled"),
}
