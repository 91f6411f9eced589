"""Rules as sentences in the language of the page."""

from __future__ import annotations

from flask_babel import get_translations

from plunk.dashboard.ground.visitor import project_id
from plunk.filters.nodes import Condition
from plunk.segments.sentences import clause, sentence


def tell(condition: Condition) -> str:
    """Raises SegmentBroken where a plugin's operator fails."""
    return sentence(project_id(), condition, words=get_translations())


def tell_clause(condition: Condition) -> str:
    """The same as what follows `Contacts`: `whose plan is “pro”`."""
    return clause(project_id(), condition, words=get_translations())
