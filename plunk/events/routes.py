"""Events over HTTP."""

from __future__ import annotations

from typing import Any

from plunk.db.session import transaction
from plunk.errors import InvalidInput, Problem
from plunk.events import reading
from plunk.events.jobs import DELETE_EVENT
from plunk.events.names import is_reserved
from plunk.events.schemas import AllEventsQuery, EventCount, EventList, EventNames, NamesQuery, StatsQuery
from plunk.jobs import service as jobs
from plunk.jobs.schemas import JobStarted
from plunk.web.access import project_id
from plunk.web.blueprint import Blueprint
from plunk.web.usages import UsageList

blueprint = Blueprint("events", __name__, description="What contacts did")


@blueprint.route("/events")
@blueprint.arguments(AllEventsQuery, location="query")
@blueprint.response(200, EventList)
def list_events(query: dict[str, Any]) -> dict[str, Any]:
    """The latest events, newest first."""
    return reading.list_events(project_id(), **query)


@blueprint.route("/events/names")
@blueprint.arguments(NamesQuery, location="query")
@blueprint.response(200, EventNames)
def list_event_names(query: dict[str, Any]) -> dict[str, Any]:
    """All event names, or those that begin with `search`."""
    return {"eventNames": reading.list_names(project_id(), **query)}


@blueprint.route("/events/stats")
@blueprint.arguments(StatsQuery, location="query")
@blueprint.response(200, EventCount(many=True))
def count_events(query: dict[str, Any]) -> list[dict[str, Any]]:
    """How often each event happened in a window (the last 30 days unless told otherwise)."""
    start, end = query["startDate"], query["endDate"]
    return reading.count_by_name(
        project_id(), start=start.first if start else None, until=end.last if end else None
    )


@blueprint.route("/events/<name:name>/usage")
@blueprint.response(200, UsageList)
@blueprint.alt_response(404, description="EVENT_NOT_FOUND")
def list_event_usages(name: str) -> dict[str, Any]:
    """Segments, campaigns and workflows that mention an event."""
    return {"usages": reading.usages(project_id(), name)}


# An event may be called `contact`; the path of its usage reads like that of a contact's events.
blueprint.add_url_rule("/events/contact/usage", view_func=list_event_usages, defaults={"name": "contact"})


@blueprint.route("/events/<name:name>", methods=["DELETE"])
@blueprint.response(202, JobStarted)
@blueprint.alt_response(409, description="EVENT_IN_USE")
@blueprint.alt_response(422, description="The name is one of those that plunk records itself")
def delete_event(name: str) -> dict[str, Any]:
    """Remove all events of a name, in the background."""
    if is_reserved(name):
        message = "Events that plunk records itself cannot be deleted"
        raise InvalidInput([Problem("name", message, "reserved_event")])
    with transaction():
        reading.refuse_if_used(project_id(), name)
        return {"jobId": jobs.start(project_id(), DELETE_EVENT, {"name": name})}
