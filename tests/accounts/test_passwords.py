"""Passwords."""

from __future__ import annotations

from plunk.accounts import passwords


def test_nobodys_password_costs_what_a_real_one_costs() -> None:
    assert not passwords.is_outdated(passwords._NOBODY)
    assert not passwords.matches("the password of nobody", None)
    assert passwords.matches("correct horse", passwords.hashed("correct horse"))
