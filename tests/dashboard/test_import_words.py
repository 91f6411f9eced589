"""What is said of files and their rows, for people."""

from __future__ import annotations

import pytest
from flask import Flask

from plunk.dashboard.imports.words import read_as, reason

NO_AT = "An email address must have an @-sign."


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (f"'nobody' is no e-mail address: {NO_AT}", "Not an e-mail address: nobody"),
        (f'"it\'s me" is no e-mail address: {NO_AT}', "Not an e-mail address: it's me"),
        (f"'a\\tb' is no e-mail address: {NO_AT}", "Not an e-mail address: a\tb"),
        ("'a@b' is no e-mail address: It has no dot.", "Not an e-mail address: a@b – It has no dot"),
        ("There is no e-mail address", "There is no e-mail address"),
        ("It has 6 cells, but the header has 4", "It has 6 cells, but the header has 4"),
    ],
)
def test_a_reason_says_each_thing_once(app: Flask, told: str, said: str) -> None:
    with app.test_request_context("/dashboard/"):
        assert reason(told) == said


@pytest.mark.parametrize(
    ("encoding", "delimiter", "said"),
    [
        ("utf-8", ",", "UTF-8, separated by commas"),
        ("utf-8-sig", "\t", "UTF-8, separated by tabs"),
        ("cp1252", ";", "Windows-1252, separated by semicolons"),
    ],
)
def test_how_a_file_was_read(app: Flask, encoding: str, delimiter: str, said: str) -> None:
    with app.test_request_context("/dashboard/"):
        assert read_as(encoding, delimiter) == said
