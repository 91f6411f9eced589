"""Rules as forms send them: JSON text."""

from __future__ import annotations

import json
from typing import Any

from plunk.config import settings
from plunk.dashboard.ground.forms import Form
from plunk.dashboard.ground.visitor import project_id
from plunk.dashboard.segments.telling import tell
from plunk.errors import InvalidInput, InvalidJson, PlunkError, Problem
from plunk.segments import rules
from plunk.segments.rules import Rule
from plunk.web.body import parse


def read(text: str) -> Rule:
    """Raises InvalidInput with every problem; paths begin with `condition`."""
    if not text.strip():
        raise InvalidInput([Problem("condition", "The rule is still empty", "required")])
    try:
        raw = parse(text.encode(errors="surrogatepass"), max_depth=settings().max_json_depth)
    except InvalidJson as problem:
        message = problem.message.replace("The body", "The rule")
        raise InvalidInput([Problem("condition", message, "json")]) from problem
    return rules.parse(project_id(), raw)


def told(condition: Any) -> str:
    """A saved rule as a sentence; empty where there is none, or it cannot be told now."""
    if condition is None:
        return ""
    try:
        return tell(rules.parse(project_id(), condition).condition)
    except PlunkError:
        return ""


def told_of_form(form: Form) -> str:
    """The same for what stands in a form, for those without a script."""
    try:
        return tell(read(form["condition"]).condition)
    except PlunkError:
        return ""


def shown(condition: Any) -> str:
    """A rule as JSON to read and edit."""
    return json.dumps(condition, ensure_ascii=False, indent=2)


def refuse(form: Form, problem: InvalidInput) -> None:
    """Every problem of a rule above the form, by its path; the builder shows them at their rows."""
    lines = [f"{each.field.removeprefix('condition.')}: {each.message}" for each in problem.problems[:10]]
    form.refuse("rule", " · ".join(line.removeprefix("condition: ") for line in lines))
