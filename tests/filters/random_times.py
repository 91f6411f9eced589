"""Random rules that mention time, and random contacts with moments around theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from plunk.filters.profile import Activity, EventRow, Profile
from tests.filters.bench import NOW
from tests.filters.random_rules import data_comparisons, odd_values, rules_of

TICK = timedelta(microseconds=1)
STEPS = [timedelta(0), *(timedelta(minutes=n) for n in (1, 2, 1440)), *(timedelta(days=n) for n in (2, 30))]
LAST = datetime.max.replace(tzinfo=UTC)

# Moments that lie just where the durations of the rules put their bounds, and just beside.
moments = st.builds(
    lambda step, sign, ticks: NOW + sign * step + ticks * TICK,
    st.sampled_from(STEPS),
    st.sampled_from([-1, 1]),
    st.integers(-1, 1),
) | st.sampled_from([LAST, LAST - timedelta(days=36_500), datetime(1, 1, 1, tzinfo=UTC)])

durations = st.sampled_from(
    [
        {"value": 1, "unit": "minutes"},
        {"value": 2, "unit": "minutes"},
        {"value": 1, "unit": "days"},
        {"value": 48, "unit": "hours"},
        {"value": 1, "unit": "months"},
        {"value": 36_500, "unit": "days"},
    ]
)
windows = durations.map(lambda duration: {"window": duration["value"], "unit": duration["unit"]})
properties = st.sampled_from(["v", "a.b"])

timed_comparisons = st.builds(
    lambda operator, duration: {"operator": operator, **duration},
    st.sampled_from(["within", "olderThan", "withinNext"]),
    durations,
)
date_filters = st.builds(
    lambda field, comparison: {"field": field, **comparison},
    st.sampled_from(["createdAt", "updatedAt", "data.v", "data.a.b", "data.a", "data.v.0"]),
    timed_comparisons,
)
event_fields = st.sampled_from(["event.purchase", "event.signup", "email.opened"])
last_event_filters = st.builds(
    lambda field, operator, duration: {"field": field, "operator": operator, **duration},
    event_fields,
    st.sampled_from(["triggeredWithin", "notTriggeredWithin", "triggeredOlderThan"]),
    durations,
)


@st.composite
def count_filters(draw: st.DrawFn, comparisons: st.SearchStrategy[dict[str, Any]] | None = None) -> Any:
    """Counts in a window, or of events that are judged by what `comparisons` say of their data, or both."""
    members: dict[str, Any] = {
        "field": draw(st.sampled_from(["event.purchase", "event.purchase", "event.signup"])),
        "operator": "triggeredCount",
        "value": draw(st.integers(0, 4)),
        "comparison": draw(st.sampled_from(["atLeast", "atMost", "exactly"])),
    }
    if comparisons is None or draw(st.booleans()):
        members.update(draw(windows))
    if comparisons is not None:
        where = st.builds(lambda name, comparison: {"property": name, **comparison}, properties, comparisons)
        members["where"] = draw(st.lists(where, min_size=1, max_size=2))
    return members


timeless = data_comparisons().filter(lambda comparison: "unit" not in comparison)
steady_counts = count_filters() | count_filters(timeless).filter(lambda members: "window" in members)
passing_counts = count_filters(timed_comparisons | timed_comparisons | timeless)
time_filters = date_filters | last_event_filters | steady_counts | passing_counts
time_rules = rules_of(time_filters)

dates = moments.map(lambda moment: moment.isoformat())
data = st.fixed_dictionaries(
    {},
    optional={"v": dates | odd_values, "a": st.fixed_dictionaries({"b": dates | odd_values}), "a.b": dates},
)
events = st.lists(
    st.tuples(st.sampled_from(["purchase", "purchase", "signup", "email.open"]), moments, data),
    min_size=1,
    max_size=10,
)
people = st.fixed_dictionaries({"created_at": moments, "updated_at": moments, "data": data, "events": events})


def profile(person: dict[str, Any]) -> Profile:
    """What `people` yields, as the Python face gets it."""
    rows: dict[str, list[EventRow]] = {}
    for name, at, found in person["events"]:
        rows.setdefault(name, []).append(EventRow(at, found))
    return Profile(
        email="ann@example.com",
        subscribed=True,
        created_at=person["created_at"],
        updated_at=person["updated_at"],
        data=person["data"],
        activity={
            name: Activity(min(row.at for row in each), max(row.at for row in each), len(each))
            for name, each in rows.items()
        },
        events=rows,
    )


def edges(person: dict[str, Any]) -> list[datetime]:
    """Every moment after NOW at which any of the rules above could flip, found without asking them."""
    found = {person["created_at"], person["updated_at"], *(at for _, at, _ in person["events"])}
    for each in [person["data"], *(found for _, _, found in person["events"])]:
        found |= set(_moments_in(each))
    steps = [timedelta(days=36_500), *STEPS]
    shifted = {_shifted(moment, sign * step) for moment in found for step in steps for sign in (-1, 1)}
    return sorted(moment for moment in shifted if moment is not None and moment > NOW)


def _moments_in(value: Any) -> list[datetime]:
    if isinstance(value, dict):
        return [moment for inner in value.values() for moment in _moments_in(inner)]
    try:
        moment = datetime.fromisoformat(value)
        return [moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)]
    except (TypeError, ValueError, OverflowError):
        return []


def _shifted(moment: datetime, step: timedelta) -> datetime | None:
    try:
        return moment + step
    except OverflowError:
        return None
