"""Jobs that somebody cancels."""

from __future__ import annotations

from typing import Any

from flask import Flask

from plunk.jobs import kinds
from plunk.jobs.running import Running, run
from tests.api import Api
from tests.conftest import TestProject
from tests.jobs.conftest import begin
from tests.web.envelope import error_of


def test_a_cancelled_job_commits_nothing_more(app: Flask, project: TestProject, api: Api, done: list) -> None:
    def never_ends(job: Running) -> dict[str, Any]:
        assert api.post(f"/jobs/{job.id}/cancel").json["state"] == "cancelled"
        job.batch(lambda: job.report({"rows": 1}))
        raise AssertionError("it went on")

    kinds.register(app, "note", never_ends, can_cancel=True)
    job_id = begin(project)
    run(str(project.id), job_id)
    job = api.get(f"/jobs/{job_id}").json
    assert (job["state"], job["progress"], job["failedReason"]) == ("cancelled", {}, None)
    assert job["finishedAt"]
    error_of(api.post(f"/jobs/{job_id}/cancel"), 409, "JOB_ENDED")


def test_a_queued_job_is_cancelled_before_it_begins(
    app: Flask, project: TestProject, api: Api, done: list
) -> None:
    kinds.register(app, "note", lambda job: {}, can_cancel=True)
    job_id = begin(project)
    assert api.post(f"/jobs/{job_id}/cancel").status_code == 200
    run(str(project.id), job_id)
    assert api.get(f"/jobs/{job_id}").json["state"] == "cancelled"


def test_jobs_that_others_wait_for_cannot_be_cancelled(project: TestProject, api: Api, done: list) -> None:
    error_of(api.post(f"/jobs/{begin(project)}/cancel"), 409, "JOB_NOT_CANCELLABLE")
