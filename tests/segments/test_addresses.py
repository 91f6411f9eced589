"""Rules on e-mail addresses compare what is stored, in whatever spelling the rule has."""

from __future__ import annotations

import pytest

from tests.api import Api

SPELLINGS = [
    ("user@münchen.de", "USER@MÜNCHEN.DE"),
    ("user@münchen.de", "user@xn--mnchen-3ya.de"),
    ("İx@example.com", "İx@example.com"),
    ("ΑΣ@example.com", "ΑΣ@example.com"),
    ("ada@example.com", "  Ada@Example.com "),
]


@pytest.mark.parametrize(("written", "asked"), SPELLINGS)
@pytest.mark.parametrize("operator", ["equals", "in"])
def test_an_address_is_found_in_another_spelling(api: Api, written: str, asked: str, operator: str) -> None:
    stored = api.contact(written)["email"]
    api.contact("other@example.com")
    value = [asked, "nobody"] if operator == "in" else asked
    segment = api.segment("Them", {"field": "email", "operator": operator, "value": value})
    assert api.members(segment) == {stored}
    contact = api.get("/contacts", search=stored).json["data"][0]
    assert api.get(f"/segments/{segment['id']}/explain/{contact['id']}").json["matches"] is True
