"""An address is at a domain or not, however the rule spells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from plunk_email_domain import plunk_filter_operators

from plunk.testing.api import Api, problems

at, not_at = plunk_filter_operators()


def rule(domain: Any, operator: str = "emailDomainIs") -> dict[str, Any]:
    return {"field": "email", "operator": operator, "value": domain}


def test_it_keeps_what_an_operator_promises(check_operator: Callable[..., None]) -> None:
    elsewhere = [
        "ada@mail.example.com",
        "ada@notexample.com",
        "ada@example.com.au",
        "example.com@example.org",
    ]
    check_operator(at, matching=["ada@example.com", "a.b+c@example.com"], others=elsewhere)
    check_operator(not_at, beside=[at], matching=elsewhere, others=["ada@example.com"])


@pytest.mark.parametrize("domain", ["münchen.example", "MÜNCHEN.example", "xn--mnchen-3ya.example"])
def test_any_spelling_of_a_domain_finds_the_stored_one(api: Api, domain: str) -> None:
    api.contact("ada@München.Example")
    api.contact("bob@munchen.example")
    segment = api.segment("Munich", rule(domain))
    assert api.members(segment) == {"ada@xn--mnchen-3ya.example"}
    elsewhere = api.segment("Not Munich", rule(domain, "emailDomainIsNot"))
    assert api.members(elsewhere) == {"bob@munchen.example"}


@pytest.mark.parametrize(
    "domain",
    ["", " ", "example", "@example.com", "ada@example.com", "exa%ple.com", "a_b.com", "*.com", 5, ["a.b"]],
)
def test_what_is_no_domain_is_refused_with_its_path(api: Api, domain: Any) -> None:
    condition = {"logic": "AND", "groups": [{"filters": [rule(domain)]}]}
    refused = api.post("/segments", {"name": "At", "condition": condition})
    assert refused.status_code == 400
    assert problems(refused) == {"condition.groups[0].filters[0].value": "invalid_value"}


def test_it_is_in_the_vocabulary(api: Api) -> None:
    operators = api.get("/segments/vocabulary").json["operators"]
    described = next(each for each in operators if each["operator"] == "emailDomainIs")
    assert described["kinds"] == ["email"] and described["value"] == {"type": "text"}
