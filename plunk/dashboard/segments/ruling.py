"""The rule of a segment that is there: built anew, saved."""

from __future__ import annotations

from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from plunk.accounts import audit
from plunk.dashboard.ground import seen
from plunk.dashboard.ground.answers import go, toast
from plunk.dashboard.ground.forms import Form
from plunk.dashboard.ground.visitor import actor, project_id
from plunk.dashboard.segments import rules_sent
from plunk.dashboard.segments.room import page, room, segment_of
from plunk.db.session import transaction
from plunk.errors import InvalidInput
from plunk.segments import service


@room.get("/<uuid:segment_id>/rule")
def edit_rule(segment_id: UUID) -> ResponseReturnValue:
    """A static segment has none; its members are what there is to edit."""
    segment = segment_of(segment_id)
    if segment.type == service.STATIC:
        return go(url_for(".members", segment_id=segment.id))
    return page(
        "rule",
        segment,
        form=Form(condition=rules_sent.shown(segment.condition), seen=seen.mark(segment.condition)),
    )


@room.post("/<uuid:segment_id>/rule")
def save_rule(segment_id: UUID) -> ResponseReturnValue:
    """Whoever comes in or leaves by that is told, if the segment is tracked."""
    form = Form.sent("condition", "seen")
    segment = segment_of(segment_id)
    if _save(segment_id, form):
        toast(_("Rule saved"))
        return go(url_for(".show", segment_id=segment_id))
    return page("rule", segment, form=form)


def _save(segment_id: UUID, form: Form) -> bool:
    try:
        rule = rules_sent.read(form["condition"])
        with form.catching(**{"": "condition"}), transaction():
            seen.hold(segment_id)
            now = service.get(project_id(), segment_id, is_afresh=True).condition
            seen.check(form, now, rule.raw, said=rules_sent.told(now))
            changed = service.change(project_id(), segment_id, rule=rule)
            audit.record(project_id(), actor(), "segment.changed", subject=changed.name, what="rule")
    except InvalidInput as problem:
        rules_sent.refuse(form, problem)
    return not form.errors
