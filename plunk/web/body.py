"""The one reader of JSON bodies: whatever it lets through is safe to store."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from flask import Request

from plunk.config import settings
from plunk.errors import BodyTooLarge, InvalidJson, NotJson

_INTEGER_LIMIT = 2**63 - 1


def read_json(request: Request, *, max_bytes: int) -> dict[str, Any]:
    """The body as a JSON object.

    Raises NotJson, BodyTooLarge (before anything is parsed) or InvalidJson: not UTF-8, not JSON, not an object,
    nested too deeply, NaN, infinities or numbers out of range, U+0000 or lone surrogates in any string.
    """
    if not request.is_json:
        raise NotJson
    raw = _bytes(request, max_bytes)
    value = parse(raw, max_depth=settings().max_json_depth)
    if not isinstance(value, dict):
        raise InvalidJson("The body must be a JSON object")
    return value


def parse(raw: bytes, *, max_depth: int, integer: Callable[[str], int | float] | None = None) -> Any:
    """JSON text to values; raises InvalidJson. `integer` reads whole numbers another way."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise InvalidJson("The body is not valid UTF-8") from None
    try:
        value = json.loads(text, parse_int=integer or _integer, parse_float=_float, parse_constant=_constant)
    except RecursionError:
        raise InvalidJson(f"The body is nested more than {max_depth} levels deep") from None
    except json.JSONDecodeError as problem:
        raise InvalidJson(
            f"The body is not valid JSON: {problem.msg} (line {problem.lineno}, column {problem.colno})"
        ) from None
    # Without that many brackets it cannot be deep, without an escape no string can hold what UTF-8 cannot.
    if raw.count(b"{") + raw.count(b"[") > max_depth and _depth_exceeds(value, max_depth):
        raise InvalidJson(f"The body is nested more than {max_depth} levels deep")
    if b"\\u" in raw:
        _refuse_odd_strings(value)
    return value


def _bytes(request: Request, max_bytes: int) -> bytes:
    if (request.content_length or 0) > max_bytes:
        raise BodyTooLarge(max_bytes)
    try:
        raw = request.stream.read(max_bytes + 1)
    except Exception:  # Each web server has its own for a client that breaks off or cannot count its chunks.
        raise InvalidJson("The body breaks off, or its chunks are no chunks") from None
    if len(raw) > max_bytes:
        raise BodyTooLarge(max_bytes)
    return raw


def _integer(text: str) -> int:
    # The length is looked at first: turning thousands of digits into a number takes quadratic time.
    if len(text) > 20 or abs(number := int(text)) > _INTEGER_LIMIT:
        raise InvalidJson("The body holds an integer outside ±(2^63 − 1)")
    return number


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidJson("The body holds a number that is too large")
    return number


def _constant(text: str) -> float:
    raise InvalidJson(f"{text} is not JSON")


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for parent in level for child in _children(parent) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse_odd_strings(value: Any) -> None:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            _refuse_odd_string(item)
        elif isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _refuse_odd_string(text: str) -> None:
    if "\x00" in text:
        raise InvalidJson("The body holds the character U+0000, which cannot be stored")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidJson("The body holds half of a surrogate pair, which is no character") from None
