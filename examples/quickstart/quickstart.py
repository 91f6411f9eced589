#!/usr/bin/env python3
"""Puts the contacts of a CSV file and some events into plunk, asks six segments who is in them, checks the answers.

Needs nothing but Python 3.11 or later. Run it as often as you like: what is there already is found again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from people import BOUGHT, VISITED, Person, history, read_people
from plunk_api import Api, Refused, Trouble
from segments import Example, examples

THREADS = 4
BATCH = 1_000
VISITS = 3_000


def main() -> int:
    wanted = options()
    try:
        api = Api(wanted.url, wanted.key)
        api.check()
        people = read_people(wanted.csv)
        people = post_contacts(api, people)
        post_events(api, people)
        return compare(api, people, examples(people, wanted.csv.name, wanted.before))
    except Trouble as problem:
        print(f"\nquickstart: {problem}", file=sys.stderr)
        return 2


def options() -> argparse.Namespace:
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where plunk answers (%(default)s)")
    parser.add_argument("--key", required=True, help="a secret key, sk_…")
    parser.add_argument("--csv", type=Path, default=here / "contacts.csv", help="the contacts (%(default)s)")
    parser.add_argument(
        "--before", default="2026-04-01", help="trials that end before this day, UTC (%(default)s)"
    )
    found = parser.parse_args()
    try:
        is_day = datetime.fromisoformat(found.before).strftime("%Y-%m-%d") == found.before
    except ValueError:
        is_day = False
    if not is_day:
        parser.error(f"--before wants a day such as 2026-04-01, not {found.before!r}")
    return found


def post_contacts(api: Api, people: list[Person]) -> list[Person]:
    """Creates or updates them, a few at a time; answers those whose address plunk took."""

    def post(person: Person) -> Person | Refused:
        try:
            answer = api.call("POST", "/contacts", {"email": person.email, "data": person.data})
        except Refused as problem:
            return Refused(f"{person.email!r}: {problem}")
        person.id, person.is_new = answer["id"], answer["_meta"]["isNew"]
        person.created_at = datetime.fromisoformat(answer["createdAt"])
        return person

    outcomes = each(post, people, "contacts posted")
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    for problem in refused[:5]:
        print(f"left out {problem}", file=sys.stderr)
    kept = [outcome for outcome in outcomes if isinstance(outcome, Person)]
    new = sum(person.is_new for person in kept)
    print(f"{len(kept):,} contacts ({new:,} new), {len(refused):,} rows refused")
    if not kept:
        raise Trouble("plunk took none of the contacts; the reasons stand above.")
    return kept


def post_events(api: Api, people: list[Person]) -> None:
    """Gives a history to those who have none yet; reads the purchases of the others."""

    def read(person: Person) -> bool:
        events = api.call("GET", f"/events/contact/{person.id}?limit=100")["events"]
        person.bought_at = [
            datetime.fromisoformat(event["createdAt"]) for event in events if event["name"] == BOUGHT
        ]
        return any(event["name"] == VISITED for event in events)

    known = [person for person in people if not person.is_new]
    has_history = dict(
        zip([id(person) for person in known], each(read, known, "histories read"), strict=True)
    )
    visits = max(1, VISITS // len(people))
    events = [
        event for person in people if not has_history.get(id(person)) for event in history(person, visits)
    ]

    def post(batch: list[dict[str, Any]]) -> None:
        results = api.call("POST", "/v1/track/batch", {"events": batch})["data"]["results"]
        if wrong := [result["error"] for result in results if "error" in result]:
            raise Trouble(f"plunk refused {len(wrong)} events, the first with: {wrong[0]['message']}")

    each(post, [events[start : start + BATCH] for start in range(0, len(events), BATCH)], "batches tracked")
    print(f"{len(events):,} events tracked, {sum(has_history.values()):,} contacts had theirs already")


def compare(api: Api, people: list[Person], wanted: list[Example]) -> int:
    """Prints both counts of each segment; 1 if any differ."""
    known = {segment["name"]: segment for segment in api.call("GET", "/segments")}
    differing = 0
    print(f"\n{'segment':<48}{'plunk':>8}{'Python':>8}")
    for example in wanted:
        found = member_count(api, example, known.get(example.name))
        computed = sum(map(example.holds, people))
        verdict = "" if found == computed else "  differs!"
        differing += found != computed
        print(f"{example.name:<48}{found:>8,}{computed:>8,}{verdict}{'' if found else '  (empty)'}")
    print("\nAll counts are equal." if not differing else f"\n{differing} counts differ.")
    return 1 if differing else 0


def member_count(api: Api, example: Example, known: dict[str, Any] | None) -> int:
    """Creates the segment, or brings the one of that name up to date; how many are in it now."""
    condition = {"logic": "AND", "groups": example.groups}
    if known is None:
        segment = api.call("POST", "/segments", {"name": example.name, "condition": condition})
    elif known["condition"] != condition:
        segment = api.call("PATCH", f"/segments/{known['id']}", {"condition": condition})
    else:
        segment = api.call("GET", f"/segments/{known['id']}")
    return int(segment["memberCount"])


def each(work: Callable[[Any], Any], items: list[Any], what: str) -> list[Any]:
    """Does it to all items, a few at a time, in their order, and shows how far it is."""
    done: list[Any] = []
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for outcome in pool.map(work, items):
                done.append(outcome)
                if sys.stderr.isatty() and (len(done) % 20 == 0 or len(done) == len(items)):
                    end = "\n" if len(done) == len(items) else ""
                    print(f"\r{len(done):,} of {len(items):,} {what}", end=end, file=sys.stderr, flush=True)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return done


if __name__ == "__main__":
    sys.exit(main())
