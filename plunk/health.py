"""Whether this process lives, and whether it can serve."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from plunk.db import migrate
from plunk.db.base import db
from plunk.errors import Unavailable
from plunk.jobs.queue import redis
from plunk.web.access import open_to_everybody

blueprint = Blueprint("health", __name__)


@blueprint.route("/healthz")
@open_to_everybody
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify({"status": "ok"})


@blueprint.route("/readyz")
@open_to_everybody
def readyz() -> Response:
    """Database, schema and queue. Only a queue out of reach still is 200: everything but background work goes on."""
    checks = check()
    if checks["database"] != "ok" or checks["schema"] != "ok":
        raise Unavailable("This plunk cannot serve now", details={"checks": checks})
    status = "ok" if set(checks.values()) == {"ok"} else "degraded"
    return jsonify({"status": status, "checks": checks})


def check() -> dict[str, Any]:
    """`{database, schema, queue}`: `ok`, or what is wrong and what to do."""
    found = {"database": "ok", "schema": "ok", "queue": "ok"}
    try:
        if not migrate.is_current(db.session.connection()):
            found["schema"] = "not the version this code needs: run plunk db upgrade"
    except SQLAlchemyError as problem:
        reason = str(getattr(problem, "orig", None) or problem).strip().splitlines()[0]
        found["database"] = f"out of reach: {reason}"
        found["schema"] = "unknown"
    try:
        redis().ping()
    except (RedisError, OSError) as problem:
        found["queue"] = f"out of reach, background work waits: {problem}"
    return found
