"""What people and clients ask while they build a rule. Nothing here is saved."""

from __future__ import annotations

from typing import Any

from plunk.contacts import listing as contacts
from plunk.errors import SegmentNotFound
from plunk.segments import counting, rules, service, vocabulary
from plunk.segments.building_schemas import ForecastAnswer, PreviewAnswer, RuleBody, Sentence, VocabularyView
from plunk.segments.failing import asking
from plunk.segments.forecast import Forecast, forecast
from plunk.segments.sentences import sentence
from plunk.web.access import project_id
from plunk.web.blueprint import Blueprint
from plunk.web.ids import path_id

blueprint = Blueprint("building", __name__, description="Building the rules of segments")
SAMPLE = 10


@blueprint.route("/segments/vocabulary")
@blueprint.response(200, VocabularyView)
def get_vocabulary() -> dict[str, Any]:
    """What rules can say: fields, operators, units, with labels."""
    return vocabulary.describe(project_id())


@blueprint.route("/segments/preview", methods=["POST"])
@blueprint.arguments(RuleBody)
@blueprint.response(200, PreviewAnswer)
def post_preview(body: dict[str, Any]) -> dict[str, Any]:
    """Who would be in a segment with this condition; nothing is saved."""
    where = rules.matching(project_id(), body["condition"].condition)
    found = counting.count(where)
    with asking():
        sample = contacts.newest(where, limit=SAMPLE)
    return {"count": found.total, "reachable": found.reachable, "sample": sample}


@blueprint.route("/segments/describe", methods=["POST"])
@blueprint.arguments(RuleBody)
@blueprint.response(200, Sentence)
@blueprint.alt_response(409, description="SEGMENT_BROKEN")
def post_description(body: dict[str, Any]) -> dict[str, Any]:
    """A condition as an English sentence."""
    return {"sentence": sentence(project_id(), body["condition"].condition)}


@blueprint.route("/segments/<segment_id>/forecast", methods=["POST"])
@blueprint.arguments(RuleBody)
@blueprint.response(200, ForecastAnswer)
@blueprint.alt_response(409, description="SEGMENT_BROKEN")
def post_forecast(body: dict[str, Any], segment_id: str) -> Forecast:
    """How many would enter and leave a dynamic segment if this became its condition; nothing is saved."""
    segment = service.get(project_id(), path_id(segment_id, SegmentNotFound))
    return forecast(segment, body["condition"])
