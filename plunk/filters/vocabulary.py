"""The operators of one app, built-in and from plugins, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from gettext import NullTranslations
from typing import Any

from marshmallow import fields

from plunk.filters.durations import UNITS
from plunk.filters.fields import Kind
from plunk.filters.happenings import FORMS
from plunk.filters.operator import Operator
from plunk.filters.operators.count import COMPARISONS
from plunk.filters.said import said

LABELS: Mapping[str, Mapping[str, str]] = {
    "kinds": {
        Kind.EMAIL: said("E-mail address"),
        Kind.BOOLEAN: said("Yes or no"),
        Kind.DATE: said("Date"),
        Kind.DATA: said("Custom data"),
        Kind.EVENT: said("Event"),
        Kind.EMAIL_ACTIVITY: said("E-mail activity"),
        Kind.SEGMENT: said("Segment"),
    },
    "units": {
        "minutes": said("minutes"),
        "hours": said("hours"),
        "days": said("days"),
        "weeks": said("weeks"),
        "months": said("months"),
    },
    "comparisons": {"atLeast": said("at least"), "atMost": said("at most"), "exactly": said("exactly")},
    "logics": {"AND": said("all of these"), "OR": said("any of these")},
}
"""Words for people, beside those of the operators."""


class BadVocabulary(ValueError):
    """The operators do not fit together. The text names the operator and who brought it."""


class Vocabulary:
    """Fixed once made. Raises `BadVocabulary` for a key declared twice, an unknown twin or kind."""

    def __init__(self, operators: Iterable[Operator]) -> None:
        self._fill([("these operators", operators)])

    @classmethod
    def from_hook_results(cls, results: Iterable[tuple[str, Iterable[Operator]]]) -> Vocabulary:
        """From the answers to `plunk_filter_operators`, each with the name of its plugin."""
        vocabulary = cls(())
        vocabulary._fill(results)
        return vocabulary

    def __iter__(self) -> Iterator[Operator]:
        return iter(self._operators.values())

    def get(self, key: str) -> Operator | None:
        """The operator of that name."""
        return self._operators.get(key)

    def keys(self) -> list[str]:
        return list(self._operators)

    def suiting(self, kind: str) -> list[Operator]:
        """The operators for a kind of field, in order."""
        return [operator for operator in self if kind in operator.kinds]

    def positive(self, operator: Operator) -> Operator:
        """The operator itself, or the twin that it negates."""
        return operator if operator.negates is None else self._operators[operator.negates]

    def opposite(self, operator: Operator) -> Operator | None:
        """The operator that matches exactly the contacts which this one does not, if there is one."""
        if operator.negates is not None:
            return self._operators[operator.negates]
        return next((each for each in self if each.negates == operator.key), None)

    def members(self, kind: str | None = None) -> set[str]:
        """Names of the members, beside field, operator and value, that operators (for that kind) read."""
        operators = self if kind is None else self.suiting(kind)
        return {member for operator in operators for member in operator.members}

    def describe(self, words: NullTranslations | None = None) -> dict[str, Any]:
        """All of it as JSON, for clients that build rules. `words` translates the labels; English without."""
        words = words or NullTranslations()
        return {
            "operators": [self._describe(operator, words) for operator in self],
            "units": list(UNITS),
            "comparisons": list(COMPARISONS),
            "logics": ["AND", "OR"],
            "labels": {
                of: {key: words.gettext(label) for key, label in labels.items()}
                for of, labels in LABELS.items()
            },
        }

    def _fill(self, results: Iterable[tuple[str, Iterable[Operator]]]) -> None:
        self._operators: dict[str, Operator] = {}
        brought_by: dict[str, str] = {}
        for source, operators in results:
            for operator in operators:
                if missing := [each for each in ("key", "label", "example") if not hasattr(operator, each)]:
                    raise BadVocabulary(f"{source}: {type(operator).__name__} lacks {', '.join(missing)}")
                if operator.key in brought_by:
                    first = brought_by[operator.key]
                    raise BadVocabulary(f"{source} and {first} both declare the operator {operator.key}")
                brought_by[operator.key] = source
                self._operators[operator.key] = operator
        for operator in self:
            self._check(operator, brought_by[operator.key])

    def _check(self, operator: Operator, source: str) -> None:
        unknown = set(operator.kinds) - set(Kind)
        if unknown or not operator.kinds:
            named = ", ".join(sorted(unknown)) or "none"
            raise BadVocabulary(
                f"{source}: the operator {operator.key} suits {named}; kinds are {', '.join(Kind)}"
            )
        self._check_time(operator, source)
        self._check_phrase(operator, source)
        if operator.negates is None:
            return
        twin = self.get(operator.negates)
        if twin is None or twin.negates is not None:
            raise BadVocabulary(
                f"{source}: {operator.key} negates {operator.negates}, which is not a positive operator"
            )

    def _check_time(self, operator: Operator, source: str) -> None:
        """Half of what belongs to time would let contacts stay members, or not become any, without a word."""
        together = ["mentions_time", "flips_at_sql", *(["flips_at"] if operator.has_python else [])]
        missing = [name for name in together if not operator.brings(name)]
        if 0 < len(missing) < len(together):
            raise BadVocabulary(
                f"{source}: the operator {operator.key} lacks {' and '.join(missing)}. One whose answer time alone "
                f"can change needs {', '.join(together)}, any other none of them"
            )

    def _check_phrase(self, operator: Operator, source: str) -> None:
        happens = bool(operator.kinds) and set(operator.kinds) <= {Kind.EVENT, Kind.EMAIL_ACTIVITY}
        try:
            operator.phrase.format(field="", value="", **dict.fromkeys(FORMS if happens else (), ""))
        except (LookupError, ValueError, AttributeError) as problem:
            raise BadVocabulary(
                f"{source}: the phrase of the operator {operator.key} holds {{field}} and {{value}} only "
                f"({', '.join(f'{{{form}}}' for form in FORMS)} for events and mail), other braces are doubled: "
                f"{operator.phrase!r}"
            ) from problem

    def _describe(self, operator: Operator, words: NullTranslations) -> dict[str, Any]:
        positive = self.positive(operator)
        return {
            "operator": operator.key,
            "label": words.gettext(operator.label),
            "dateLabel": words.gettext(operator.date_label or operator.label),
            "kinds": [str(kind) for kind in operator.kinds],
            "dataTypes": list(operator.data_types),
            "value": _describe_value(positive),
            "input": _input(positive),
            "members": list(positive.members),
            "negates": operator.negates,
            "example": dict(operator.example),
        }


def _describe_value(operator: Operator) -> dict[str, Any] | None:
    """`{type}` of the general operand; `byKind` where kinds of field take other types."""
    if operator.operand is None:
        return None
    general = _type(operator.operand)
    by_kind = {str(kind): _type(operator.operand_for(kind)) for kind in operator.kinds}
    if all(described == general for described in by_kind.values()):
        return general
    return {**general, "byKind": by_kind}


def _input(operator: Operator) -> str:
    """What to ask for, in one word: that of the value, `none`, or `count` (a number with `comparison`, and if wanted
    `window`, `unit` and `where`)."""
    if operator.operand is None:
        return "none"
    return "count" if "comparison" in operator.members else str(_type(operator.operand)["type"])


def _type(operand: fields.Field[Any] | None) -> dict[str, Any]:
    each = getattr(operand, "each", None)
    described = {"type": getattr(operand, "value_type", None) or _plain_type(operand)}
    return {**described, "items": _type(each)["type"]} if each is not None else described


def _plain_type(operand: fields.Field[Any] | None) -> str:
    types: list[tuple[type, str]] = [
        (fields.String, "text"),
        (fields.Integer, "integer"),
        (fields.Number, "number"),
        (fields.Boolean, "boolean"),
        (fields.List, "list"),
    ]
    return next((name for field_type, name in types if isinstance(operand, field_type)), "any")
