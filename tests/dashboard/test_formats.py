"""Values of custom data as people write them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from plunk.dashboard.ground.formats import is_date, shown


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2026-02-19", "19 Feb 2026"),
        ("2025-09-22T10:03:00Z", "22 Sept 2025, 10:03"),
        ("2025-09-22T00:30:00+02:00", "21 Sept 2025, 22:30"),
        ("2026-02-30", "2026-02-30"),
        ("20260219", "20260219"),
        (2026, "2026"),
        (1234567.5, "1234567.5"),
        (True, "yes"),
        ([False, "2026-02-19", "x"], "no, 19 Feb 2026, x"),
        ({"a": True}, '{"a":true}'),
        ("true", "true"),
        (None, "null"),
    ],
)
def test_dates_and_truths_are_written_for_people(app: Flask, value: Any, said: str) -> None:
    with app.test_request_context("/dashboard/", headers={"Accept-Language": "en-GB"}):
        assert shown(value) == said


def test_only_dates_have_another_form_beside_the_one_for_people() -> None:
    assert is_date("2026-02-19") and is_date("2025-09-22T10:03:00Z")
    assert not any(is_date(value) for value in ("x", "2026", 2026, True, None, ["2026-02-19"]))
