"""What each operator means, by hand from the documentation, asked of both faces at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plunk.filters.vocabulary import Vocabulary
from tests.filters.bench import NOW, SEGMENTS, Bench, one_filter

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def on_data(bench: Bench, stored: list[Any], **members: Any) -> list[Any]:
    """Which of the stored values match a filter on them; a contact without the field stands for `...`."""
    for i, value in enumerate(stored):
        bench.add(str(i), data={} if value is ... else {"v": value})
    found = bench.matching(field="data.v", **members)
    return [value for i, value in enumerate(stored) if str(i) in found]


# operator and its members, stored values that match, stored values that do not
CASES: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    ({"operator": "equals", "value": "pro"}, ["pro"], ["Pro", "pro ", ["pro"], {"pro": 1}, None, ...]),
    ({"operator": "equals", "value": 10}, [10, 10.0, "10"], ["10.0", "1e1", 10.5, True, [10]]),
    ({"operator": "equals", "value": "10"}, [10, 10.0, "10"], ["10.0", 100]),
    ({"operator": "equals", "value": "10.0"}, ["10.0"], [10, 10.0, "10"]),
    ({"operator": "equals", "value": -0.0}, [0, "0", -0.0], ["-0", False]),
    ({"operator": "equals", "value": 1e22}, [1e22, 10**22, "10000000000000000000000"], ["1e+22", "1e22"]),
    ({"operator": "equals", "value": 2**53 + 1}, [2**53 + 1], [2**53, float(2**53)]),
    ({"operator": "equals", "value": 0.1}, [0.1, "0.1"], [".1", "0.10", 0.10000000000000002]),
    ({"operator": "equals", "value": True}, [True, "true"], ["True", 1, "1", False]),
    ({"operator": "equals", "value": "false"}, [False, "false"], [0, None, ""]),
    ({"operator": "equals", "value": ""}, [""], [..., None, [], " "]),
    (
        {"operator": "equals", "value": "2025-06-01"},
        [
            "2025-06-01",
            "2025-06-01T23:59:59.999999Z",
            "2025-06-02T14:30+14:59",
            "2025-05-31T09:30-14:59",
            "2025-06-01T00:00",
        ],
        ["2025-06-02", "2025-06-01T23:00-02:00", "2025-06-01 10:00", "2025-06-01Z", "20250601"],
    ),
    (
        {"operator": "equals", "value": "2025-06-02T01:00+02:00"},
        ["2025-06-02T01:00+02:00", "2025-06-01", "2025-06-01T05:00Z"],
        ["2025-06-02"],
    ),
    ({"operator": "equals", "value": "2025-02-30"}, ["2025-02-30"], ["2025-03-02", "2025-02-28"]),
    ({"operator": "notEquals", "value": "pro"}, ["Pro", None, ..., 1, ["pro"]], ["pro"]),
    ({"operator": "in", "value": ["pro", 10, True, "2025-06-01"]},
     ["pro", "10", 10.0, "true", "2025-06-01T12:00Z"], ["x", ["pro"], ..., "2025-06-02"]),
    ({"operator": "in", "value": ["2025-06-01", "2025-06-03"]}, ["2025-06-03T01:00Z"], ["2025-06-02", "x"]),
    ({"operator": "in", "value": [*range(500), "x", "2025-06-01"]}, [499, "7", 7.0, "x"], [500, "y", ...]),
    ({"operator": "notIn", "value": ["pro", "team"]}, ["free", None, ...], ["pro", "team"]),
    ({"operator": "contains", "value": "GmbH"}, ["Acme GMBH & Co", "gmbh"], ["gmb", 5, ["gmbh"], ...]),
    ({"operator": "contains", "value": "50%_\\"}, ["50%_\\off"], ["50xy\\", "50%_"]),
    ({"operator": "contains", "value": "1"}, ["a1"], [1, 11, True, {"1": "1"}]),
    ({"operator": "contains", "value": "İ"}, ["mİlk", "milk"], ["mılk"]),
    ({"operator": "contains", "value": "Σ"}, ["οδοσ", "ΟΔΟΣ"], ["οδος"]),
    ({"operator": "notContains", "value": "a"}, ["xyz", 5, None, ...], ["bAr"]),
    ({"operator": "startsWith", "value": "Ab_"}, ["aB_c"], ["abc", "xab_"]),
    ({"operator": "notStartsWith", "value": "ab"}, ["xab", ...], ["ABC"]),
    ({"operator": "endsWith", "value": "%"}, ["50%"], ["50", "%x"]),
    ({"operator": "notEndsWith", "value": "x"}, ["xa", 1, ...], ["aX"]),
    ({"operator": "greaterThan", "value": 10}, [10.5, 11, 1e300], [10, 10.0, "11", True, "2025-06-01", ...]),
    ({"operator": "lessThan", "value": 0.3}, [0.1, -5], [0.3, 0.30000000000000004, "0.1", None, False]),
    ({"operator": "greaterThanOrEqual", "value": 2**53 + 1}, [2**53 + 1, 2**53 + 2], [2**53, float(2**53)]),
    ({"operator": "greaterThanOrEqual", "value": 1e23}, [1e23], [10**23 - 1]),
    ({"operator": "lessThanOrEqual", "value": 10}, [10, 10.0, -1], [10.1, "9"]),
    (
        {"operator": "greaterThan", "value": "2025-06-01"},
        ["2025-06-02", "2025-06-02T00:00Z", "2025-06-01T23:00-02:00"],
        ["2025-06-01", "2025-06-01T23:59:59.999999Z", "2025-06-02T01:00+02:00", "zzz", 20250602, "2025-06-31"],
    ),
    ({"operator": "lessThan", "value": "2025-06-01"}, ["2025-05-31T23:59Z", "0001-01-01"],
     ["2025-06-01", "2025-06-01T00:00Z", "", "0000-12-31", "0001-01-01T00:00+00:01"]),
    ({"operator": "greaterThanOrEqual", "value": "2025-06-01"}, ["2025-06-01", "9999-12-31"],
     ["2025-05-31", "9999-12-31T23:59-00:01"]),
    ({"operator": "lessThanOrEqual", "value": "2025-06-01"}, ["2025-06-01T23:59:59.9999999Z"], ["2025-06-02"]),
    ({"operator": "greaterThan", "value": "2025-06-01T12:00Z"}, ["2025-06-01T12:00:00.000001Z", "2025-06-02"],
     ["2025-06-01T12:00:00.0000009Z", "2025-06-01T14:00+02:00", "2025-06-01"]),
    ({"operator": "greaterThan", "value": "9999-12-31"}, [], ["9999-12-31", "zzz"]),
    ({"operator": "lessThanOrEqual", "value": "9999-12-31"}, ["9999-12-31T23:59:59.999999Z"], ["zzz"]),
    ({"operator": "greaterThan", "value": "B"}, ["Ba", "a", "é", "\U0001f600"], ["A", "B", 5, "", "2025-06-01"]),
    ({"operator": "lessThanOrEqual", "value": "\uffff"}, ["\uffff", "a"], ["\U0001f600"]),
    ({"operator": "between", "value": [1, 10.5]}, [1, 10.5, 5], [0.99, 11, "5"]),
    ({"operator": "between", "value": ["2025-06-01", "2025-06-03"]},
     ["2025-06-01", "2025-06-03T23:59:59Z"], ["2025-05-31", "2025-06-04"]),
    ({"operator": "between", "value": ["2025-06-01T12:00Z", "2025-06-02"]},
     ["2025-06-01T12:00Z", "2025-06-02T20:00Z"], ["2025-06-01", "2025-06-03"]),
    ({"operator": "between", "value": ["2025-06-03", "2025-06-01"]}, [], ["2025-06-02"]),
    ({"operator": "between", "value": ["b", "d"]}, ["b", "c", "d"], ["da", "a", "C", 5]),
    ({"operator": "between", "value": [5, 1]}, [], [3]),
    ({"operator": "exists"}, ["", 0, False, [], {}], [None, ...]),
    ({"operator": "notExists", "value": None}, [None, ...], ["", 0, False, []]),
    ({"operator": "isEmpty"}, [None, ..., "", [], {}], [0, False, " ", [None], "[]", "{}", "null"]),
    ({"operator": "isNotEmpty"}, [0, False, "x"], [None, ..., ""]),
    ({"operator": "includes", "value": "10"}, [["10"], [5, 10.0]], ["10", 10, [["10"]], {"10": 1}, [], ...]),
    ({"operator": "includes", "value": "2025-06-01"}, [["2025-06-01"]], [["2025-06-01T00:00Z"]]),
    ({"operator": "notIncludes", "value": "a"}, ["a", [], ..., ["A"]], [["a"]]),
    ({"operator": "includesAny", "value": ["a", True]}, [["a"], ["true"], [True]], [["b"], "a", []]),
    ({"operator": "includesAny", "value": list(range(30))}, [["7"], [29.0]], [[30], 7, {"7": 7}, ...]),
    ({"operator": "notIncludesAny", "value": ["a", "b"]}, [["c"], "a", ...], [["a"], ["b", "c"]]),
    ({"operator": "includesAll", "value": ["a", 1]}, [["a", "1"], [1.0, "x", "a"]], [["a"], ["a", "x"], "a"]),
    ({"operator": "includesAll", "value": list(range(12))},
     [[*range(12), 0, 0], [str(i) for i in range(20)]], [list(range(11)), [0] * 12, 5, ...]),
    ({"operator": "notIncludesAll", "value": ["a", "b"]}, [["a"], ..., "ab"], [["b", "a"]]),
    ({"operator": "within", "value": 1, "unit": "days"},
     [(NOW - DAY + TICK).isoformat(), NOW.isoformat(), "2025-06-15"],
     [(NOW - DAY).isoformat(), (NOW + TICK).isoformat(), "2025-06-16", 20250615, "now", ...]),
    ({"operator": "olderThan", "value": 2, "unit": "weeks"},
     [(NOW - 14 * DAY).isoformat(), "0001-01-01"], [(NOW - 14 * DAY + TICK).isoformat(), "2025-06-02", ...]),
    ({"operator": "olderThan", "value": 1, "unit": "months"}, [(NOW - 30 * DAY).isoformat()], ["2025-06-01"]),
    ({"operator": "withinNext", "value": 90, "unit": "minutes"},
     [(NOW + TICK).isoformat(), (NOW + timedelta(minutes=90)).isoformat()],
     [NOW.isoformat(), (NOW + timedelta(minutes=90) + TICK).isoformat(), ...]),
]  # fmt: skip


@pytest.mark.parametrize(("members", "matching", "others"), CASES, ids=lambda case: str(case)[:60])
def test_an_operator_on_data(
    bench: Bench, members: dict[str, Any], matching: list[Any], others: list[Any]
) -> None:
    assert on_data(bench, [*matching, *others], **members) == matching


def test_every_operator_on_data_is_covered(vocabulary: Vocabulary) -> None:
    assert {each.key for each in vocabulary.suiting("data")} == {case[0]["operator"] for case in CASES}


def test_a_path_names_keys_and_never_positions(bench: Bench) -> None:
    bench.add("nested", data={"a": {"b": "x"}})
    bench.add("whole", data={"a.b": "x", "a": {"b": "other"}})
    bench.add("shadowed", data={"a.b": None, "a": {"b": "x"}})
    bench.add("listed", data={"a": [{"b": "x"}]})
    bench.add("elsewhere", data={"a": "x", "b": "x"})
    assert bench.matching(field="data.a.b", operator="equals", value="x") == {"nested", "whole"}
    assert bench.matching(field="data.a.b", operator="startsWith", value="x") == {"nested", "whole"}
    assert bench.matching(field="data.a.b", operator="exists") == {"nested", "whole"}
    assert bench.matching(field="data.a.0.b", operator="exists") == set()
    assert bench.matching(field="data.a.0", operator="exists") == set()


def test_the_email_is_compared_in_any_case(bench: Bench) -> None:
    bench.add("ann", email="ann_1@example.com")
    bench.add("bob", email="bob@example.org")
    assert bench.matching(field="email", operator="equals", value="Ann_1@Example.com") == {"ann"}
    assert bench.matching(field="email", operator="notEquals", value="ann_1@example.com") == {"bob"}
    assert bench.matching(field="email", operator="in", value=["ANN_1@example.com", "x"]) == {"ann"}
    assert bench.matching(field="email", operator="contains", value="N_1@") == {"ann"}
    assert bench.matching(field="email", operator="contains", value="%") == set()
    assert bench.matching(field="email", operator="endsWith", value=".ORG") == {"bob"}
    assert bench.matching(field="email", operator="notStartsWith", value="ann") == {"bob"}


def test_the_subscription_is_true_or_false(bench: Bench) -> None:
    bench.add("in", subscribed=True)
    bench.add("out", subscribed=False)
    assert bench.matching(field="subscribed", operator="equals", value=True) == {"in"}
    assert bench.matching(field="subscribed", operator="notEquals", value=True) == {"out"}
    assert bench.matching(field="subscribed", operator="in", value=[False]) == {"out"}
    assert bench.matching(field="subscribed", operator="notIn", value=[True, False]) == set()


def test_times_of_the_contact(bench: Bench) -> None:
    midnight = datetime(2025, 6, 1, tzinfo=UTC)
    bench.add("before", created_at=midnight - TICK, updated_at=NOW - 30 * DAY)
    bench.add("first", created_at=midnight, updated_at=NOW - 30 * DAY + TICK)
    bench.add("last", created_at=midnight + DAY - TICK)
    bench.add("after", created_at=midnight + DAY)
    june = "2025-06-01"
    assert bench.matching(field="createdAt", operator="equals", value=june) == {"first", "last"}
    assert bench.matching(field="createdAt", operator="equals", value="2025-06-01T09:00Z") == {
        "first",
        "last",
    }
    assert bench.matching(field="createdAt", operator="notEquals", value=june) == {"before", "after"}
    assert bench.matching(field="createdAt", operator="in", value=["2025-05-31", "2025-06-02"]) == {
        "before",
        "after",
    }
    assert bench.matching(field="createdAt", operator="greaterThan", value=june) == {"after"}
    assert bench.matching(field="createdAt", operator="lessThan", value=june) == {"before"}
    assert bench.matching(field="createdAt", operator="greaterThanOrEqual", value=june) == {
        "first",
        "last",
        "after",
    }
    assert bench.matching(field="createdAt", operator="between", value=["2025-05-31", june]) == {
        "before",
        "first",
        "last",
    }
    assert bench.matching(field="updatedAt", operator="within", value=30, unit="days") == {
        "first",
        "last",
        "after",
    }
    assert bench.matching(field="updatedAt", operator="olderThan", value=30, unit="days") == {"before"}
    assert bench.matching(field="updatedAt", operator="withinNext", value=30, unit="days") == set()


def test_membership_of_a_segment(bench: Bench) -> None:
    bench.add("member", segments=SEGMENTS[:1])
    bench.add("other", segments=SEGMENTS[1:])
    field = f"segment.{SEGMENTS[0]}"
    assert bench.matching(field=field, operator="memberOfSegment") == {"member"}
    assert bench.matching(field=field, operator="notMemberOfSegment") == {"other"}


def test_groups_nest_and_negate(bench: Bench) -> None:
    bench.add("pro", data={"plan": "pro", "seats": 3})
    bench.add("team", data={"plan": "team"})
    bench.add("none")
    pro = {"field": "data.plan", "operator": "equals", "value": "pro"}
    team = {**pro, "value": "team"}
    seats = {"field": "data.seats", "operator": "greaterThan", "value": 2}
    either = {"logic": "OR", "groups": [{"filters": [pro]}, {"filters": [team]}]}
    assert bench.members(either) == {"pro", "team"}
    assert bench.members({"logic": "AND", "groups": [{"filters": [seats], "conditions": either}]}) == {"pro"}
    assert bench.members({"logic": "AND", "groups": [{"conditions": either, "not": True}]}) == {"none"}
    assert bench.members({"logic": "AND", "groups": [{"filters": [pro, seats], "not": True}]}) == {
        "team",
        "none",
    }
    assert bench.members({"logic": "OR", "groups": [{"filters": [pro, team]}, {"filters": [seats]}]}) == {
        "pro"
    }


def test_a_moved_clock_moves_the_answer(bench: Bench) -> None:
    bench.add("new", created_at=NOW)
    rule = one_filter(field="createdAt", operator="within", value=30, unit="days")
    assert bench.members(rule, now=NOW + 30 * DAY - TICK) == {"new"}
    assert bench.members(rule, now=NOW + 30 * DAY) == set()
