"""`/docs`: the API for people, made from what the code knows, without any outside host."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from flask import Blueprint, Response, current_app, render_template

from plunk.config import Settings, settings
from plunk.web.access import open_to_everybody
from plunk.web.errors import codes
from plunk.web.openapi import document

blueprint = Blueprint("manual", __name__)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@blueprint.route("/docs")
@open_to_everybody
def show() -> Response:
    """One page: first steps, endpoints, rules, limits, errors."""
    page = render_template(
        "manual.html",
        operations=operations(),
        vocabulary=current_app.extensions["plunk.vocabulary"].describe(),
        limits=limits(),
        codes=sorted(codes().items()),
    )
    return Response(page, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})


def operations() -> list[dict[str, Any]]:
    """Every operation by room: method, path, summary, key, parameters, body and answers."""
    spec = document()
    found = [
        _operation(spec, path, method, operation)
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "responses" in operation
    ]
    return sorted(found, key=lambda each: each["tag"])


def limits() -> list[tuple[str, str, Any]]:
    """`(what, variable, value)` of every limit in force."""
    return [
        (each.metadata["help"], each.metadata["env"], getattr(settings(), each.name))
        for each in fields(Settings)
        if each.name.startswith("max_")
    ]


def _operation(spec: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    keys = [name for each in operation.get("security", []) for name in each]
    return {
        "tag": (operation.get("tags") or [""])[0],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", "").replace("`", ""),
        "key": {"anyKey": "secret or public key", "secretKey": "secret key"}.get(
            keys[0] if keys else "", "no key"
        ),
        "parameters": [each for each in operation.get("parameters", []) if each.get("in") == "query"],
        "body": _schema(spec, operation.get("requestBody")),
        "answers": [
            {"status": status, "description": answer["description"], "schema": _schema(spec, answer)}
            for status, answer in operation["responses"].items()
        ],
    }


def _schema(spec: dict[str, Any], holder: dict[str, Any] | None) -> str:
    """The JSON schema of a body, with references filled in one level deep; empty for errors and no body."""
    content = (holder or {}).get("content", {}).get("application/json", {}).get("schema")
    if not content or content.get("$ref", "").endswith("/Error"):
        return ""
    return json.dumps(_filled(spec, content), indent=2)


def _filled(spec: dict[str, Any], schema: Any, depth: int = 0) -> Any:
    if isinstance(schema, list):
        return [_filled(spec, each, depth) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema and depth < 4:
        name = schema["$ref"].rpartition("/")[2]
        return _filled(spec, spec["components"]["schemas"][name], depth + 1)
    return {key: _filled(spec, value, depth) for key, value in schema.items()}
