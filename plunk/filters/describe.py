"""Tells a rule as one sentence, made of the phrases of its operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Literal
from uuid import UUID

from plunk.filters.nodes import Condition, Filter, Group
from plunk.filters.operator import Operator
from plunk.filters.said import said
from plunk.filters.telling import Telling
from plunk.filters.vocabulary import Vocabulary


def describe(
    condition: Condition,
    vocabulary: Vocabulary,
    *,
    segment_name: Callable[[UUID], str | None],
    words: NullTranslations | None = None,
) -> str:
    """`Contacts whose plan is “pro” and whose creation date is in the last 30 days.`

    `words` translates; English without. A segment whose name is unknown is told by its id.
    """
    words = words or NullTranslations()
    rule = clause(condition, vocabulary, segment_name=segment_name, words=words)
    return words.gettext(SENTENCE).format(rule=rule)


def clause(
    condition: Condition,
    vocabulary: Vocabulary,
    *,
    segment_name: Callable[[UUID], str | None],
    words: NullTranslations | None = None,
) -> str:
    """The same as what follows `Contacts`: `whose plan is “pro”`."""
    teller = _Teller(vocabulary, segment_name, words or NullTranslations())
    return teller.text(teller.condition(condition))


SENTENCE = said("Contacts {rule}.")
_JOINS = {"and": said("and"), "or": said("or")}


@dataclass(frozen=True)
class _Joined:
    """At least two parts, none of them joined by the same word."""

    word: Literal["and", "or"]
    parts: tuple[str | _Joined, ...]


@dataclass(frozen=True)
class _Teller:
    vocabulary: Vocabulary
    segment_name: Callable[[UUID], str | None]
    words: NullTranslations

    def say(self, template: str, **texts: str) -> str:
        return self.words.gettext(template).format(**texts)

    def condition(self, condition: Condition) -> str | _Joined:
        parts = [self._group(group) for group in condition.groups]
        return _join("and" if condition.logic == "AND" else "or", parts)

    def text(self, part: str | _Joined) -> str:
        if isinstance(part, str):
            return part
        told = [f"({self.text(each)})" if isinstance(each, _Joined) else each for each in part.parts]
        return f" {self.words.gettext(_JOINS[part.word])} ".join(told)

    def _group(self, group: Group) -> str | _Joined:
        if group.is_negated and (opposite := self._opposite(group)):
            return opposite
        parts: list[str | _Joined] = [self._filter(each) for each in group.filters]
        if group.conditions is not None:
            parts.append(self.condition(group.conditions))
        joined = _join("and", parts)
        if not group.is_negated:
            return joined
        told = f"({self.text(joined)})" if isinstance(joined, _Joined) else self.text(joined)
        return self.say("who are not among those {rule}", rule=told)

    def _opposite(self, group: Group) -> str:
        """One filter that a group denies, by the twin that matches exactly the others; empty if it has none."""
        leaf = _only_filter(group)
        twin = self.vocabulary.opposite(self._operator(leaf)) if leaf else None
        return self._filter(leaf, twin) if leaf and twin else ""

    def _operator(self, leaf: Filter) -> Operator:
        return self.vocabulary.get(leaf.raw["operator"]) or leaf.operator

    def _filter(self, leaf: Filter, operator: Operator | None = None) -> str:
        operator = operator or self._operator(leaf)
        operand = leaf.operator.operand_for(leaf.field.kind)
        return operator.tell(Telling(leaf, operand, self.words, self.segment_name, self._all_of))

    def _all_of(self, filters: Sequence[Filter]) -> str:
        return self.text(_join("and", [self._filter(each) for each in filters]))


def _only_filter(group: Group) -> Filter | None:
    """The filter that is all the group holds, however deep."""
    if group.conditions is None:
        return group.filters[0] if len(group.filters) == 1 else None
    inner = group.conditions.groups
    if group.filters or len(inner) != 1 or inner[0].is_negated:
        return None
    return _only_filter(inner[0])


def _join(word: Literal["and", "or"], parts: Sequence[str | _Joined]) -> str | _Joined:
    flat: list[str | _Joined] = []
    for part in parts:
        flat += part.parts if isinstance(part, _Joined) and part.word == word else (part,)
    return flat[0] if len(flat) == 1 else _Joined(word, tuple(flat))
