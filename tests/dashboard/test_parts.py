"""The macros: what they make of odd values."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from plunk import clock, dashboard
from plunk.dashboard.ground import formats
from plunk.dashboard.ground.forms import Form

Render = Callable[..., str]
TEMPLATES = Path(dashboard.__file__).parent / "templates"


@pytest.fixture
def render(app: Flask):
    """Renders a call of a macro: `render("feedback", "progress", "progress(1, 2, 'Rows')")`."""

    def run(file: str, macro: str, call: str, **values: object) -> str:
        source = f"{{% from 'dashboard/_parts/{file}.html' import {macro} with context %}}{call}"
        with app.test_request_context("/dashboard/"):
            return render_template_string(source, **values)

    return run


@pytest.mark.parametrize("numbers", [[], [5]])
def test_a_line_needs_two_numbers(render: Render, numbers: list[int]) -> None:
    assert "<svg" not in render("feedback", "sparkline", "{{ sparkline(numbers, 'x') }}", numbers=numbers)


@pytest.mark.parametrize("numbers", [[3, 3, 3], [0, 0], [-5, 5], [1, 10**9], [0.25, 0.5]])
def test_a_line_stays_within_its_picture(render: Render, numbers: list[float]) -> None:
    drawn = render("feedback", "sparkline", "{{ sparkline(numbers, 'Members') }}", numbers=numbers)
    points = [tuple(map(float, each.split(","))) for each in drawn.split('points="')[1].split('"')[0].split()]
    assert len(points) == len(numbers) and points[0][0] == 0 and points[-1][0] == 120
    assert all(0 <= x <= 120 and 0 <= y <= 28 for x, y in points)
    assert 'aria-label="Members"' in drawn and "style" not in drawn


def test_a_bar_whose_end_is_not_known_has_no_value(render: Render) -> None:
    assert " value=" not in render("feedback", "progress", "{{ progress(0, 0, 'Rows') }}")
    known = render("feedback", "progress", "{{ progress(1200, 5000, 'Rows') }}")
    assert 'value="1200"' in known and "1,200 / 5,000" in known


def test_what_is_wrong_stands_at_its_field_and_is_found_by_screen_readers(render: Render) -> None:
    form = Form(name='"><b>')
    form.refuse("name", "Too <long>")
    drawn = render("forms", "field", "{{ field(form, 'name', 'Name', hint='Short') }}", form=form)
    assert 'aria-invalid="true"' in drawn and 'aria-describedby="f-name-error f-name-hint"' in drawn
    assert "Too &lt;long&gt;" in drawn and 'value="&#34;&gt;&lt;b&gt;"' in drawn


def test_a_password_is_never_sent_back(render: Render) -> None:
    drawn = render("forms", "field", "{{ field(form, 'p', 'P', type='password') }}", form=Form(p="secret"))
    assert "secret" not in drawn


def test_attributes_are_escaped_and_left_out_when_false(render: Render) -> None:
    drawn = render(
        "forms", "button", "{{ button('Go', attrs=a) }}", a={"data-x": '"><b>', "disabled": True, "no": False}
    )
    assert 'data-x="&#34;&gt;&lt;b&gt;"' in drawn and " disabled" in drawn and " no" not in drawn


def test_the_first_line_of_a_text_stays_the_first(render: Render) -> None:
    drawn = render("forms", "area", "{{ area(form, 't', 'T') }}", form=Form(t="\nsecond"))
    assert ">\n\nsecond</textarea>" in drawn, "browsers drop one line break at the beginning"


@pytest.mark.parametrize(
    ("value", "written"), [(None, "–"), (0, "0"), (1234567, "1,234,567"), (0.5, "0.5"), (-3, "-3")]
)
def test_numbers_are_grouped(app: Flask, value: float | None, written: str) -> None:
    with app.test_request_context("/dashboard/"):
        assert formats.number(value) == written


def test_shares_and_short_numbers(app: Flask) -> None:
    with app.test_request_context("/dashboard/"):
        assert formats.share(1, 8) == "12.5%" and formats.share(0, 0) == "–" and formats.share(3, 3) == "100%"
        assert formats.share(1, 90_000) == "< 0.1%" and formats.share(0, 3) == "0%", "one is not nobody"
        assert formats.share(89_999, 90_000) == "> 99.9%" and formats.share(995, 1000) == "99.5%"
        assert formats.compact(1_234_567) == "1.2M" and formats.compact(950) == "950"


def test_times_are_told_from_now(app: Flask) -> None:
    with app.test_request_context("/dashboard/"):
        assert formats.ago(clock.now() - timedelta(hours=3)) == "3 hours ago"
        assert formats.ago(clock.now() + timedelta(days=2, minutes=5)) == "in 2 days"
        assert formats.moment(None) == formats.day(None) == formats.ago(None) == "–"
        assert formats.moment(clock.now()).endswith(" UTC")


def test_a_small_curve_begins_on_its_true_day_and_at_nought(render: Render) -> None:
    drawn = render("feedback", "sparkline", "{{ sparkline([34, 33], '34, then 33', days=30) }}")
    points = drawn.partition(' points="')[2].partition('"')[0].split()
    (first_x, first_y), (last_x, last_y) = (map(float, each.split(",")) for each in points)
    assert (first_x, last_x) == (115.9, 120.0) and abs(first_y - last_y) < 1


def test_cards_name_their_values_as_the_columns_are_named() -> None:
    """On narrow screens a table's rows are cards, whose labels stand in the cells."""
    tables = 0
    for template in TEMPLATES.rglob("*.html"):
        for heads, rows in re.findall(
            r"call table\((.*?)\) %\}(.*?)\{% endcall %\}", template.read_text("utf-8"), re.S
        ):
            tables += 1
            named = set(re.findall(r'_\("([^"]+)"\)', heads))
            assert set(re.findall(r"data-label=\"\{\{ _\('([^']+)'\) \}\}\"", rows)) <= named, template
    assert tables > 10
