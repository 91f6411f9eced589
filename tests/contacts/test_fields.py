"""The catalogue of fields: kept by the writes."""

from __future__ import annotations

from typing import Any

import pytest

from plunk.contacts.jobs import count_coverage
from tests.api import Api
from tests.web.envelope import error_of

BUILTIN = [("email", "string"), ("subscribed", "boolean"), ("createdAt", "date"), ("updatedAt", "date")]


def custom(api: Api) -> dict[str, str]:
    """`{field: type}` of the custom ones."""
    answer = api.get("/contacts/fields").json
    assert answer["count"] == len(answer["fields"])
    return {each["field"]: each["type"] for each in answer["fields"] if each["isCustom"]}


def test_the_builtin_fields_are_always_there(api: Api) -> None:
    answer = api.get("/contacts/fields").json
    assert [(each["field"], each["type"]) for each in answer["fields"]] == BUILTIN
    assert all(not each["isCustom"] and each["coverage"] == 100 for each in answer["fields"])
    assert answer["count"] == 4


TYPES = [
    ("pro", "string"),
    ("12", "string"),
    ("true", "string"),
    (" ", "string"),
    ("2026-13-01", "string"),
    ("2026-02-30", "string"),
    ("26-01-01", "string"),
    ("2026-01-01 10:00", "string"),
    ("2026-01-01", "date"),
    ("2026-01-01T10:00:00Z", "date"),
    ("2026-01-01T10:00:00.123456+02:00", "date"),
    ("2026-01-01T10:00", "date"),
    (1, "number"),
    (-1.5, "number"),
    (0, "number"),
    (True, "boolean"),
    (False, "boolean"),
    ([], "list"),
    (["a", 1], "list"),
    ({}, "object"),
    ({"a": 1}, "object"),
]


@pytest.mark.parametrize(("value", "kind"), TYPES)
def test_the_type_is_inferred_from_the_value(api: Api, value: Any, kind: str) -> None:
    api.contact("a@example.com", data={"x": value})
    assert custom(api) == {"data.x": kind}


@pytest.mark.parametrize(
    ("first", "second"), [(1, "one"), ("one", 1), (True, 1), ("2026-01-01", "pro"), ([], {})]
)
def test_a_key_with_mixed_types_is_a_string_from_then_on(api: Api, first: Any, second: Any) -> None:
    api.contact("a@example.com", data={"x": first})
    api.contact("b@example.com", data={"x": second})
    assert custom(api) == {"data.x": "string"}
    for value in (first, second):
        api.contact("c@example.com", data={"x": value})
    assert custom(api) == {"data.x": "string"}


def test_types_mixed_within_one_batch_are_a_string(api: Api) -> None:
    items = [
        {"email": f"{n}@example.com", "event": "e", "data": {"x": value}}
        for n, value in enumerate([1, "one"])
    ]
    api.post("/v1/track/batch", {"events": items})
    assert custom(api) == {"data.x": "string"}


def test_every_way_of_writing_keeps_the_catalogue(api: Api, public_api: Api) -> None:
    contact = api.contact("a@example.com", data={"by_post": 1})
    api.patch(f"/contacts/{contact['id']}", {"data": {"by_patch": 1}})
    api.track("a@example.com", "e", data={"by_track": 1})
    public_api.track("a@example.com", "e", data={"by_web_page": 1})
    items = [{"email": "b@example.com", "event": "e", "data": {"by_batch": 1}}]
    api.post("/v1/track/batch", {"events": items})
    assert set(custom(api)) == {
        "data.by_post",
        "data.by_patch",
        "data.by_track",
        "data.by_web_page",
        "data.by_batch",
    }


def test_what_is_not_kept_is_not_catalogued(api: Api) -> None:
    data = {"gone": None, "blank": "", "email": "x", "once": {"value": 1, "persistent": False}}
    api.contact("a@example.com", data=data)
    api.track("a@example.com", "e", data=data)
    api.post("/contacts", {"email": "a@example.com", "data": {"refused": 1, "locale": "xx"}})
    assert custom(api) == {}


def test_coverage_is_the_share_of_contacts_that_have_the_key(api: Api) -> None:
    for n in range(4):
        api.contact(f"{n}@example.com", data={"all": n, **({"one": n} if n == 0 else {}), "0": [None]})
    fields = {each["field"]: each["coverage"] for each in api.get("/contacts/fields").json["fields"]}
    assert (fields["data.all"], fields["data.one"], fields["data.0"]) == (100, 25, 100)
    api.contact("0@example.com", data={"one": None})
    fields = {each["field"]: each["coverage"] for each in api.get("/contacts/fields").json["fields"]}
    assert fields["data.one"] == 0


