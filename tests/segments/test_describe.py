"""A rule in words, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api, problems
from tests.segments.rules import UNKNOWN_ID, field, member_of, plan_is, rule, static


def test_a_rule_is_told_with_the_names_of_segments(api: Api) -> None:
    friends = static(api, "Best friends")
    filters = [plan_is("pro"), field("createdAt", "within", value=1, unit="months"), member_of(friends)]
    response = api.post("/segments/describe", {"condition": rule(*filters)})
    assert response.status_code == 200
    assert response.json == {
        "sentence": "Contacts whose plan is “pro” and whose creation date is in the last 1 month "
        "and who are in the segment “Best friends”."
    }


def test_every_example_of_the_vocabulary_is_told(api: Api) -> None:
    friends = static(api, "Friends")
    sentences = set()
    operators = api.get("/segments/vocabulary").json["operators"]
    for operator in operators:
        example = operator["example"]
        if example["field"].startswith("segment."):
            example = {**example, "field": f"segment.{friends['id']}"}
        response = api.post("/segments/describe", {"condition": rule(example)})
        assert response.status_code == 200, response.json
        sentences.add(response.json["sentence"])
    assert len(sentences) == len(operators)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "condition"),
        ({"condition": None}, "condition"),
        ({"condition": rule(field("data.plan", "equalz"))}, "condition.groups[0].filters[0].operator"),
        (
            {"condition": rule(field(f"segment.{UNKNOWN_ID}", "memberOfSegment"))},
            "condition.groups[0].filters[0].field",
        ),
    ],
)
def test_a_faulty_rule_is_refused_as_by_the_preview(api: Api, body: dict[str, Any], path: str) -> None:
    response = api.post("/segments/describe", body)
    assert (response.status_code, list(problems(response))) == (400, [path])
    assert problems(api.post("/segments/preview", body)) == problems(response)


def test_another_projects_segment_is_unknown(api: Api, other_api: Api) -> None:
    theirs = static(other_api, "Theirs")
    response = api.post("/segments/describe", {"condition": rule(member_of(theirs))})
    assert response.status_code == 400
    assert "Theirs" not in response.text
