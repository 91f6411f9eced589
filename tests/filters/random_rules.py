"""Random rules and random contacts, made of what has broken rule engines before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.filters.bench import NOW, SEGMENTS
from tests.filters.odd_values import EVENT_NAMES, KEYS, ODD_DATES, ODD_NUMBERS, ODD_TEXTS, ODD_VALUES, SCALARS

MOMENTS = [
    NOW,
    NOW - timedelta(days=1),
    NOW - timedelta(days=30),
    NOW - timedelta(days=30, microseconds=-1),
    NOW + timedelta(minutes=1),
    NOW + timedelta(days=7),
    datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(1999, 12, 31, 12, tzinfo=UTC),
]

moments = st.sampled_from(MOMENTS)
odd_values = st.sampled_from(ODD_VALUES)
texts = st.sampled_from([text for text in ODD_TEXTS if text]) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=4
)
dates = st.sampled_from(ODD_DATES)
good_dates = st.sampled_from(
    [
        "2025-06-14",
        "2025-06-15",
        "2025-06-16",
        "2024-02-29",
        "2025-06-15T14:00+02:00",
        "0001-01-01",
        "9999-12-31",
    ]
) | moments.map(lambda moment: moment.isoformat())
scalars = (
    st.sampled_from(SCALARS) | texts | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False)
)
durations = (
    st.fixed_dictionaries(
        {
            "value": st.sampled_from([1, 2, 24, 30, 36_500]),
            "unit": st.sampled_from(["minutes", "hours", "days"]),
        }
    )
    | st.just({"value": 4, "unit": "weeks"})
    | st.just({"value": 1, "unit": "months"})
)


@st.composite
def data_comparisons(draw: st.DrawFn) -> dict[str, Any]:
    """Operator and operand for a field in `data`."""
    sort = draw(st.integers(0, 8))
    if sort == 0:
        return {"operator": draw(st.sampled_from(["equals", "notEquals"])), "value": draw(scalars)}
    if sort == 1:
        return {
            "operator": draw(st.sampled_from(["in", "notIn"])),
            "value": draw(st.lists(scalars | dates, min_size=1, max_size=14)),
        }
    if sort == 2:
        part = st.sampled_from(
            ["contains", "notContains", "startsWith", "notStartsWith", "endsWith", "notEndsWith"]
        )
        return {"operator": draw(part), "value": draw(texts)}
    if sort == 3:
        order = st.sampled_from(["greaterThan", "lessThan", "greaterThanOrEqual", "lessThanOrEqual"])
        bound = st.sampled_from(ODD_NUMBERS) | good_dates | dates | texts
        return {"operator": draw(order), "value": draw(bound)}
    if sort == 4:
        pair = st.sampled_from(ODD_NUMBERS), good_dates, st.sampled_from(["a", "B", "é", "ß", "\U0001f600"])
        chosen = draw(st.sampled_from(pair))
        return {"operator": "between", "value": draw(st.lists(chosen, min_size=2, max_size=2))}
    if sort == 5:
        return {"operator": draw(st.sampled_from(["exists", "notExists", "isEmpty", "isNotEmpty"]))}
    if sort == 6:
        return {"operator": draw(st.sampled_from(["includes", "notIncludes"])), "value": draw(scalars)}
    if sort == 7:
        several = st.sampled_from(["includesAny", "notIncludesAny", "includesAll", "notIncludesAll"])
        return {"operator": draw(several), "value": draw(st.lists(scalars, min_size=1, max_size=13))}
    return {"operator": draw(st.sampled_from(["within", "olderThan", "withinNext"])), **draw(durations)}


@st.composite
def column_filters(draw: st.DrawFn) -> dict[str, Any]:
    """Filters on e-mail, subscription and the two times."""
    sort = draw(st.integers(0, 5))
    if sort == 0:
        equal = st.sampled_from(["equals", "notEquals", "contains", "notStartsWith", "endsWith"])
        text = st.sampled_from(
            ["c1@example.com", "C2@Example.com", "@", "_", "%", "c1", "é", "ß@example.com"]
        )
        return {"field": "email", "operator": draw(equal), "value": draw(text)}
    if sort == 1:
        return {"field": "email", "operator": "in", "value": ["C1@example.com", "c3@example.com"]}
    if sort == 2:
        return {
            "field": "subscribed",
            "operator": draw(st.sampled_from(["equals", "notEquals"])),
            "value": draw(st.booleans()),
        }
    field = {"field": draw(st.sampled_from(["createdAt", "updatedAt"]))}
    if sort == 3:
        return {
            **field,
            "operator": draw(st.sampled_from(["within", "olderThan", "withinNext"])),
            **draw(durations),
        }
    if sort == 4:
        return {
            **field,
            "operator": draw(st.sampled_from(["in", "notIn"])),
            "value": draw(st.lists(good_dates, min_size=1, max_size=3)),
        }
    order = st.sampled_from(
        ["equals", "notEquals", "greaterThan", "lessThan", "greaterThanOrEqual", "lessThanOrEqual"]
    )
    return {**field, "operator": draw(order), "value": draw(good_dates)}


@st.composite
def event_filters(draw: st.DrawFn) -> dict[str, Any]:
    """Filters on events, e-mail activity and segments."""
    sort = draw(st.integers(0, 4))
    if sort == 0:
        segment = f"segment.{draw(st.sampled_from(SEGMENTS))}"
        return {
            "field": segment,
            "operator": draw(st.sampled_from(["memberOfSegment", "notMemberOfSegment"])),
        }
    field = {"field": draw(st.sampled_from([*(f"event.{name}" for name in EVENT_NAMES), "signup"]))}
    if sort == 1:
        field = draw(st.sampled_from([field, {"field": "email.opened"}, {"field": "email.bounce"}]))
        return {**field, "operator": draw(st.sampled_from(["triggered", "notTriggered"]))}
    if sort == 2:
        timed = st.sampled_from(["triggeredWithin", "notTriggeredWithin", "triggeredOlderThan"])
        return {**field, "operator": draw(timed), **draw(durations)}
    count: dict[str, Any] = {"operator": "triggeredCount", "value": draw(st.integers(0, 4))}
    count["comparison"] = draw(st.sampled_from([None, "atLeast", "atMost", "exactly"]))
    if draw(st.booleans()):
        count.update(window=draw(st.integers(1, 40)), unit=draw(st.sampled_from(["days", "minutes"])))
    if draw(st.booleans()):
        properties = st.sampled_from(KEYS)
        where = st.builds(lambda name, rest: {"property": name, **rest}, properties, data_comparisons())
        count["where"] = draw(st.lists(where, min_size=1, max_size=2))
    return {**field, **count}


data_filters = st.builds(
    lambda key, rest: {"field": f"data.{key}", **rest}, st.sampled_from(KEYS), data_comparisons()
)
filters = data_filters | data_filters | data_filters | column_filters() | event_filters()
logics = st.sampled_from(["AND", "OR"])


def _conditions(groups: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"logic": logics, "groups": st.lists(groups, min_size=1, max_size=3)})


def rules_of(filters: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Rules, some of them nested, of such filters."""
    flat_groups = st.fixed_dictionaries(
        {"filters": st.lists(filters, min_size=1, max_size=3)}, optional={"not": st.booleans()}
    )
    nesting_groups = st.fixed_dictionaries(
        {"filters": st.lists(filters, max_size=1), "conditions": _conditions(flat_groups)},
        optional={"not": st.booleans()},
    )
    return _conditions(flat_groups | nesting_groups)


rules = rules_of(filters)

events = st.lists(
    st.tuples(
        st.sampled_from([*EVENT_NAMES, "email.open"]),
        moments,
        st.dictionaries(st.sampled_from(KEYS), odd_values, max_size=2),
    ),
    max_size=6,
)
contacts = st.fixed_dictionaries(
    {
        "subscribed": st.booleans(),
        "created_at": moments,
        "updated_at": moments,
        "data": st.dictionaries(
            st.sampled_from([*KEYS, "a"]),
            odd_values | st.fixed_dictionaries({}, optional={"b": odd_values, "0": odd_values}),
            max_size=6,
        ),
        "events": events,
        "segments": st.lists(st.sampled_from(SEGMENTS), unique=True),
    }
)