def test_coverage_of_large_projects_comes_from_a_background_count(
    api: Api, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plunk.contacts.fields._COUNTED_LIVE", 0)
    project_id = api.contact("a@example.com", data={"plan": "pro"})["projectId"]
    api.contact("b@example.com")

    def coverage() -> float:
        return api.get("/contacts/fields").json["fields"][4]["coverage"]

    assert coverage() == 0
    count_coverage(project_id)
    assert coverage() == 50
    api.contact("c@example.com")
    assert coverage() == 50


def test_the_most_common_values_come_first(api: Api) -> None:
    plans = ["pro", "free", "pro", None, ["x"], True, 1, "pro", "free", 1.0, {"a": 1}]
    for n, plan in enumerate(plans):
        api.contact(f"{n}@example.com", data={"plan": plan})
    answer = api.get("/contacts/fields/plan/values").json
    values = [each["value"] for each in answer["values"]]
    assert [each["count"] for each in answer["values"]] == [3, 2, 2, 1, 1, 1]
    assert values[0] == "pro"
    assert sorted(map(str, values[1:3])) in (["1", "free"], ["1.0", "free"])
    assert sorted(map(str, values[3:])) == ["True", "['x']", "{'a': 1}"]
    assert len(api.get("/contacts/fields/plan/values", limit=2).json["values"]) == 2


@pytest.mark.parametrize("field", ["plan", "data.plan"])
def test_a_field_has_two_names_in_a_path(api: Api, field: str) -> None:
    api.contact("a@example.com", data={"plan": "pro"})
    assert api.get(f"/contacts/fields/{field}/values").json["values"] == [{"value": "pro", "count": 1}]
    assert api.get(f"/contacts/fields/{field}/usage").json == {"usages": []}


def test_builtin_fields_have_values_too(api: Api) -> None:
    api.contact("a@example.com", subscribed=False)
    api.contact("b@example.com")
    api.contact("c@example.com")
    assert api.get("/contacts/fields/subscribed/values").json["values"] == [
        {"value": True, "count": 2},
        {"value": False, "count": 1},
    ]
    assert len(api.get("/contacts/fields/email/values").json["values"]) == 3
    assert api.get("/contacts/fields/createdAt/values").json["values"][0]["count"] == 3
    assert api.get("/contacts/fields/updatedAt/values").status_code == 200


@pytest.mark.parametrize(
    "key", ["a.b", "data.x", "with blank", "a/b", "ü", "'", "%", "usage", "values", "_", "x" * 255]
)
def test_a_key_of_any_characters_can_be_asked_for(api: Api, key: str) -> None:
    api.contact("a@example.com", data={key: "v"})
    path = key.replace("%", "%25")
    assert f"data.{key}" in custom(api)
    for name in (path, f"data.{path}"):
        assert api.call("GET", f"/contacts/fields/{name}/values").json["values"] == [
            {"value": "v", "count": 1}
        ]
        assert api.call("GET", f"/contacts/fields/{name}/usage").json == {"usages": []}


@pytest.mark.parametrize("path", ["/contacts/fields/none/values", "/contacts/fields/data.none/usage"])
def test_an_unknown_field_is_404(api: Api, path: str) -> None:
    error_of(api.get(path), 404, "FIELD_NOT_FOUND")


def test_usage_names_the_segments_whose_rule_mentions_the_field(api: Api) -> None:
    api.contact("a@example.com", data={"plan": "pro", "planet": "x"})
    rule = {"field": "data.plan", "operator": "equals", "value": "pro"}
    segment = api.segment("Pros", rule)
    nested = {
        "logic": "AND",
        "groups": [{"filters": [], "conditions": {"logic": "OR", "groups": [{"filters": [rule]}]}}],
    }
    deep = api.post("/segments", {"name": "Deep", "condition": nested}).json
    api.segment("Others", {"field": "data.planet", "operator": "exists"})
    usages = api.get("/contacts/fields/plan/usage").json["usages"]
    expected = [{"type": "segment", "id": each["id"], "name": each["name"]} for each in (segment, deep)]
    assert sorted(usages, key=lambda each: each["name"]) == sorted(expected, key=lambda each: each["name"])
    api.segment("By mail", {"field": "email", "operator": "contains", "value": "a"})
    assert [each["name"] for each in api.get("/contacts/fields/email/usage").json["usages"]] == ["By mail"]


def test_a_rule_inside_an_object_uses_the_field(api: Api) -> None:
    api.contact("a@example.com", data={"address": {"city": "Ulm"}, "a.b": 1})
    api.segment("Ulm", {"field": "data.address.city", "operator": "equals", "value": "Ulm"})
    api.segment("Dots", {"field": "data.a.b", "operator": "exists"})
    assert [each["name"] for each in api.get("/contacts/fields/address/usage").json["usages"]] == ["Ulm"]
    assert [each["name"] for each in api.get("/contacts/fields/a.b/usage").json["usages"]] == ["Dots"]
    error_of(api.delete("/contacts/fields/address"), 409, "FIELD_IN_USE")
