"""The OpenAPI document: complete, valid, and true."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from jsonschema_rs import Draft202012Validator, meta
from werkzeug.test import TestResponse

from plunk.web.access import needs_key
from tests.api import Api
from tests.web.bodies import ROUTES, RULE

METHODS = {"get", "post", "put", "patch", "delete"}
UNKNOWN = "01890000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    return app.test_client().get("/openapi.json").json


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_it_is_openapi_3_1_and_needs_no_key(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"]


def test_every_route_of_the_api_is_documented(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods
        if needs_key(app.view_functions[rule.endpoint])
    }
    assert {route for route in routes if route[0] in METHODS} == set(operations(document))


def test_every_schema_is_a_json_schema(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)):
        place: Any = document
        for part in reference.split("/"):
            place = place[part]
        assert place


def test_every_operation_says_what_it_does_and_which_key_it_needs(document: dict[str, Any]) -> None:
    for (method, path), operation in operations(document).items():
        assert operation["summary"], path
        assert operation["tags"], path
        (security,) = operation["security"]
        assert list(security) == (["anyKey"] if path == "/v1/track" else ["secretKey"])
        assert {"401", "500", "503"} <= set(operation["responses"])
        request_body = operation.get("requestBody", {})
        if "multipart/form-data" in request_body.get("content", {}):
            continue
        needs_body = request_body.get("required", False)
        assert needs_body == any(
            (method.upper(), path) == (route.method, route.template) for route in ROUTES
        ), (method, path)


def test_every_error_has_the_one_schema(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        for status, response in operation["responses"].items():
            if status[0] in "45":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}


def test_no_outside_host_is_needed_for_the_manual(app: Flask) -> None:
    response = app.test_client().get("/docs")
    assert response.status_code == 200
    loaded = re.findall(r"""(?:src|href|action)=["']([^"']+)|url\(([^)]+)\)|@import""", response.text)
    assert not [link for link in loaded if re.match(r"(https?:)?//", link[0] or link[1])]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_the_manual_names_every_operation(app: Flask, document: dict[str, Any]) -> None:
    manual = app.test_client().get("/docs").text
    assert all(path in manual for _, path in operations(document))


class Checked:
    """Calls the API and holds each answer against the document."""

    def __init__(self, api: Api, document: dict[str, Any]) -> None:
        self.api = api
        self.document = document
        self.called: set[tuple[str, str]] = set()

    def __call__(
        self,
        method: str,
        template: str,
        /,
        body: Any = None,
        query: Any = None,
        file: bytes = b"",
        **ids: str,
    ) -> TestResponse:
        options = {} if body is None else {"json": body}
        if file:
            options = {
                "data": {"file": (io.BytesIO(file), "list.csv")},
                "content_type": "multipart/form-data",
            }
        response = self.api.call(method, template.format(**ids), query_string=query, **options)
        operation = self.document["paths"][template][method.lower()]
        documented = operation["responses"].get(str(response.status_code))
        assert documented, f"{method} {template} answers {response.status_code}, undocumented"
        self.called.add((method.lower(), template))
        if response.status_code == 204:
            assert "content" not in documented
            return response
        if response.mimetype != "application/json":
            assert response.mimetype in documented["content"]
            return response
        schema = documented["content"]["application/json"]["schema"]
        full = {**schema, "components": self.document["components"]}
        Draft202012Validator(full, validate_formats=True).validate(response.json)
        known = self._properties(schema)
        undocumented = set(response.json) - known if known else set()
        assert not undocumented, f"{method} {template}: {undocumented}"
        return response

    def _properties(self, schema: dict[str, Any]) -> set[str]:
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return set(schema.get("properties", ()))


def test_the_answers_are_as_documented(api: Api, document: dict[str, Any]) -> None:
    call = Checked(api, document)
    contact = call("POST", "/contacts", {"email": "a@example.com", "data": {"plan": "pro", "old": 1}}).json
    call("POST", "/contacts", {"email": "a@example.com"})
    ids = {"contact_id": contact["id"]}
    call("GET", "/contacts", query={"limit": 1})
    call("GET", "/contacts/{contact_id}", **ids)
    call("GET", "/contacts/by-email/{email}", email="a@example.com")
    call("PATCH", "/contacts/{contact_id}", {"data": {"n": [1, {"x": None}]}}, **ids)
    call("GET", "/contacts/suggestions", query={"search": "a"})
    call("POST", "/contacts/lookup", {"emails": ["a@example.com", "b"]})
    call("POST", "/v1/track", {"email": "a@example.com", "event": "bought", "data": {"x": 1}})
    call("POST", "/v1/track", {"email": "a@example.com", "event": "gone"})
    call("POST", "/v1/track/batch", {"events": [{"email": "a@example.com", "event": "bought"}, {}]})
    call("GET", "/contacts/export", query={"condition": json.dumps(RULE)})
    call("POST", "/contacts/export", {"filter": {}, "format": "ndjson"})
    call("GET", "/contacts/fields")
    call("GET", "/overview")
    call("GET", "/contacts/growth", query={"days": 7})
    call("GET", "/activity", query={"limit": 1})
    for path in ("values", "usage"):
        call("GET", "/contacts/fields/{field}/" + path, field="plan")
    call("GET", "/events", query={"limit": 1})
    call("GET", "/events/contact/{contact_id}", **ids)
    call("GET", "/events/names")
    call("GET", "/events/stats")
    call("GET", "/events/{name}/usage", name="bought")
    api.track("ada@example.com", "contact")
    call("GET", "/events/contact/usage")

    dynamic = call("POST", "/segments", {"name": "Rule", "condition": RULE}).json["id"]
    static = call("POST", "/segments", {"name": "List", "type": "STATIC", "emails": ["a@example.com"]}).json[
        "id"
    ]
    tracked = {"name": "Tracked", "condition": RULE, "trackMembership": True}
    kept = call("POST", "/segments", tracked).json["id"]
    call("POST", "/segments/{segment_id}/compute", {"emitExisting": True}, segment_id=kept)
    call("POST", "/segments/{segment_id}/compute", segment_id=kept)
    call("GET", "/segments/{segment_id}/growth", segment_id=kept)
    call("GET", "/segments/{segment_id}/history", segment_id=kept, query={"limit": 1})
    for segment in (dynamic, static):
        call("GET", "/segments/{segment_id}", segment_id=segment)
        call("GET", "/segments/{segment_id}/contacts", segment_id=segment)
        call("GET", "/segments/{segment_id}/contacts", segment_id=segment, query={"cursor": "", "limit": 1})
        call("GET", "/segments/{segment_id}/export", segment_id=segment, query={"gzip": "true"})
        call("POST", "/segments/{segment_id}/refresh", segment_id=segment)
        call("GET", "/segments/{segment_id}/explain/{contact_id}", segment_id=segment, **ids)
    call("GET", "/contacts/{contact_id}/segments", **ids)
    call("GET", "/contacts/{contact_id}/timeline", query={"limit": 2}, **ids)
    call("GET", "/segments")
    call("GET", "/segments/vocabulary")
    call("POST", "/segments/preview", {"condition": RULE})
    call("POST", "/segments/describe", {"condition": RULE})
    call("POST", "/segments/{segment_id}/forecast", {"condition": RULE}, segment_id=dynamic)
    call("PATCH", "/segments/{segment_id}", {"description": "so"}, segment_id=dynamic)
    emails = {"emails": ["a@example.com", "none"]}
    call("DELETE", "/segments/{segment_id}/members", emails, segment_id=static)
    call("POST", "/segments/{segment_id}/members", emails, segment_id=static)

    hook = {
        "webhook_id": call("POST", "/webhooks", {"url": "https://hooks.invalid", "events": ["x"]}).json["id"]
    }
    call("GET", "/webhooks")
    call("GET", "/webhooks/{webhook_id}", **hook)
    call("POST", "/webhooks/{webhook_id}/rotate", **hook)
    delivery = call("POST", "/webhooks/{webhook_id}/test", **hook).json["id"]
    call("GET", "/webhooks/{webhook_id}/deliveries", query={"limit": 1}, **hook)
    replay = "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay"
    call("POST", replay, delivery_id=delivery, **hook)
    call("POST", "/webhooks/{webhook_id}/replay", {"since": "2026-01-01"}, **hook)
    call("PATCH", "/webhooks/{webhook_id}", {"enabled": False}, **hook)
    assert call("POST", "/webhooks/{webhook_id}/test", **hook).status_code == 409
    call("DELETE", "/webhooks/{webhook_id}", **hook)

    job = call("DELETE", "/contacts/fields/{field}", field="old").json["jobId"]
    call("DELETE", "/events/{name}", name="gone")
    call("GET", "/jobs/{job_id}", job_id=job)
    call("GET", "/jobs", query={"limit": 1})
    assert call("POST", "/jobs/{job_id}/cancel", job_id=job).status_code == 409
    call("POST", "/contacts/import/preview", file=b"email,plan\na@example.com,pro\nbad,\n")
    call("POST", "/contacts/import", file=b"PK\x03\x04")
    started = {
        "job_id": call("POST", "/contacts/import", file=b"email,plan\na@example.com,pro\n").json["jobId"]
    }
    call("GET", "/contacts/import/{job_id}/errors", **started)
    call("GET", "/contacts/import/{job_id}", **started)
    call("POST", "/contacts/import/{job_id}/cancel", **started)
    call("GET", "/contacts/import")
    for verb in ("subscribe", "unsubscribe", "delete"):
        bulk = call("POST", f"/contacts/bulk-{verb}", {"contactIds": [contact["id"]]}).json["jobId"]
    call("GET", "/contacts/bulk/{job_id}", job_id=bulk)
    call("POST", "/contacts/bulk/{job_id}/cancel", job_id=bulk)
    assert call("POST", "/contacts/bulk/{job_id}/cancel", job_id=bulk).status_code == 409
    call("POST", "/segments/{segment_id}/members/bulk", {"filter": {"search": "a"}}, segment_id=static)
    call("DELETE", "/segments/{segment_id}", segment_id=static)
    call("DELETE", "/contacts/{contact_id}", **ids)
    assert call.called == set(operations(document)), "every operation was called"


def test_refusals_are_as_documented(api: Api, document: dict[str, Any]) -> None:
    call = Checked(api, document)
    api.track("a@example.com", "bought", data={"plan": "pro"})
    api.contact("b@example.com", data={"plan": "pro"})
    contact = api.get("/contacts/by-email/a@example.com").json["id"]
    event = {"field": "event.bought", "operator": "triggered"}
    dynamic = api.segment("Rule", {"field": "data.plan", "operator": "exists"}, type="DYNAMIC")
    api.segment("Events", event)
    inside = {"field": f"segment.{dynamic['id']}", "operator": "memberOfSegment"}
    api.segment("Inside", inside)
    statuses = [
        call("PATCH", "/contacts/{contact_id}", {"email": "b@example.com"}, contact_id=contact),
        call("DELETE", "/contacts/fields/{field}", field="plan"),
        call("DELETE", "/events/{name}", name="bought"),
        call("DELETE", "/segments/{segment_id}", segment_id=dynamic["id"]),
        call("POST", "/segments", {"name": "RULE", "condition": RULE}),
    ]
    assert [each.status_code for each in statuses] == [409] * 5
    assert call("DELETE", "/events/{name}", name="contact.subscribed").status_code == 422
    emails = {"emails": ["a@example.com"]}
    assert call("POST", "/segments/{segment_id}/members", emails, segment_id=dynamic["id"]).status_code == 400
    assert (
        call("DELETE", "/segments/{segment_id}/members", emails, segment_id=dynamic["id"]).status_code == 400
    )
    for method, path in operations(document):
        names = ("contact_id", "segment_id", "job_id", "webhook_id", "delivery_id", "field", "name", "email")
        ids = dict.fromkeys(names, UNKNOWN)
        body = next(
            (r.body for r in ROUTES if (r.method.lower(), r.template) == (method, path)),
            None,
        )
        if "{" in path:
            assert call(method.upper(), path, body, **ids).status_code == 404
        if body is not None:
            assert call(method.upper(), path, {**dict.fromkeys(body, 5)}, **ids).status_code in (
                400,
                404,
                422,
            )
