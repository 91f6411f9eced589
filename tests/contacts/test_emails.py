"""One person, however the address is spelt."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plunk.contacts import emails
from plunk.contacts.emails import InvalidEmail, normalise
from tests.api import Api, problems
from tests.web.envelope import error_of

SPELLINGS = [
    ("ada@example.com", "ada@example.com"),
    ("  Ada@Example.COM\n", "ada@example.com"),
    ("\u00a0ada@example.com\u3000", "ada@example.com"),
    ("ADA+News@example.com", "ada+news@example.com"),
    ("jose\u0301@example.com", "jos\u00e9@example.com"),
    ("JOSÉ@example.com", "jos\u00e9@example.com"),
    ("\u00c5sa@example.com", "\u00e5sa@example.com"),
    ("A\u030asa@example.com", "\u00e5sa@example.com"),
    ("a@MÜNCHEN.de", "a@xn--mnchen-3ya.de"),
    ("a@mu\u0308nchen.de", "a@xn--mnchen-3ya.de"),
    ("a@xn--mnchen-3ya.de", "a@xn--mnchen-3ya.de"),
    ("a@XN--MNCHEN-3YA.DE", "a@xn--mnchen-3ya.de"),
    ("a@例え.jp", "a@xn--r8jz45g.jp"),
    ("用户@例え.jp", "用户@xn--r8jz45g.jp"),
    ("o'neil@example.co.uk", "o'neil@example.co.uk"),
    ("a%b_c@example.com", "a%b_c@example.com"),
    ("a@sub.sub.example.com", "a@sub.sub.example.com"),
    ("ΑΣ@example.gr", "ας@example.gr"),
]
NO_ADDRESSES = [
    "",
    " ",
    "ada",
    "@example.com",
    "ada@",
    "ada@localhost",
    "ada@@example.com",
    "a b@example.com",
]
NO_ADDRESSES += ["a@b@example.com", "ada@example", "ada@-x.com", "ada@example..com", ".a@example.com"]
NO_ADDRESSES += ["a.@example.com", "Ada <ada@example.com>", "mailto:ada@example.com", "a@exa mple.com"]
NO_ADDRESSES += [
    "a\n@example.com",
    "a@[127.0.0.1]",
    "a@example.com, b@example.com",
    '"a b"@example.com',
    "a@.com",
]
NO_ADDRESSES += ["a" * 255 + "@example.com", "a@" + "b" * 260 + ".com", "a" * 100_000, "@" * 1000]
NO_ADDRESSES += ["a\u200b@example.com", "a\u202e@example.com", "a@ex\u0000ample.com"]
GROWING = ["İ@example.com", "ǅ@example.com", "ß@ß.de"]


@pytest.mark.parametrize(("written", "known_as"), SPELLINGS)
def test_an_address_is_known_in_one_form(written: str, known_as: str) -> None:
    assert normalise(written) == known_as


@pytest.mark.parametrize("written", [*(written for written, _ in SPELLINGS), *GROWING])
def test_the_known_form_is_its_own_known_form(written: str) -> None:
    once = normalise(written)
    assert normalise(once) == once


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidEmail):
        normalise(text)


@pytest.mark.parametrize("text", [text for text in NO_ADDRESSES if "\x00" not in text])
def test_what_is_no_address_is_422_at_its_field(api: Api, text: str) -> None:
    for path, more in (("/contacts", {}), ("/v1/track", {"event": "e"})):
        response = api.post(path, {"email": text, **more})
        error_of(response, 422, "VALIDATION_ERROR")
        assert problems(response) == {"email": "email"}


def test_every_way_in_knows_the_same_contact(api: Api) -> None:
    contact = api.contact("José@MÜNCHEN.de")
    spellings = [" jose\u0301@xn--mnchen-3ya.DE ", "JOSÉ@münchen.de", contact["email"]]
    for spelling in spellings:
        assert api.contact(spelling)["id"] == contact["id"]
        assert api.track(spelling, "seen")["contact"] == contact["id"]
        assert api.post("/contacts/lookup", {"emails": [spelling]}).json == {
            "found": [spelling],
            "notFound": [],
        }
        assert api.get(f"/contacts/by-email/{spelling}").json["id"] == contact["id"]
        batch = api.post("/v1/track/batch", {"events": [{"email": spelling, "event": "seen"}]}).json
        assert batch["data"]["results"][0]["contact"] == contact["id"]
        other = api.contact("other@example.com")
        error_of(api.patch(f"/contacts/{other['id']}", {"email": spelling}), 409, "EMAIL_TAKEN")
    assert api.get("/contacts").json["total"] == 2


PARTS = st.text(alphabet="abcz019_+-.@", min_size=0, max_size=12)


@settings(max_examples=2000)
@given(
    st.builds(
        "{}@{}.{}".format,
        PARTS,
        PARTS,
        st.sampled_from(["com", "co.uk", "c", "x1", "test", "local", "museum"]),
    )
)
@example("a@xn--a.com")
@example("a@b-.com")
@example("a@a--b.com")
@example("-a@b.com")
@example("a+@b.com")
@example(f"{'a' * 64}@b.com")
@example(f"{'a' * 65}@b.com")
@example(f"a@{'b' * 63}.com")
@example(f"a@{'b' * 64}.com")
@example(f"a@{'.'.join(['b' * 60] * 4)}.com")
@example(f"{'a' * 60}@{'.'.join(['b' * 60] * 3)}.com")
def test_plain_addresses_are_taken_as_the_library_takes_them(text: str) -> None:
    """The short way accepts nothing that the library would refuse or change."""
    if len(text) <= emails._SHORT and emails._PLAIN(text):
        assert emails._by_library(text) == text
