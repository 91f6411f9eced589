"""What the builder asks while somebody builds: answers are JSON, nothing is saved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from flask_babel import get_translations

from plunk.contacts import listing as contacts
from plunk.contacts.values import common_values
from plunk.dashboard.ground.forms import clean
from plunk.dashboard.ground.type_names import TYPE_NAMES
from plunk.dashboard.ground.visitor import project_id
from plunk.dashboard.segments import rules_sent
from plunk.dashboard.segments.room import room, segment_of
from plunk.dashboard.segments.telling import tell
from plunk.errors import FieldNotFound, InvalidInput, SegmentBroken
from plunk.segments import counting, rules, vocabulary
from plunk.segments.failing import asking
from plunk.segments.forecast import forecast
from plunk.segments.rules import Rule

SAMPLE, SUGGESTED = 10, 8


@room.get("/ask/vocabulary")
def ask_vocabulary() -> Response:
    """All that rules can say, and what people call the types of fields."""
    types = {key: str(name) for key, name in TYPE_NAMES.items()}
    return jsonify({**vocabulary.describe(project_id(), get_translations()), "types": types})


@room.get("/ask/values")
def ask_values() -> Response:
    """The most common values of `field` that begin with `search`; elements of lists for themselves."""
    field, search = clean(request.args.get("field", "")), clean(request.args.get("search", ""))
    try:
        found = common_values(project_id(), field, limit=SUGGESTED, search=search or None, in_lists=True)
    except FieldNotFound:
        found = []
    return jsonify(values=[each["value"] for each in found])


@room.get("/ask/contacts")
def ask_contacts() -> Response:
    """Contacts whose address holds `search`, for somebody who types."""
    found = contacts.suggestions(project_id(), clean(request.args.get("search", "")), limit=SUGGESTED)
    return jsonify(values=[each.email for each in found])


@room.post("/ask/sentence")
def ask_sentence() -> Response:
    """The rule in words, or what is wrong with it, each at its path."""
    rule, problems = _rule()
    if rule is None:
        return jsonify(problems=problems)
    try:
        return jsonify(sentence=tell(rule.condition))
    except SegmentBroken as problem:
        return jsonify(broken=problem.message)


@room.post("/ask/count")
def ask_count() -> Response:
    """How many the rule names, and the newest of them."""
    rule, problems = _rule()
    if rule is None:
        return jsonify(problems=problems)
    try:
        where = rules.matching(project_id(), rule.condition)
        found = counting.count(where)
        return jsonify(count=found.total, reachable=found.reachable, sample=_sample(where))
    except SegmentBroken as problem:
        return jsonify(broken=problem.message)


@room.post("/<uuid:segment_id>/ask/count")
def ask_forecast(segment_id: UUID) -> Response:
    """The same for a segment that is there, with how many would come and go."""
    segment = segment_of(segment_id)
    rule, problems = _rule()
    if rule is None:
        return jsonify(problems=problems)
    try:
        found = forecast(segment, rule)
        sample = _sample(rules.matching(project_id(), rule.condition))
    except InvalidInput as problem:
        return jsonify(problems=_listed(problem))
    except SegmentBroken as problem:
        return jsonify(broken=problem.message)
    return jsonify(
        count=found.total, reachable=found.reachable, sample=sample, enter=found.enter, leave=found.leave
    )


def _rule() -> tuple[Rule | None, list[dict[str, str]]]:
    try:
        return rules_sent.read(request.form.get("condition", "")), []
    except InvalidInput as problem:
        return None, _listed(problem)


def _listed(problem: InvalidInput) -> list[dict[str, str]]:
    return [{"path": each.field, "message": each.message} for each in problem.problems]


def _sample(where: Any) -> list[dict[str, Any]]:
    with asking():
        found = contacts.newest(where, limit=SAMPLE)
    return [{"id": str(each.id), "email": each.email, "subscribed": each.subscribed} for each in found]
