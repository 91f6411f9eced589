"""Asks the database what operators without a Python face say of some contacts."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from plunk.contacts.models import Contact
from plunk.db.base import db
from plunk.errors import SegmentBroken
from plunk.filters.nodes import Filter, alone
from plunk.segments.failing import asking
from plunk.segments.judging import SqlAnswers
from plunk.segments.rules import compiled, flips

log = logging.getLogger(__name__)


def ask(project_id: UUID, contact_ids: Sequence[UUID], leaves: Iterable[Filter]) -> dict[UUID, SqlAnswers]:
    """What SQL says, by contact. A filter whose SQL fails is left out: the rule then fails with that word.

    Each runs in a savepoint: what a plugin's SQL breaks stays its own.
    """
    found = {contact_id: SqlAnswers() for contact_id in contact_ids}
    for leaf in dict.fromkeys(leaves):
        try:
            with asking(), db.session.begin_nested():
                rows = db.session.execute(_question(project_id, contact_ids, leaf)).all()
        except SegmentBroken as problem:
            log.warning("the operator %s could not be answered by SQL: %s", leaf.operator.key, problem)
            continue
        for contact_id, does_match, *moment in rows:
            found[contact_id].matches[leaf] = bool(does_match)
            found[contact_id].flips[leaf] = moment[0] if moment else None
    return found


def _question(project_id: UUID, contact_ids: Sequence[UUID], leaf: Filter) -> Select[Any]:
    matches, due = compiled(project_id, alone(leaf)), flips(project_id, alone(leaf))
    columns: list[Any] = [Contact.id, matches, *([] if due is None else [due])]
    return select(*columns).where(Contact.project_id == project_id, Contact.id.in_(contact_ids))
