"""Why somebody is in a segment or not; how programs use it; its members as a file."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _

from plunk.contacts import service as contacts
from plunk.dashboard.ground.answers import own_address
from plunk.dashboard.ground.forms import Form
from plunk.dashboard.ground.visitor import project_id
from plunk.dashboard.segments.leaves import tree
from plunk.dashboard.segments.room import page, room, segment_of
from plunk.errors import ContactNotFound, SegmentBroken
from plunk.segments.explain import explain
from plunk.segments.models import Segment


@room.get("/<uuid:segment_id>/why")
def why(segment_id: UUID) -> Response:
    """The rule as a tree for one contact: `email`, or `contact` by id from elsewhere."""
    segment, form = segment_of(segment_id), Form(email=request.args.get("email", "").strip())
    contact, found, broken = None, None, ""
    try:
        contact = _contact(form)
        if contact is not None:
            found = explain(segment, contact.id)
    except ContactNotFound:
        form.refuse("email", _("No contact has this address."))
    except SegmentBroken as problem:
        broken = problem.message
    return page(
        "why",
        segment,
        form=form,
        contact=contact,
        found=found,
        broken=broken,
        tree=tree(found["condition"]) if found and found["condition"] else None,
    )


@room.get("/<uuid:segment_id>/use")
def use(segment_id: UUID) -> Response:
    """Snippets with the segment's own id and slug."""
    segment = segment_of(segment_id)
    return page(
        "use",
        segment,
        address=own_address(),
        events=[f"segment.{segment.slug}.*"],
        snippets=_snippets(segment),
    )


def _contact(form: Form) -> Any:
    """The contact that the page is asked about, if it is asked about one."""
    contact_id = _uuid(request.args.get("contact", ""))
    if contact_id:
        found = contacts.get(project_id(), contact_id)
        form.values["email"] = found.email
        return found
    return contacts.get_by_email(project_id(), form["email"]) if form["email"] else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _events(segment: Segment) -> list[str]:
    return [f"segment.{segment.slug}.entry", f"segment.{segment.slug}.exit"]


def _snippets(segment: Segment) -> dict[str, str]:
    """Pieces of JSON that snippets hold; the slug may have letters of any script."""
    events = _events(segment)
    webhook = {"url": "https://example.com/hooks/plunk", "events": events}
    condition = {
        "logic": "AND",
        "groups": [{"filters": [{"field": f"segment.{segment.id}", "operator": "memberOfSegment"}]}],
    }
    return {
        "webhook": json.dumps(webhook, ensure_ascii=False).replace("'", "'\\''"),
        "event": json.dumps(
            {
                "type": events[0],
                "timestamp": "2026-11-27T12:00:00.000Z",
                "sequence": 7,
                "data": {
                    "contact": {"id": "…", "email": "ada@example.com", "subscribed": True, "data": {}},
                    "event": {"segmentId": str(segment.id), "segmentName": segment.name},
                    "segment": {"id": str(segment.id), "name": segment.name, "slug": segment.slug},
                },
            },
            ensure_ascii=False,
            indent=2,
        ),
        "condition": json.dumps(condition, indent=2),
        "emails": json.dumps({"emails": ["ada@example.com"], "createMissing": True}),
    }
