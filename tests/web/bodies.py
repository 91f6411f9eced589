"""Every route that takes a body, with a good one, and bodies that no route may take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.api import Api

RULE = {"logic": "AND", "groups": [{"filters": [{"field": "email", "operator": "contains", "value": "a"}]}]}
MIB = 1024 * 1024


@dataclass(frozen=True)
class Route:
    """A call that takes a body. `path` may hold the id of a `{contact}`, a static `{segment}`, one with a
    `{rule}`, or a `{webhook}`."""

    method: str
    path: str
    body: dict[str, Any]
    most: int = MIB

    @property
    def template(self) -> str:
        """The path as the OpenAPI document has it."""
        return re.sub(r"{(\w+)}", r"{\1_id}", self.path.replace("{rule}", "{segment}"))

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


ROUTES = (
    Route("POST", "/contacts", {"email": "a@example.com", "data": {"plan": "pro"}}),
    Route("PATCH", "/contacts/{contact}", {"data": {"plan": "pro"}}),
    Route("POST", "/contacts/lookup", {"emails": ["a@example.com"]}),
    Route("POST", "/contacts/export", {"filter": {"subscribed": True}}),
    Route("POST", "/contacts/bulk-subscribe", {"filter": {"subscribed": False}}),
    Route("POST", "/contacts/bulk-unsubscribe", {"filter": {"search": "a"}}),
    Route("POST", "/contacts/bulk-delete", {"filter": {"search": "nobody"}}),
    Route("POST", "/segments/{segment}/members/bulk", {"filter": {"condition": RULE}}),
    Route("POST", "/v1/track", {"email": "a@example.com", "event": "bought", "data": {"plan": "pro"}}),
    Route("POST", "/v1/track/batch", {"events": [{"email": "a@example.com", "event": "bought"}]}, 15 * MIB),
    Route("POST", "/segments", {"name": "Buyers", "condition": RULE}),
    Route("PATCH", "/segments/{segment}", {"description": "by hand"}),
    Route("POST", "/segments/preview", {"condition": RULE}),
    Route("POST", "/segments/describe", {"condition": RULE}),
    Route("POST", "/segments/{rule}/forecast", {"condition": RULE}),
    Route("POST", "/segments/{segment}/members", {"emails": ["a@example.com"]}),
    Route("DELETE", "/segments/{segment}/members", {"emails": ["a@example.com"]}),
    Route("POST", "/webhooks", {"url": "https://hooks.invalid/hook", "events": ["segment.*"]}),
    Route("PATCH", "/webhooks/{webhook}", {"events": ["segment.*"]}),
    Route("POST", "/webhooks/{webhook}/replay", {"since": "2026-01-01"}),
)

BAD_BODIES = {
    "empty": b"",
    "blank": b"  ",
    "not JSON": b"email=a@example.com",
    "cut off": b'{"email": "a@exa',
    "two values": b"{} {}",
    "an array": b"[]",
    "a string": b'"text"',
    "a number": b"5",
    "null": b"null",
    "true": b"true",
    "NaN": b'{"data": {"x": NaN}}',
    "Infinity": b'{"data": {"x": Infinity}}',
    "-Infinity": b'{"data": {"x": -Infinity}}',
    "1e999": b'{"data": {"x": 1e999}}',
    "-1e999": b'{"data": {"x": [-1e999]}}',
    "an integer of 5,000 digits": b'{"data": {"x": ' + b"9" * 5000 + b"}}",
    "2^63": b'{"data": {"x": 9223372036854775808}}',
    "-2^63": b'{"data": {"x": -9223372036854775808}}',
    "U+0000 in a value": b'{"data": {"x": "a\\u0000b"}}',
    "U+0000 in a key": b'{"data": {"a\\u0000b": 1}}',
    "U+0000 in a top-level key": b'{"a\\u0000b": 1}',
    "U+0000 deep inside": b'{"data": {"x": [[{"y": ["\\u0000"]}]]}}',
    "U+0000 unescaped": b'{"data": {"x": "a\x00b"}}',
    "half a pair": b'{"data": {"x": "\\ud800"}}',
    "the other half": b'{"data": {"x": "\\udc00 "}}',
    "half a pair in a key": b'{"data": {"\\ud83d": 1}}',
    "a pair the wrong way round": b'{"data": {"x": "\\ude00\\ud83d"}}',
    "invalid UTF-8": b'{"data": {"x": "\xff\xfe"}}',
    "a surrogate in UTF-8": b'{"data": {"x": "\xed\xa0\x80"}}',
    "UTF-16": '{"data": {}}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "33 levels": b'{"data":' + b'{"x":' * 31 + b"[]" + b"}" * 31 + b"}",
    "33 levels of lists": b'{"data": {"x": ' + b"[" * 31 + b"]" * 31 + b"}}",
    "100,000 levels": b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "100,000 levels of objects": b'{"x":' * 100_000 + b"1" + b"}" * 100_000,
    "100,000 open brackets": b"[" * 100_000,
    "a trailing comma": b'{"data": {},}',
    "single quotes": b"{'data': {}}",
    "a comment": b'{"data": {} /* so */}',
}


def path_of(route: Route, api: Api) -> str:
    """The route's path, with ids of things of the caller's project."""
    ids = {}
    if "{contact}" in route.path:
        ids["contact"] = api.contact("someone@example.com")["id"]
    if "{segment}" in route.path:
        made = api.post("/segments", {"name": "By hand", "type": "STATIC"})
        ids["segment"] = made.json["id"]
    if "{rule}" in route.path:
        ids["rule"] = api.post("/segments", {"name": "By rule", "condition": RULE}).json["id"]
    if "{webhook}" in route.path:
        made = api.post("/webhooks", {"url": "https://hooks.invalid/hook", "events": ["nothing"]})
        ids["webhook"] = made.json["id"]
    return route.path.format(**ids)
