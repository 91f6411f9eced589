"""What changes of membership leave behind, as tests look at it."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.segments.counting import kept_counts
from plunk.segments.models import Membership, MembershipChange, Segment
from plunk.segments.rules import matching, parse
from plunk.segments.service import list_segments
from plunk.testing.api import Api


def history(api: Api, segment: dict[str, Any]) -> list[tuple[str, str | None]]:
    """`(entry or exit, address)`, newest first."""
    response = api.get(f"/segments/{segment['id']}/history", limit=100)
    assert response.status_code == 200, response.json
    return [(change["change"], change["email"]) for change in response.json["data"]]


def segment_events(api: Api, contact: dict[str, Any]) -> list[str]:
    """Names of the contact's entries and exits, newest first."""
    response = api.get(f"/events/contact/{contact['id']}", limit=100)
    names = [event["name"] for event in response.json["events"]]
    return [name for name in names if name.startswith("segment.")]


def told(project_id: UUID) -> list[MembershipChange]:
    """All changes of a project, contact by contact, in order."""
    return list(
        db.session.scalars(
            select(MembershipChange)
            .where(MembershipChange.project_id == project_id)
            .order_by(MembershipChange.contact_id, MembershipChange.sequence)
        )
    )


def faults(project_id: UUID) -> list[str]:
    """What is wrong with the memberships of a project; nothing, if the engine kept its promises.

    Members are who the rule names when asked anew, counts are theirs, entries and exits of a contact alternate, and
    the sequences of contacts have no doubles.
    """
    found = []
    counts = kept_counts(project_id)
    changes: dict[tuple[UUID, UUID], list[bool]] = {}
    for change in told(project_id):
        changes.setdefault((change.segment_id, change.contact_id), []).append(change.is_entry)
    for segment in list_segments(project_id):
        if not segment.keeps_rows:
            continue
        members = set(db.session.scalars(_rows(project_id, segment)))
        if segment.status != "ready":
            found.append(f"{segment.name} is {segment.status}: {segment.status_reason}")
        if segment.type == "DYNAMIC":
            rule = parse(project_id, segment.condition).condition
            fresh = set(db.session.scalars(select(Contact.id).where(*matching(project_id, rule))))
            if members != fresh:
                found.append(
                    f"{segment.name}: {len(members - fresh)} too many, {len(fresh - members)} missing"
                )
        reachable = select(Contact.id).where(
            Contact.project_id == project_id, Contact.id.in_(members), Contact.subscribed
        )
        counted = (len(members), len(list(db.session.scalars(reachable))))
        if tuple(counts[segment.id]) != counted:
            found.append(f"{segment.name}: counts {tuple(counts[segment.id])}, has {counted}")
        for (segment_id, contact_id), steps in changes.items():
            if segment_id == segment.id:
                if any(one == other for one, other in itertools.pairwise(steps)):
                    found.append(f"{segment.name}: {contact_id} {steps}")
                if steps[-1] != (contact_id in members):
                    found.append(f"{segment.name}: {contact_id} ends with {steps[-1]}")
    return found


def _rows(project_id: UUID, segment: Segment) -> Select[tuple[UUID]]:
    return select(Membership.contact_id).where(
        Membership.project_id == project_id, Membership.segment_id == segment.id
    )
