"""The catalogue of fields over HTTP."""

from __future__ import annotations

from typing import Any

from plunk.contacts import fields
from plunk.contacts.jobs import DELETE_FIELD, refresh_coverage
from plunk.contacts.schemas import FieldList, FieldValues, ValuesQuery
from plunk.contacts.values import common_values
from plunk.db.session import transaction
from plunk.jobs import service as jobs
from plunk.jobs.schemas import JobStarted
from plunk.web.access import project_id
from plunk.web.blueprint import Blueprint
from plunk.web.usages import UsageList

blueprint = Blueprint("fields", __name__, description="What stands in contacts' data")


@blueprint.route("/contacts/fields")
@blueprint.response(200, FieldList)
def list_fields() -> dict[str, Any]:
    """All fields, built-in and custom, with types and coverage."""
    found, is_stale = fields.list_fields(project_id())
    if is_stale:
        refresh_coverage(project_id())
    return {"fields": found, "count": len(found)}


@blueprint.route("/contacts/fields/<name:field>/values")
@blueprint.arguments(ValuesQuery, location="query")
@blueprint.response(200, FieldValues)
def list_values(query: dict[str, Any], field: str) -> dict[str, Any]:
    """The most common values of a field; `search` is how they begin."""
    found = common_values(
        project_id(), field, limit=query["limit"], search=query["search"], in_lists=query["inLists"]
    )
    return {"field": field, "values": found}


@blueprint.route("/contacts/fields/<name:field>/usage")
@blueprint.response(200, UsageList)
def list_field_usages(field: str) -> dict[str, Any]:
    """Segments, campaigns and workflows that mention a field."""
    return {"usages": fields.usages(project_id(), field)}


@blueprint.route("/contacts/fields/<name:field>", methods=["DELETE"])
@blueprint.response(202, JobStarted)
@blueprint.alt_response(409, description="FIELD_IN_USE")
def delete_field(field: str) -> dict[str, Any]:
    """Remove a field from all contacts, in the background."""
    with transaction():
        key = fields.key_to_delete(project_id(), field)
        return {"jobId": jobs.start(project_id(), DELETE_FIELD, {"key": key})}
