"""What a first page shows: how many there are, how that grew, what happened lately."""

from __future__ import annotations

from typing import Any

from plunk.contacts import activity, counting, growth
from plunk.contacts.overview_schemas import ActivityPage, ContactGrowth, GrowthQuery, Overview
from plunk.events import reading
from plunk.events.schemas import EventsQuery
from plunk.web.access import project_id
from plunk.web.blueprint import Blueprint

blueprint = Blueprint("overview", __name__, description="How things are going")


@blueprint.route("/overview")
@blueprint.response(200, Overview)
def get_overview() -> dict[str, Any]:
    """How many contacts there are, and what happened in the last 24 hours."""
    events, is_at_least = reading.count_lately(project_id())
    return {
        "contacts": counting.counts(project_id()),
        "events": {"last24Hours": events, "isAtLeast": is_at_least},
    }


@blueprint.route("/contacts/growth")
@blueprint.arguments(GrowthQuery, location="query")
@blueprint.response(200, ContactGrowth)
def get_contact_growth(query: dict[str, Any]) -> dict[str, Any]:
    """Contacts created on each of the last days, and how many there were."""
    return {"data": growth.growth(project_id(), days=query["days"])}


@blueprint.route("/activity")
@blueprint.arguments(EventsQuery, location="query")
@blueprint.response(200, ActivityPage)
def list_activity(query: dict[str, Any]) -> dict[str, Any]:
    """The latest events of all contacts with their addresses, newest first."""
    return activity.latest(project_id(), limit=query["limit"], cursor=query["cursor"])
