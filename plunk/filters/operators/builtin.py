"""The built-in operators, through the same door as a plugin's."""

from __future__ import annotations

from plunk import hookimpl
from plunk.filters.operator import Operator
from plunk.filters.operators import activity, count, date, equality, lists, membership, order, presence, text


@hookimpl
def plunk_filter_operators() -> list[Operator]:
    """All operators of the rule language, in the order people see them."""
    modules = (equality, text, order, presence, lists, date, activity, count, membership)
    return [operator for module in modules for operator in module.OPERATORS]
