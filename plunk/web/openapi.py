"""OpenAPI 3.1, made from the schemas that validate. What every operation may answer is added by its shape."""

from __future__ import annotations

from typing import Any

import flask_smorest
from flask import Flask, Response, current_app, jsonify

from plunk.web.access import needs_key, open_to_everybody

VERSION = "0.1.0"

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["success", "message", "error", "timestamp"],
    "properties": {
        "success": {"const": False},
        "message": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
        "error": {
            "type": "object",
            "required": ["code", "message", "statusCode", "requestId"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "statusCode": {"type": "integer"},
                "requestId": {"type": "string"},
                "suggestion": {"type": "string"},
                "details": {"type": "object"},
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["field", "message", "code"],
                        "properties": {
                            "field": {"type": "string"},
                            "message": {"type": "string"},
                            "code": {"type": "string"},
                        },
                    },
                },
            },
        },
    },
}

DESCRIPTIONS = {
    "400": "The body is malformed: not JSON, a required field missing, a fault in a rule",
    "401": "The key is missing, unknown, revoked or of the wrong kind",
    "404": "Unknown in this project",
    "409": "In conflict with what is there",
    "413": "Too many bytes or items",
    "415": "Not JSON",
    "422": "A field fails validation",
    "500": "Something went wrong on our side",
    "503": "The database is out of reach or busy; Retry-After says when to come back",
}


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest without its own error handlers: there is one error shape."""

    def _register_error_handlers(self) -> None:
        pass

    def _register_responses(self) -> None:
        self.spec.components.schema("Error", ERROR_SCHEMA)
        self.DEFAULT_ERROR_RESPONSE_NAME = None


def make_api(app: Flask) -> Api:
    """The API object; blueprints are registered with it."""
    app.config.update(API_TITLE="plunk", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    api = Api(app)
    key = {"type": "http", "scheme": "bearer", "description": "A secret key, `sk_…`"}
    public = {"type": "http", "scheme": "bearer", "description": "A secret key or a public one, `pk_…`"}
    api.spec.components.security_scheme("secretKey", key)
    api.spec.components.security_scheme("anyKey", public)
    app.extensions["plunk.api"] = api
    app.add_url_rule("/openapi.json", view_func=open_to_everybody(serve))
    return api


def serve() -> Response:
    """The document."""
    return jsonify(document())


def document() -> dict[str, Any]:
    """The OpenAPI document of the current app; made once."""
    made: dict[str, Any] | None = current_app.extensions.get("plunk.openapi")
    if made is None:
        made = current_app.extensions["plunk.openapi"] = _complete(
            current_app.extensions["plunk.api"].spec.to_dict()
        )
    return made


def _complete(spec: dict[str, Any]) -> dict[str, Any]:
    views = {
        (_openapi_path(rule.rule), method.lower()): current_app.view_functions[rule.endpoint]
        for rule in current_app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post", "put", "patch", "delete"):
                _complete_operation(operation, views[path, method], has_id="{" in path)
    return spec


def _complete_operation(operation: dict[str, Any], view: Any, *, has_id: bool) -> None:
    statuses = {"500", "503"}
    if needs_key(view):
        statuses.add("401")
        is_any = getattr(view, "_plunk_open_to_public_keys", False)
        operation["security"] = [{"anyKey" if is_any else "secretKey": []}]
    if "requestBody" in operation:
        statuses |= {"400", "413", "415", "422"}
    if any(parameter.get("in") == "query" for parameter in operation.get("parameters", ())):
        statuses.add("422")
    if has_id:
        statuses.add("404")
    responses = operation["responses"]
    responses.pop("default", None)
    said = {status: each.get("description") for status, each in responses.items() if status[0] in "45"}
    for status in statuses | said.keys():
        responses[status] = {
            "description": said.get(status) or DESCRIPTIONS[status],
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }
    operation["responses"] = dict(sorted(responses.items()))


def _openapi_path(rule: str) -> str:
    parts = []
    for part in rule.split("/"):
        name = part[1:-1].rpartition(":")[2] if part.startswith("<") else ""
        parts.append("{" + name + "}" if name else part)
    return "/".join(parts)
