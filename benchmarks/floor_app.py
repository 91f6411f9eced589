"""The floor of `POST /v1/track`: bare Flask, one INSERT, one COMMIT. No keys, no validation, no contact."""

from __future__ import annotations

import os
import threading
from typing import Any

import psycopg
from flask import Flask, jsonify, request
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

app = Flask(__name__)
_of_thread = threading.local()
_PROJECT = uuid7()
_INSERT = """
    INSERT INTO benchmark_events (project_id, id, contact_id, name, data, created_at)
    VALUES (%s, %s, %s, %s, %s, clock_timestamp())
"""


@app.get("/healthz")
def healthz() -> Any:
    return jsonify({"status": "ok"})


@app.post("/v1/track")
def track() -> Any:
    body = request.get_json()
    event_id = uuid7()
    values = (_PROJECT, event_id, _PROJECT, body["event"], Jsonb(body.get("data") or {}))
    connection = _connection()
    connection.execute(_INSERT, values)
    connection.commit()
    return jsonify({"success": True, "data": {"event": str(event_id)}})


def _connection() -> psycopg.Connection[Any]:
    """One for each thread: a pool that never makes anybody wait."""
    if not hasattr(_of_thread, "connection"):
        _of_thread.connection = psycopg.connect(os.environ["FLOOR_DATABASE"])
    found: psycopg.Connection[Any] = _of_thread.connection
    return found
