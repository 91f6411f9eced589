"""Whatever can be made of our own document: no fault of ours, no status that it does not name."""

from __future__ import annotations

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api import Api
from tests.conftest import TestProject

EXAMPLES = 12
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_finds_a_fault_or_an_undocumented_status(
    app: Flask, api: Api, project: TestProject, mode: GenerationMode
) -> None:
    real = things(api)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    key = {"Authorization": f"Bearer {project.secret_key}"}
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def try_it(case: schemathesis.Case) -> None:
            if mode == GenerationMode.POSITIVE and case.method != "DELETE":
                case.path_parameters = {name: real[name] for name in case.path_parameters or {}}
            case.call_and_validate(checks=CHECKS, headers=key)

        try_it()
        tried += 1
    assert tried > 30


def things(api: Api) -> dict[str, str]:
    """Things of the project that paths can name: behind a 404 there is not much to find."""
    tracked = api.track("someone@example.com", "bought", data={"plan": "pro", "gone": 1})
    segment = api.segment("Pros", {"field": "data.plan", "operator": "equals", "value": "pro"})
    job = api.delete("/contacts/fields/gone").json["jobId"]
    hook = api.post("/webhooks", {"url": "https://hooks.invalid", "events": ["nothing"]}).json["id"]
    delivery = api.post(f"/webhooks/{hook}/test").json["id"]
    api.patch(f"/webhooks/{hook}", {"enabled": False})
    ids = {"contact_id": tracked["contact"], "segment_id": segment["id"], "job_id": job}
    ids |= {"webhook_id": hook, "delivery_id": delivery}
    return {**ids, "email": "someone@example.com", "field": "plan", "name": "bought"}
