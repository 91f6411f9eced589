"""Contacts over HTTP."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import Row

from plunk.contacts import listing, service
from plunk.contacts.data import DataWrite
from plunk.contacts.listing import Order
from plunk.contacts.schemas import (
    ContactBody,
    ContactPage,
    ContactPatch,
    ContactQuery,
    ContactView,
    EmailList,
    LookupAnswer,
    Suggestions,
    SuggestionsQuery,
    Timeline,
    TimelineQuery,
    UpsertedContact,
)
from plunk.contacts.timeline import timeline
from plunk.contacts.upsert import ContactWrite, Origin, upsert
from plunk.db.session import transaction
from plunk.errors import ContactNotFound
from plunk.events import reading
from plunk.events.schemas import EventList, EventsQuery
from plunk.web.access import access, project_id
from plunk.web.blueprint import Blueprint
from plunk.web.ids import path_id

blueprint = Blueprint("contacts", __name__, description="People and their custom data")


@blueprint.route("/contacts", methods=["POST"])
@blueprint.arguments(ContactBody)
@blueprint.response(200, UpsertedContact, description="Updated")
@blueprint.response(201, UpsertedContact, description="Created")
def post_contact(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Create a contact, or update it by e-mail address."""
    data = body["data"] or DataWrite()
    with transaction():
        done = upsert(project_id(), ContactWrite(body["email"], data, body["subscribed"]), _origin())
        row = service.get(project_id(), done.contact_id)
    meta = {"isNew": done.is_new, "isUpdate": not done.is_new, "ignoredKeys": data.ignored}
    return {**row._mapping, "meta": meta}, 201 if done.is_new else 200


@blueprint.route("/contacts")
@blueprint.arguments(ContactQuery, location="query")
@blueprint.response(200, ContactPage)
def list_contacts(query: dict[str, Any]) -> dict[str, Any]:
    """The project's contacts, page by page."""
    return listing.list_contacts(
        project_id(),
        limit=query["limit"],
        cursor=query["cursor"],
        search=query["search"],
        subscribed=query["subscribed"],
        order=Order(query["sort"], query["dir"]),
    )


@blueprint.route("/contacts/suggestions")
@blueprint.arguments(SuggestionsQuery, location="query")
@blueprint.response(200, Suggestions)
def list_suggestions(query: dict[str, Any]) -> dict[str, Any]:
    """Contacts for somebody who types an address: first those that begin so."""
    return {"data": listing.suggestions(project_id(), query["search"], limit=query["limit"])}


@blueprint.route("/contacts/lookup", methods=["POST"])
@blueprint.arguments(EmailList)
@blueprint.response(200, LookupAnswer)
def post_lookup(body: dict[str, Any]) -> dict[str, Any]:
    """Which of these addresses are contacts."""
    found, missing = service.look_up(project_id(), body["emails"])
    return {"found": list(found), "notFound": missing}


@blueprint.route("/contacts/by-email/<path:email>")
@blueprint.response(200, ContactView)
def get_contact_by_email(email: str) -> Row[Any]:
    """One contact, by address."""
    return service.get_by_email(project_id(), email)


@blueprint.route("/contacts/<contact_id>")
@blueprint.response(200, ContactView)
def get_contact(contact_id: str) -> Row[Any]:
    """One contact."""
    return service.get(project_id(), path_id(contact_id, ContactNotFound))


@blueprint.route("/contacts/<contact_id>", methods=["PATCH"])
@blueprint.arguments(ContactPatch)
@blueprint.response(200, ContactView)
@blueprint.alt_response(409, description="EMAIL_TAKEN")
def patch_contact(body: dict[str, Any], contact_id: str) -> Row[Any]:
    """Change a contact; `data` is merged, `data: null` clears it."""
    with transaction():
        return service.change(
            project_id(),
            path_id(contact_id, ContactNotFound),
            origin=_origin(),
            email=body.get("email"),
            data=body.get("data"),
            clear_data="data" in body and body["data"] is None,
            subscribed=body.get("subscribed"),
        )


@blueprint.route("/contacts/<contact_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_contact(contact_id: str) -> Response:
    """Delete a contact with everything about it."""
    with transaction():
        service.remove(project_id(), path_id(contact_id, ContactNotFound))
    return Response(status=204)


@blueprint.route("/contacts/<contact_id>/timeline")
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.response(200, Timeline)
def get_timeline(query: dict[str, Any], contact_id: str) -> dict[str, Any]:
    """All that happened to a contact, newest first: events, mail, subscription, entries and exits, its creation."""
    return timeline(
        project_id(), path_id(contact_id, ContactNotFound), limit=query["limit"], cursor=query["cursor"]
    )


@blueprint.route("/events/contact/<contact_id>")
@blueprint.arguments(EventsQuery, location="query")
@blueprint.response(200, EventList)
def list_events_of_contact(query: dict[str, Any], contact_id: str) -> dict[str, Any]:
    """What one contact did, newest first."""
    contact = service.get(project_id(), path_id(contact_id, ContactNotFound))
    return reading.list_events(project_id(), contact_id=contact.id, **query)


def _origin() -> Origin:
    return Origin("api", access().key_kind)
