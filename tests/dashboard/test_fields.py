"""Fields: as pages, without a browser."""

from __future__ import annotations

import pytest

from plunk.config import Settings
from tests.api import Api
from tests.dashboard.visiting import Visit, words
from tests.live import work_off

FIELDS = "{project}/contacts/fields"
ODD = ["a/b", "..", "ü & ?#", "<b>x</b>", "data.plan", "x" * 255, "مفتاح"]


def test_without_fields_the_page_says_where_they_come_from(owner: Visit) -> None:
    assert "No fields yet" in words(owner.get(FIELDS))


def test_fields_have_types_coverage_and_uses(owner: Visit, api: Api) -> None:
    for n in range(4):
        api.contact(f"p{n}@example.com", data={"plan": "pro"} | ({"seats": 3} if n == 0 else {}))
    api.segment("Pros", {"field": "data.plan", "operator": "equals", "value": "pro"})
    text = words(owner.get(FIELDS))
    assert "plan text 100% 1" in text and "seats number 25% 0" in text
    assert "plan" not in words(owner.get(FIELDS + "?search=SEA")).partition("Contacts that have it")[2]
    assert "No fields found" in words(owner.get(FIELDS + "?search=nothing"))


def test_a_field_shows_its_values_and_where_it_is_used(owner: Visit, api: Api) -> None:
    for n in range(5):
        api.contact(f"p{n}@example.com", data={"plan": "pro" if n else "free"})
    api.segment("Pros & <b>co</b>", {"field": "data.plan", "operator": "equals", "value": "pro"})
    response = owner.get("{project}/contacts/field?key=plan")
    text = words(response)
    assert "pro 4" in text and "free 1" in text and "Pros & <b>co</b>" in text and "about 5" in text
    assert "Delete field" not in text


def test_values_that_hardly_repeat_are_not_listed_as_common(owner: Visit, api: Api) -> None:
    events = [
        {
            "email": f"p{n}@example.com",
            "event": "x",
            "data": {"seenAt": f"2026-02-{n + 1:02}", "day": f"2026-02-{n % 4 + 1:02}", "vip": n % 2 == 0},
        }
        for n in range(25)
    ]
    assert api.post("/v1/track/batch", {"events": events}).status_code == 200
    owner.get(FIELDS)
    text = words(owner.get("{project}/contacts/field?key=seenAt"))
    assert "Almost every contact has a different value" in text and "Most common" not in text
    assert "Feb 20, 2026" in text and "2026-02-20" not in text
    text = words(owner.get("{project}/contacts/field?key=day"))
    assert "Most common values Feb 1, 2026 7" in text
    assert "yes 13 no 12" in words(owner.get("{project}/contacts/field?key=vip"))


def test_names_of_any_kind_have_a_page(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={key: 1 for key in [*ODD, "plan"]})
    owner.get(FIELDS)
    for key in ODD:
        response = owner.get("{project}/contacts/field", query_string={"key": key})
        assert response.status_code == 200 and key in words(response), key
    assert owner.get("{project}/contacts/field?key=unknown").status_code == 404


def test_a_field_in_use_stays_and_says_by_whom(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro"})
    api.segment("Pros", {"field": "data.plan", "operator": "equals", "value": "pro"})
    owner.get(FIELDS)
    response = owner.post("{project}/contacts/field/delete", {"key": "plan"})
    assert response.status_code == 409 and "in use, so it cannot be deleted" in words(response)
    assert "Pros" in words(response)


@pytest.mark.usefixtures("alone")
def test_a_field_is_deleted_while_the_page_watches(owner: Visit, api: Api, settings: Settings) -> None:
    contact = api.contact("ada@example.com", data={"plan": "pro", "data.plan": "kept"})
    owner.get(FIELDS)
    response = owner.post("{project}/contacts/field/delete", {"key": "plan"})
    assert response.status_code == 303
    waiting = owner.get(response.location)
    assert "Removing the field plan" in words(waiting) and 'hx-trigger="every 2s"' in waiting.text
    work_off(settings)
    done = owner.get(response.location)
    assert "The field plan is removed" in words(done) and "every 2s" not in done.text
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {"data.plan": "kept"}
    assert "deleted a field" in words(owner.get("{project}/settings/audit"))
    for job in ("x", contact["id"]):
        assert owner.get(FIELDS + f"?job={job}").status_code == 200
