"""`check_operator`: whether an operator keeps what it must promise, on values that have broken others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask import Flask
from sqlalchemy import Connection

from plunk.db.base import db
from plunk.errors import InvalidInput
from plunk.filters.fields import Field, Kind, UnknownField, field_named
from plunk.filters.nodes import Condition
from plunk.filters.operator import Operator
from plunk.filters.operators import builtin
from plunk.filters.parse import parse_condition
from plunk.filters.vocabulary import BadVocabulary, Vocabulary
from plunk.testing.contacts import odd_operands, odd_values
from plunk.testing.faces import compare, compare_complement
from plunk.testing.times import check_time
from plunk.testing.unsound import UnsoundOperator, shown
from plunk.testing.world import World

_KEY = re.compile(r"[a-z][A-Za-z0-9_.-]{0,62}")
_FIELDS = {
    Kind.EMAIL: "email",
    Kind.BOOLEAN: "subscribed",
    Kind.DATE: "createdAt",
    Kind.DATA: "data.value",
    Kind.EVENT: "event.purchase",
    Kind.EMAIL_ACTIVITY: "email.opened",
    Kind.SEGMENT: "segment.01890a5d-ac96-774b-bcce-b302099a8057",
}
_WITH_A_LOOK_AT_THE_CLOCK = 3


def check_operator(
    app: Flask,
    operator: Operator,
    *,
    beside: Iterable[Operator] = (),
    matching: Iterable[Any] = (),
    others: Iterable[Any] = (),
) -> None:
    """Tries an operator's example, and every odd operand, on contacts with every odd value, through both faces.

    `matching` and `others` are values that the example must match and must not match: addresses, JSON values (`...`
    for none), moments, booleans, or for events tuples of `(moment, data)`, whatever its field holds. `beside` are
    other operators that it needs, the positive twin of a negation above all.

    Raises UnsoundOperator, an AssertionError, that names the value and the two answers. Nothing is committed.
    """
    _check_facts(operator)
    vocabulary = _vocabulary([operator, *beside])
    place = _place_of_example(operator)
    with app.app_context(), db.engine.connect() as connection:
        trial = _Trial(operator, vocabulary, connection)
        trial.run(place, list(matching), list(others))
        for kind in vocabulary.positive(operator).kinds:
            if kind != place.kind:
                trial.run(field_named(_FIELDS[Kind(kind)], is_event_wanted=True), [], [])
        connection.rollback()


class _Trial:
    def __init__(self, operator: Operator, vocabulary: Vocabulary, connection: Connection) -> None:
        self.operator, self.vocabulary, self.connection = operator, vocabulary, connection

    def run(self, place: Field, matching: Sequence[Any], others: Sequence[Any]) -> None:
        """Tries the operator on one field, about which a rule may say what the example says, or something else."""
        is_example = place.name == self.operator.example["field"]
        values = [*matching, *others, *odd_values(place.kind, self.operator.example.get("value"))]
        if place.kind == Kind.EMAIL:
            values = list(dict.fromkeys(values))
        world = World(self.connection, place, values)
        conditions = list(self._conditions(place, is_example))
        for condition in conditions:
            compare(world, condition)
        for condition in conditions[:_WITH_A_LOOK_AT_THE_CLOCK]:
            check_time(world, condition)
            compare_complement(world, condition)
        if is_example:
            _check_members(world, conditions[0], matching, others)

    def _conditions(self, place: Field, is_example: bool) -> Iterator[Condition]:
        """The example, if it suits the field, and the same with every operand that is not refused."""
        example = {**self.operator.example, "field": place.name}
        try:
            yield self._parse(example)
        except InvalidInput as problem:
            if is_example:
                raise UnsoundOperator(
                    f"{self.operator.key}: its example {shown(example)} is refused: {_listed(problem)}"
                ) from problem
        if self.vocabulary.positive(self.operator).operand_for(place.kind) is None:
            return
        for operand in odd_operands():
            try:
                yield self._parse({**example, "value": operand})
            except InvalidInput:
                continue

    def _parse(self, members: Mapping[str, Any]) -> Condition:
        raw = {"logic": "AND", "groups": [{"filters": [dict(members)]}]}
        try:
            return parse_condition(raw, self.vocabulary, resolve_segment=lambda segment_id: True)
        except InvalidInput:
            raise
        except Exception as problem:
            raise UnsoundOperator(
                f"{self.operator.key}: reading {shown(members)} raised {problem!r}. An operand that does not suit is "
                "refused with marshmallow's ValidationError, or with given.refuse"
            ) from problem


def _check_facts(operator: Operator) -> None:
    key = getattr(operator, "key", None)
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise UnsoundOperator(
            f"{operator!r}: its key is {key!r}. Rules store it for ever: a word such as isLong, which begins with a "
            "small letter and has letters, digits, and . _ - in it"
        )
    label = getattr(operator, "label", None)
    if not isinstance(label, str) or not label.strip():
        raise UnsoundOperator(f"{key}: it has no label, the words that people see: is a long text")
    example = getattr(operator, "example", None)
    if not isinstance(example, Mapping) or example.get("operator") != key or "field" not in example:
        raise UnsoundOperator(
            f'{key}: its example must be a filter that uses it: {{"field": …, "operator": "{key}", …}}'
        )
    if operator.negates is None:
        _check_faces(operator)


def _check_faces(operator: Operator) -> None:
    if not operator.brings("sql"):
        raise UnsoundOperator(f"{operator.key}: it has no sql(target, value), which every operator needs")
    if "value" in operator.example and operator.operand is None and not operator.brings("load"):
        raise UnsoundOperator(
            f"{operator.key}: its example has a value, but without an operand (a marshmallow field) none is read"
        )


def _vocabulary(operators: Sequence[Operator]) -> Vocabulary:
    try:
        ours = [each for each in builtin.plunk_filter_operators() if each not in operators]
        vocabulary = Vocabulary.from_hook_results([("plunk", ours), ("your plugin", operators)])
        json.dumps(vocabulary.describe())
    except BadVocabulary as problem:
        raise UnsoundOperator(str(problem)) from problem
    except TypeError as problem:
        raise UnsoundOperator(
            f"{operators[0].key}: what is said of it cannot be written as JSON: {problem}"
        ) from problem
    return vocabulary


def _place_of_example(operator: Operator) -> Field:
    try:
        place = field_named(str(operator.example["field"]), is_event_wanted=True)
    except UnknownField as problem:
        raise UnsoundOperator(f"{operator.key}: the field of its example: {problem}") from problem
    return place


def _check_members(world: World, example: Condition, matching: Sequence[Any], others: Sequence[Any]) -> None:
    key = next(example.filters()).raw["operator"]
    [members] = world.by_sql([example])
    for contact_id, each in world.people.items():
        if contact_id not in members and _is_among(each.value, matching):
            raise UnsoundOperator(f"{key}: its example must match {world.show(contact_id)}, and does not")
        if contact_id in members and _is_among(each.value, others):
            raise UnsoundOperator(f"{key}: its example must not match {world.show(contact_id)}, and does")
    if len(members) in (0, len(world.people)):
        everybody, wanted = ("everybody", "others") if members else ("nobody", "matching")
        raise UnsoundOperator(
            f"{key}: its example matches {everybody} of {len(world.people)} contacts, so that little is shown. "
            f"Name values in {wanted}=[…]"
        )


def _is_among(value: Any, wanted: Sequence[Any]) -> bool:
    """By type too: in Python 1 is True."""
    return any(value is each or (type(value) is type(each) and value == each) for each in wanted)


def _listed(problem: InvalidInput) -> str:
    return "; ".join(f"{each.field.rpartition('.')[2]}: {each.message}" for each in problem.problems)
