"""What people call the types of fields."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

TYPE_NAMES: dict[str, LazyString] = {
    "string": lazy_gettext("Text"),
    "number": lazy_gettext("Number"),
    "boolean": lazy_gettext("Yes or no"),
    "date": lazy_gettext("Date"),
    "list": lazy_gettext("List"),
    "object": lazy_gettext("Object"),
}
