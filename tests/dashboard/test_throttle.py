"""Who guesses passwords is slowed down, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete

from plunk import clock
from plunk.accounts import throttle, upkeep
from plunk.accounts.errors import TooManyTries
from plunk.accounts.people import LoginTries
from plunk.db.base import db
from plunk.db.session import transaction
from tests.conftest import TestProject
from tests.dashboard.visiting import Visit, person
from tests.live import at_once


def test_tries_are_counted_by_account_and_address_together(app: Flask, project: TestProject) -> None:
    visit, someone = Visit(app), person(app, project.id)
    visit.client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    for _ in range(10):
        assert visit.sign_in(someone.email, "guess").status_code == 422
    refused = visit.sign_in(someone.email)
    assert refused.status_code == 429, "even the right password, or guessing would go on"
    assert 0 < int(refused.headers["Retry-After"]) <= 901 and "Too many tries" in refused.text
    elsewhere = Visit(app)
    elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.2"
    assert elsewhere.sign_in(someone.email).status_code == 303, "a stranger locks nobody out"


def test_one_address_may_not_try_all_accounts_nor_all_addresses_one(app: Flask, context: None) -> None:
    with transaction():
        db.session.execute(delete(LoginTries))

    def tries(email: str, ip: str) -> bool:
        try:
            with transaction():
                throttle.count(email, ip)
        except TooManyTries:
            return False
        return True

    assert all(tries(f"n{n}@example.com", "192.0.2.7") for n in range(100))
    assert not tries("another@example.com", "192.0.2.7")
    assert all(tries("one@example.com", f"2001:db8:{n:x}::1") for n in range(200))
    assert not tries("one@example.com", "2001:db8:ffff::1")
    with transaction():
        db.session.execute(delete(LoginTries))


def test_addresses_of_one_ipv6_network_are_one(app: Flask, context: None) -> None:
    for n in range(10):
        with transaction():
            throttle.count("six@example.com", f"2001:db8::{n:x}")
    with pytest.raises(TooManyTries), transaction():
        throttle.count("six@example.com", "2001:db8::ffff:1")


def test_guesses_at_the_same_moment_are_all_counted(app: Flask, context: None) -> None:
    def guess() -> bool:
        with app.app_context():
            try:
                with transaction():
                    throttle.count("crowd@example.com", "192.0.2.9")
            except TooManyTries:
                return False
            return True

    assert sum(at_once([guess] * 16)) == 10


def test_a_window_later_one_may_try_again(app: Flask, context: None) -> None:
    for _ in range(11):
        with transaction():
            try:
                throttle.count("later@example.com", "192.0.2.10")
            except TooManyTries:
                pass
    with clock.moved(timedelta(minutes=16)), transaction():
        throttle.count("later@example.com", "192.0.2.10")
        upkeep.forget_old()
