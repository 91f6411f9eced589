"""Secrets at rest: sealed with the first key, opened with all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from plunk.config import Settings
from plunk.signing.errors import CannotUnseal, SecretKeyMissing
from plunk.signing.seals import seal, unseal

OLD, NEW, OTHER = "o" * 32, "n" * 32, "x" * 43
SECRET = "whsec_Zoë"


@pytest.fixture
def using() -> Callable[[str], Flask]:
    """The context of an app with this value of PLUNK_SECRET_KEY."""

    def context(secret_key: str):
        app = Flask("sealing")
        app.config["PLUNK"] = Settings(secret_key=secret_key)
        return app.app_context()

    return context


def test_what_is_sealed_can_be_read_again_and_not_seen(using) -> None:
    with using(NEW):
        sealed = seal(SECRET)
        assert unseal(sealed) == SECRET
        assert sealed.isascii() and "whsec" not in sealed
        assert seal(SECRET) != sealed


@pytest.mark.parametrize("separator", [",", " ", ", ", "\n"])
def test_a_new_key_in_front_seals_and_the_old_one_still_opens(using, separator: str) -> None:
    with using(OLD):
        sealed = seal(SECRET)
    with using(f"{NEW}{separator}{OLD}"):
        assert unseal(sealed) == SECRET
        renewed = seal(SECRET)
    with using(NEW):
        assert unseal(renewed) == SECRET


def test_what_no_key_opens_is_said_with_the_remedy(using) -> None:
    with using(OLD):
        sealed = seal(SECRET)
    with using(f"{NEW},{OTHER}"), pytest.raises(CannotUnseal) as failed:
        unseal(sealed)
    assert "PLUNK_SECRET_KEY" in failed.value.message and "former key" in str(failed.value.suggestion)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-4], lambda text: "", lambda text: "whsec_plain", lambda text: "ä"]
)
def test_what_was_tampered_with_is_not_opened(using, change: Callable[[str], str]) -> None:
    with using(NEW):
        sealed = seal(SECRET)
        with pytest.raises(CannotUnseal):
            unseal(change(sealed))


def test_without_a_key_nothing_is_sealed_or_opened(using) -> None:
    with using(""):
        with pytest.raises(SecretKeyMissing, match="PLUNK_SECRET_KEY is not set"):
            seal(SECRET)
        with pytest.raises(SecretKeyMissing):
            unseal("anything")
