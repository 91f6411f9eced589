"""Blueprints whose routes read arguments through our reader and answer errors in our shape."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

import flask_smorest
import psycopg
from flask import request
from marshmallow import Schema, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from plunk.config import settings
from plunk.errors import InvalidInput
from plunk.web.body import read_json
from plunk.web.errors import sqlstate
from plunk.web.schema import PlunkSchema, problems

_VICTIM = ("40P01", "40001")
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """flask-smorest's, for what it documents. Paths are written in full at each route, so that a search finds them."""

    def arguments(self, schema: type[PlunkSchema], *, location: str = "json", **options: Any) -> Decorator:
        """The view gets the loaded body, or query, as its first argument; problems are raised as InvalidInput."""
        made = schema()
        read = _read_body if location == "json" else _read_query
        documented = super().arguments(made, location=location, **options)

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                loaded = _load(made, read(made))
                return retried(lambda: view(loaded, *args, **kwargs))

            # The words of the documentation are flask-smorest's; reading is ours, and shorter than webargs'.
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


def retried(run: Callable[[], Any]) -> Any:
    """Runs it, and once more if the database chose it as the victim of a deadlock.

    All writers of many contacts lock them in one order, so this is the last resort for what no order covers: two
    changes of addresses, a plugin's own locks. The transaction was rolled back, nothing is half-written.
    """
    try:
        return run()
    except (SQLAlchemyError, psycopg.Error) as problem:
        if sqlstate(problem) not in _VICTIM:
            raise
        time.sleep(random.uniform(0.01, 0.05))
        return run()


def _load(schema: Schema, given: dict[str, Any]) -> Any:
    try:
        return schema.load(given)
    except ValidationError as problem:
        is_strict = getattr(schema, "missing_is_malformed", False)
        raise InvalidInput(problems(problem.messages, missing_is_malformed=is_strict)) from problem


def _read_body(schema: Schema) -> dict[str, Any]:
    limit = getattr(schema, "body_limit", PlunkSchema.body_limit)
    return read_json(request, max_bytes=getattr(settings(), limit))


def _read_query(schema: Schema) -> dict[str, Any]:
    return request.args.to_dict()
