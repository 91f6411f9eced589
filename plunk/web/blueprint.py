"""Blueprints whose routes read arguments through our reader and answer errors in our shape."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

import flask_smorest
from flask import request
from marshmallow import Schema

from plunk.config import settings
from plunk.db.passing import retried
from plunk.web.body import read_json
from plunk.web.schema import PlunkSchema, load

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """flask-smorest's, for what it documents. Paths are written in full at each route, so that a search finds them."""

    def arguments(self, schema: type[PlunkSchema], *, location: str = "json", **options: Any) -> Decorator:
        """The view gets the loaded body, or query, as its first argument; problems are raised as InvalidInput."""
        made = schema()
        read = _read_body if location == "json" else _read_query
        if location == "json":
            options.setdefault("required", not made.body_is_optional)
        documented = super().arguments(made, location=location, **options)

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                loaded = load(made, read(made))
                return retried(lambda: view(loaded, *args, **kwargs))

            # The words of the documentation are flask-smorest's; reading is ours, and shorter than webargs'.
            wrapper._apidoc = documented(view)._apidoc  # type: ignore[attr-defined]
            return wrapper

        return decorator

    def upload(self, schema: type[PlunkSchema]) -> Decorator:
        """Documents a multipart form; the view reads it itself, since a file may be too large to load like a field."""
        documented = super().arguments(schema(), location="files")

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                return view(*args, **kwargs)

            wrapper._apidoc = documented(view)._apidoc  # type: ignore[attr-defined]
            return wrapper

        return decorator

    def route(self, rule: str, **options: Any) -> Decorator:
        return cast(Decorator, super().route(rule, **options))

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Decorator:
        return cast(Decorator, super().response(status_code, schema, **options))

    def doc(self, **words: Any) -> Decorator:
        return cast(Decorator, super().doc(**words))

    def alt_response(self, status_code: int, **options: Any) -> Decorator:
        return cast(Decorator, super().alt_response(status_code, **options))


def _read_body(schema: Schema) -> dict[str, Any]:
    is_absent = not request.content_length and "Transfer-Encoding" not in request.headers
    if is_absent and getattr(schema, "body_is_optional", False):
        return {}
    limit = getattr(schema, "body_limit", PlunkSchema.body_limit)
    return read_json(request, max_bytes=getattr(settings(), limit))


def _read_query(schema: Schema) -> dict[str, Any]:
    return request.args.to_dict()
