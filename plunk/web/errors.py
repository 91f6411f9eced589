"""The one shape of every error, and the one table from exceptions to statuses."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import psycopg
import sqlalchemy.exc
from flask import Flask, Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

from plunk import clock, errors
from plunk.db.passing import driver_error, is_passing, sqlstate
from plunk.refusals import Forbidden, Refused, TooMany

log = logging.getLogger(__name__)

STATUS: dict[type[errors.PlunkError], int] = {
    errors.InvalidInput: 422,
    errors.InvalidJson: 400,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Broken: 409,
    errors.NotSuited: 400,
    Refused: 401,
    Forbidden: 403,
    errors.TooLarge: 413,
    errors.NotJson: 415,
    TooMany: 429,
    errors.Unavailable: 503,
}
HTTP_CODES = {
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BODY_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}
RETRY_AFTER = 1


def init_app(app: Flask) -> None:
    """Every error of every endpoint, 404 and 405 included, leaves in the envelope."""
    app.register_error_handler(errors.PlunkError, _answer_plunk_error)
    app.register_error_handler(HTTPException, _answer_http_exception)
    app.register_error_handler(sqlalchemy.exc.SQLAlchemyError, _answer_database_error)
    app.register_error_handler(psycopg.Error, _answer_database_error)
    app.register_error_handler(Exception, _answer_unexpected)


def answer_in_pages(app: Flask, prefix: str, render: Callable[[int, dict[str, Any]], Response]) -> None:
    """Errors of paths that begin with `prefix` are pages for people: `render` gets status and envelope."""
    app.extensions["plunk.error_pages"] = (prefix, render)


def status_of(problem: errors.PlunkError) -> int:
    """The status of an error; a malformed input is 400 whatever else is wrong with it."""
    if isinstance(problem, errors.InvalidInput) and problem.is_malformed:
        return 400
    return next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), 500)


def codes() -> dict[str, int | str]:
    """The closed list of error codes, each with its status. The documentation is made from it."""
    found: dict[str, int | str] = {code: status for status, code in HTTP_CODES.items()}
    found |= {"BAD_REQUEST": 400, "INTERNAL_SERVER_ERROR": 500}
    pending = list(errors.PlunkError.__subclasses__())
    while pending:
        kind = pending.pop()
        pending.extend(kind.__subclasses__())
        status = next((STATUS[base] for base in kind.__mro__ if base in STATUS), None)
        if (
            status
            and kind.in_api
            and kind.__module__.startswith("plunk.")
            and not (kind.__subclasses__() and kind in STATUS)
        ):
            found[kind.code] = status
    return {**found, "VALIDATION_ERROR": "400 or 422", "INVALID_JSON": 400}


def body(
    status: int,
    code: str,
    message: str,
    *,
    problems: list[errors.Problem] | None = None,
    suggestion: str | None = None,
    details: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The envelope as a dictionary."""
    error: dict[str, Any] = {
        "code": code,
        "message": message,
        "statusCode": status,
        "requestId": g.get("request_id", ""),
    }
    if problems:
        error["errors"] = [{"field": p.field, "message": p.message, "code": p.code} for p in problems]
    if suggestion:
        error["suggestion"] = suggestion
    if details is not None:
        error["details"] = details
    return {"success": False, "message": message, "error": error, "timestamp": clock.iso(clock.now())}


def _answer_plunk_error(problem: errors.PlunkError) -> Response:
    status = status_of(problem)
    found = problem.problems if isinstance(problem, errors.InvalidInput) else None
    answer = body(
        status,
        problem.code,
        problem.message,
        problems=found,
        suggestion=problem.suggestion,
        details=problem.details,
    )
    response = _respond(status, answer)
    if isinstance(problem, TooMany):
        response.headers["Retry-After"] = str(problem.seconds)
    return response


def _answer_http_exception(problem: HTTPException) -> Response:
    status = problem.code or 500
    if status < 400:
        return problem.get_response()  # type: ignore[return-value]
    code = HTTP_CODES.get(status, "INTERNAL_SERVER_ERROR" if status >= 500 else "BAD_REQUEST")
    response = _respond(status, body(status, code, problem.description or problem.name))
    for name, value in problem.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _answer_database_error(problem: Exception) -> Response:
    """The last net: SQLSTATE classes 22 and 23 are the client's, 40, 53, 57, 08 and lost connections pass."""
    original = driver_error(problem)
    state = sqlstate(problem)
    if state[:2] in ("22", "23"):
        log.warning("a value reached the database that it refuses", extra={"sqlstate": state})
        message = "The database refuses a value of this request"
        return _respond(422, body(422, "VALIDATION_ERROR", message))
    if is_passing(problem):
        log.warning("the database is out of reach or busy: %s", original)
        gone = errors.Unavailable("The database is out of reach or busy")
        return _answer_plunk_error(gone)
    return _answer_unexpected(problem)


def _answer_unexpected(problem: Exception) -> Response:
    log.error("request failed", exc_info=problem)
    message = "Something went wrong on our side"
    return _respond(500, body(500, "INTERNAL_SERVER_ERROR", message, suggestion="Tell us the requestId."))


def _respond(status: int, answer: dict[str, Any]) -> Response:
    prefix, render = current_app.extensions.get("plunk.error_pages", (None, None))
    if prefix and (request.path == prefix or request.path.startswith(prefix + "/")):
        response: Response = render(status, answer)
    else:
        response = jsonify(answer)
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
