"""Blueprints whose routes read arguments through our reader and answer errors in our shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, cast

import flask_smorest
from flask import Request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict

from plunk.config import settings
from plunk.errors import InvalidInput
from plunk.web.body import read_json
from plunk.web.schema import PlunkSchema, problems

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class ArgumentParser(FlaskParser):
    """Bodies through `read_json`, complaints as `InvalidInput`."""

    DEFAULT_UNKNOWN_BY_LOCATION = {}

    def load_json(self, req: Request, schema: Schema) -> Any:
        limit = getattr(schema, "body_limit", PlunkSchema.body_limit)
        return read_json(req, max_bytes=getattr(settings(), limit))

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        # `?search=&limit=` is what forms send for fields left empty; an empty cursor means: begin.
        given = MultiDict(
            (name, text) for name, text in req.args.items(multi=True) if text or name == "cursor"
        )
        return self._makeproxy(given, schema)

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **kwargs: Any) -> NoReturn:
        # webargs nests the messages under the location (`json`, `query`): clients know no locations.
        (messages,) = error.messages_dict.values()
        is_strict = getattr(schema, "missing_is_malformed", False)
        raise InvalidInput(problems(messages, missing_is_malformed=is_strict)) from error


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """flask-smorest's, with types. Paths are written in full at each route, so that a search for one finds it."""

    ARGUMENTS_PARSER = ArgumentParser()

    def arguments(self, schema: Any, **options: Any) -> Decorator:
        """As in flask-smorest. The schema is made once: webargs would make one for every request."""
        made = schema() if isinstance(schema, type) else schema
        return cast(Decorator, super().arguments(made, **options))

    def route(self, rule: str, **options: Any) -> Decorator:
        return cast(Decorator, super().route(rule, **options))

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Decorator:
        return cast(Decorator, super().response(status_code, schema, **options))

    def alt_response(self, status_code: int, **options: Any) -> Decorator:
        return cast(Decorator, super().alt_response(status_code, **options))
