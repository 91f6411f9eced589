"""Rules as people make them, each beside the best SQL that a person would write for these very data.

The floors may know what no general rule can know: that `mrr` holds numbers only, that dates are days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

COUNT = "SELECT count(*), count(*) FILTER (WHERE c.subscribed) FROM contacts AS c"
PAGE = (
    "SELECT c.id, c.project_id, c.email, c.subscribed, c.data, c.created_at, c.updated_at FROM contacts AS c"
)
NEWEST = "ORDER BY c.created_at DESC, c.id DESC LIMIT 20"
MINE = "c.project_id = %(project)s"


@dataclass(frozen=True)
class TypicalRule:
    """`count` and `page` are ways to write the floors: total and reachable in one statement, and the 20 newest.

    Which way is fastest depends on the size of the data: the fastest counts.
    """

    name: str
    condition: dict[str, Any]
    count: Sequence[str]
    page: Sequence[str]


def typical_rules(today: date) -> list[TypicalRule]:
    """Twelve and more; date operands lie around `today`."""
    return [*_about_data(today), *_about_events(), *_mixed()]


def _about_data(today: date) -> list[TypicalRule]:
    low, high = today.isoformat(), (today + timedelta(days=30)).isoformat()
    return [
        _plain("plan is pro", [_PRO], """c.data @> '{"plan": "pro"}'""", "c.data->>'plan' = 'pro'"),
        _plain(
            "zip is 10115 (rare)", [_leaf("data.zip", "equals", "10115")], """c.data @> '{"zip": "10115"}'"""
        ),
        _plain(
            "country in DE, FR, NL",
            [_leaf("data.country", "in", ["DE", "FR", "NL"])],
            "c.data->>'country' IN ('DE', 'FR', 'NL')",
            """(c.data @> '{"country": "DE"}' OR c.data @> '{"country": "FR"}' OR c.data @> '{"country": "NL"}')""",
        ),
        _plain(
            "mrr > 100",
            [_leaf("data.mrr", "greaterThan", 100)],
            "(c.data->>'mrr')::numeric > 100",
            "(c.data->'mrr')::numeric > 100",
            "c.data @@ '$.mrr > 100'",
        ),
        _plain(
            "company contains north",
            [_leaf("data.company", "contains", "north")],
            "c.data->>'company' ILIKE '%%north%%'",
            "lower(c.data->>'company') LIKE '%%north%%'",
        ),
        _plain(
            "created within 30 days",
            [_leaf("createdAt", "within", 30, unit="days")],
            "c.created_at > now() - interval '30 days' AND c.created_at <= now()",
        ),
        _plain(
            "trial ends in the next 30 days (between)",
            [_leaf("data.trialEndsAt", "between", [low, high])],
            f"c.data->>'trialEndsAt' BETWEEN '{low}' AND '{high}'",
            f"""(c.data->>'trialEndsAt') COLLATE "C" BETWEEN '{low}' AND '{high}'""",
        ),
        _plain(
            "tags include vip", [_leaf("data.tags", "includes", "vip")], """c.data @> '{"tags": ["vip"]}'"""
        ),
        _plain("mrr is missing", [{"field": "data.mrr", "operator": "notExists"}], "NOT c.data ? 'mrr'"),
    ]


def _about_events() -> list[TypicalRule]:
    dear = [{"property": "amount", "operator": "greaterThan", "value": 250}]
    did_not = {**_BOUGHT, "field": "event.login", "operator": "notTriggeredWithin"}
    return [
        TypicalRule(
            "bought within 30 days",
            _all([_BOUGHT]),
            _counts_of(_ONCE),
            (f"{PAGE} WHERE {MINE} AND {_did('purchase')} {NEWEST}", *_pages_of(_ONCE)),
        ),
        TypicalRule(
            "bought twice or more in 30 days",
            _all([_leaf("event.purchase", "triggeredCount", 2, window=30, unit="days")]),
            _counts_of(_TWICE),
            _pages_of(_TWICE),
        ),
        TypicalRule(
            "ever bought for more than 250",
            _all([_leaf("event.purchase", "triggeredCount", 1, where=dear)]),
            _counts_of(f"SELECT DISTINCT contact_id FROM events AS e WHERE {_DEAR}"),
            (
                f"{PAGE} WHERE {MINE} AND EXISTS"
                f" (SELECT FROM events AS e WHERE e.contact_id = c.id AND {_DEAR}) {NEWEST}",
            ),
        ),
        TypicalRule(
            "no login within 30 days",
            _all([did_not]),
            (
                f"{COUNT} WHERE {MINE} AND NOT EXISTS (SELECT FROM events AS e WHERE e.project_id = %(project)s"
                f" AND e.name = 'login' AND e.created_at > {_SINCE} AND e.contact_id = c.id)",
                f"{COUNT} WHERE {MINE} AND NOT {_did('login')}",
            ),
            (f"{PAGE} WHERE {MINE} AND NOT {_did('login')} {NEWEST}",),
        ),
    ]


def _mixed() -> list[TypicalRule]:
    either = [
        {"filters": [_leaf("data.plan", "in", ["pro", "enterprise"])]},
        {"filters": [_leaf("data.mrr", "greaterThanOrEqual", 500)]},
    ]
    neither = [_leaf("data.country", "equals", "US"), _leaf("data.active", "equals", False)]
    nested = {
        "logic": "AND",
        "groups": [
            {"filters": [], "conditions": {"logic": "OR", "groups": either}},
            {"not": True, "filters": neither},
        ],
    }
    where = (
        "(c.data->>'plan' IN ('pro', 'enterprise') OR (c.data->>'mrr')::numeric >= 500)"
        """ AND NOT c.data @> '{"country": "US", "active": false}'"""
    )
    pro = "c.data->>'plan' = 'pro'"
    return [
        TypicalRule(
            "(pro or enterprise or mrr ≥ 500) and not (US and inactive)",
            nested,
            (f"{COUNT} WHERE {MINE} AND {where}",),
            (f"{PAGE} WHERE {MINE} AND {where} {NEWEST}",),
        ),
        TypicalRule(
            "plan is pro and bought within 30 days",
            _all([_PRO, _BOUGHT]),
            _counts_of(_ONCE, pro),
            (
                f"{PAGE} WHERE {MINE} AND {pro} AND {_did('purchase')} {NEWEST}",
                f"""{PAGE} WHERE {MINE} AND c.data @> '{{"plan": "pro"}}' AND {_did("purchase")} {NEWEST}""",
                *_pages_of(_ONCE, pro),
            ),
        ),
    ]


_SINCE = "now() - interval '30 days'"
_PURCHASES = f"e.project_id = %(project)s AND e.name = 'purchase' AND e.created_at > {_SINCE}"
_ONCE = f"SELECT DISTINCT contact_id FROM events AS e WHERE {_PURCHASES}"
_TWICE = f"SELECT contact_id FROM events AS e WHERE {_PURCHASES} GROUP BY contact_id HAVING count(*) >= 2"
_DEAR = "e.project_id = %(project)s AND e.name = 'purchase' AND (e.data->>'amount')::numeric > 250"


def _did(name: str) -> str:
    return (
        "EXISTS (SELECT FROM activity AS a WHERE a.project_id = %(project)s AND a.contact_id = c.id"
        f" AND a.name = '{name}' AND a.last_at > {_SINCE})"
    )


def _counts_of(ids: str, where: str = "true") -> tuple[str, ...]:
    """The contacts of a list of ids: by joining, or by looking up each."""
    return (
        f"{COUNT} JOIN ({ids}) AS e ON c.id = e.contact_id WHERE {MINE} AND {where}",
        "SELECT count(*), count(*) FILTER (WHERE c.subscribed)"
        f" FROM ({ids}) AS e CROSS JOIN LATERAL ({_LOOKED_UP} AND {where} OFFSET 0) AS c",
    )


def _pages_of(ids: str, where: str = "true") -> tuple[str, ...]:
    columns, _, _ = PAGE.partition(" FROM")
    return (
        f"{PAGE} JOIN ({ids}) AS e ON c.id = e.contact_id WHERE {MINE} AND {where} {NEWEST}",
        f"{columns} FROM ({ids}) AS e CROSS JOIN LATERAL ({_LOOKED_UP} AND {where} OFFSET 0) AS c {NEWEST}",
    )


_LOOKED_UP = f"SELECT * FROM contacts AS c WHERE {MINE} AND c.id = e.contact_id"


def _leaf(field: str, operator: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value, **more}


def _all(filters: list[dict[str, Any]]) -> dict[str, Any]:
    return {"logic": "AND", "groups": [{"filters": filters}]}


def _plain(name: str, filters: list[dict[str, Any]], *wheres: str) -> TypicalRule:
    counts = [f"{COUNT} WHERE {MINE} AND {where}" for where in wheres]
    pages = [f"{PAGE} WHERE {MINE} AND {where} {NEWEST}" for where in wheres]
    return TypicalRule(name, _all(filters), counts, pages)


_PRO = _leaf("data.plan", "equals", "pro")
_BOUGHT = _leaf("event.purchase", "triggeredWithin", 30, unit="days")
