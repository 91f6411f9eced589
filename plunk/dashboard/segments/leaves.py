"""An explanation as a tree to draw: joins, and filters in words with what the contact has."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from plunk.dashboard.ground.formats import shown
from plunk.dashboard.ground.visitor import project_id
from plunk.dashboard.segments.telling import tell_clause
from plunk.errors import PlunkError
from plunk.segments import rules

_TOLD = {"actual", "matches"}
LONGEST = 300


def tree(condition: dict[str, Any]) -> dict[str, Any]:
    """`{join, matches, parts}` of a traced condition, where each part is such a tree or `{text, has, matches}`.
    Groups of one part are not drawn around it."""
    parts = [_group(group) for group in condition["groups"]]
    return _joined(condition["logic"], condition["matches"], parts)


def _group(group: dict[str, Any]) -> dict[str, Any]:
    parts = [_leaf(each) for each in group["filters"]]
    if "conditions" in group:
        parts.append(tree(group["conditions"]))
    inner = all(part["matches"] for part in parts)
    found = _joined("AND", inner, parts)
    return {"join": "NOT", "matches": group["matches"], "parts": [found]} if group.get("not") else found


def _flat(logic: str, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """ "All of these" within "all of these" is one."""
    return [inner for part in parts for inner in (part["parts"] if part.get("join") == logic else [part])]


def _joined(logic: str, matches: bool, parts: list[dict[str, Any]]) -> dict[str, Any]:
    parts = _flat(logic, parts)
    return parts[0] if len(parts) == 1 else {"join": logic, "matches": matches, "parts": parts}


def _leaf(leaf: dict[str, Any]) -> dict[str, Any]:
    raw = {key: value for key, value in leaf.items() if key not in _TOLD}
    return {"text": _told(raw), "has": _has(leaf["actual"]), "matches": leaf["matches"], "parts": []}


def _told(raw: dict[str, Any]) -> str:
    """One filter in words that go on after `Contacts`."""
    condition = {"logic": "AND", "groups": [{"filters": [raw]}]}
    try:
        return tell_clause(rules.parse(project_id(), condition).condition)
    except PlunkError:
        return json.dumps(raw, ensure_ascii=False)


def _has(actual: Any) -> str:
    """The contact's value as text."""
    if actual is None:
        return str(_("nothing"))
    if isinstance(actual, dict) and set(actual) == {"count", "firstAt", "lastAt"}:
        return _happened(actual)
    text = shown(actual)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _happened(activity: dict[str, Any]) -> str:
    """An event's activity in words."""
    last = shown(activity["lastAt"])
    told: str = ngettext("once, %(last)s", "%(num)d times, last %(last)s", activity["count"], last=last)
    return told
