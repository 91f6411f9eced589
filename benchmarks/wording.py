"""How the figures of a row are written, in the terminal and on the page."""

from __future__ import annotations

from benchmarks.measuring import RATE, Row


def number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def figure(row: Row) -> str:
    """What is held against the aim: a ratio, a difference, or the value itself."""
    if row.figure is None:
        return ""
    if row.judged_by == "ratio":
        return f"{row.figure:.2f}"
    sign = "+" if row.judged_by == "difference" and row.figure >= 0 else ""
    return f"{sign}{number(row.figure)} {row.unit}"


def aim(row: Row) -> str:
    if row.aim is None:
        return ""
    direction = "≥" if row.unit == RATE else "≤"
    sign = "+" if row.judged_by == "difference" else ""
    unit = "" if row.judged_by == "ratio" else f" {row.unit}"
    return f"{direction} {sign}{row.aim:g}{unit}"


def at_a_glance(row: Row) -> str:
    """Ours, with the figure it is judged by."""
    ours = f"{number(row.ours)} {row.unit}"
    if row.judged_by == "ours":
        return ours
    return f"{ours} (× {figure(row)})" if row.judged_by == "ratio" else f"{ours} ({figure(row)})"
