"""Many writers of the same contacts at the same moment: nothing is lost, nothing doubled, nobody fails."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask

from plunk.config import Settings
from tests.api import Api
from tests.conftest import TestProject
from tests.live import at_once, own_app

EMAIL = "ada@example.com"


def test_16_writers_of_different_keys_of_one_contact_keep_all_1600(
    settings: Settings, project: TestProject
) -> None:
    with own_app(settings, max_data_keys=2000) as app:

        def write(writer: int) -> Counter[int]:
            api = Api(app.test_client(), project.secret_key)
            calls = (
                api.post("/contacts", {"email": EMAIL, "data": {f"{writer} {n}": n}}) for n in range(100)
            )
            return Counter(call.status_code for call in calls)

        statuses = sum(at_once([lambda w=w: write(w) for w in range(16)]), Counter())
        assert statuses == {201: 1, 200: 1599}
        api = Api(app.test_client(), project.secret_key)
        data = api.get(f"/contacts/by-email/{EMAIL}").json["data"]
        assert data == {f"{writer} {n}": n for writer in range(16) for n in range(100)}


def test_50_first_posts_of_one_address_in_odd_spellings_make_one_contact(
    app: Flask, project: TestProject
) -> None:
    spellings = [
        "José@MÜNCHEN.de",
        " jose\u0301@xn--mnchen-3ya.de",
        "JOSÉ@münchen.DE\n",
        "josé@mu\u0308nchen.de",
    ]

    def write(n: int) -> tuple[int, str]:
        api = Api(app.test_client(), project.secret_key)
        answer = api.post("/contacts", {"email": spellings[n % 4], "data": {f"k{n}": n}})
        assert answer.json["_meta"]["isNew"] == (answer.status_code == 201)
        return answer.status_code, answer.json["id"]

    answers = at_once([lambda n=n: write(n) for n in range(50)])
    assert Counter(status for status, _ in answers) == {201: 1, 200: 49}
    assert len({contact_id for _, contact_id in answers}) == 1
    api = Api(app.test_client(), project.secret_key)
    listing = api.get("/contacts").json
    assert listing["total"] == 1
    assert len(listing["data"][0]["data"]) == 50


def test_two_batches_of_the_same_contacts_in_opposite_order_both_go_through(
    app: Flask, project: TestProject
) -> None:
    emails = [f"n{n:03}@example.com" for n in range(100)]

    def send(order: list[str], times: int = 3) -> list[int]:
        api = Api(app.test_client(), project.secret_key)
        items = [
            {"email": email, "event": f"e{n % 7}", "data": {f"k{n % 11}": n}, "subscribed": n % 2 == 0}
            for n, email in enumerate(order)
        ]
        return [api.post("/v1/track/batch", {"events": items}).status_code for _ in range(times)]

    orders = [emails, emails[::-1], emails[50:] + emails[:50], emails[::-1][30:] + emails[::-1][:30]]
    assert at_once([lambda o=o: send(o) for o in orders]) == [[200] * 3] * 4
    api = Api(app.test_client(), project.secret_key)
    assert api.get("/contacts").json["total"] == 100
    counts = {each["name"]: each["count"] for each in api.get("/events/stats").json if each["name"][0] == "e"}
    assert sum(counts.values()) == 100 * 12


def test_flips_at_once_are_counted_as_often_as_they_happened(app: Flask, project: TestProject) -> None:
    api = Api(app.test_client(), project.secret_key)
    api.contact(EMAIL)

    def flip(n: int) -> None:
        own = Api(app.test_client(), project.secret_key)
        for turn in range(10):
            own.contact(EMAIL, subscribed=(n + turn) % 2 == 0)

    at_once([lambda n=n: flip(n) for n in range(6)])
    counts = {each["name"]: each["count"] for each in api.get("/events/stats").json}
    is_subscribed = api.get(f"/contacts/by-email/{EMAIL}").json["subscribed"]
    lead = counts["contact.unsubscribed"] - counts.get("contact.subscribed", 0)
    assert lead == (0 if is_subscribed else 1)


@pytest.mark.parametrize("other", ["delete", "track", "patch"])
def test_a_contact_that_comes_and_goes_never_fails_a_writer(
    app: Flask, project: TestProject, other: str
) -> None:
    def write() -> set[int]:
        api = Api(app.test_client(), project.secret_key)
        calls = (api.post("/v1/track", {"email": EMAIL, "event": "e", "data": {"n": n}}) for n in range(25))
        return {call.status_code for call in calls}

    def disturb() -> set[int]:
        api = Api(app.test_client(), project.secret_key)
        statuses = set()
        for n in range(25):
            contact = api.post("/contacts", {"email": EMAIL}).json
            path = f"/contacts/{contact['id']}"
            if other == "delete":
                statuses.add(api.delete(path).status_code)
            elif other == "patch":
                statuses.add(
                    api.patch(path, {"email": f"moved{n}@example.com", "data": {"n": -n}}).status_code
                )
            else:
                statuses.add(api.post("/v1/track", {"email": EMAIL, "event": "f"}).status_code)
        return statuses

    writers = at_once([write, write, disturb, disturb])
    assert writers[0] | writers[1] == {200}
    assert writers[2] | writers[3] <= {200, 204, 404, 409}


def test_two_contacts_that_swap_addresses_never_fail_on_our_side(app: Flask, project: TestProject) -> None:
    api = Api(app.test_client(), project.secret_key)
    ids = [api.contact(f"{name}@example.com")["id"] for name in ("a", "b")]

    def swap(index: int) -> set[int]:
        own = Api(app.test_client(), project.secret_key)
        return {
            own.patch(
                f"/contacts/{ids[index]}", {"email": f"{'ab'[(index + turn) % 2]}@example.com"}
            ).status_code
            for turn in range(20)
        }

    statuses = set().union(*at_once([lambda: swap(0), lambda: swap(1)]))
    assert statuses <= {200, 409}
