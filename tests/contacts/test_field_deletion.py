"""A field is deleted in the background, and only when nobody uses it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plunk.config import Settings
from plunk.contacts import jobs as contacts_jobs
from plunk.db.session import transaction
from plunk.jobs import sweeping
from plunk.jobs.running import run
from tests.api import Api
from tests.live import work_off
from tests.web.envelope import TIME, error_of


def custom(api: Api) -> set[str]:
    return {each["field"] for each in api.get("/contacts/fields").json["fields"] if each["isCustom"]}


@pytest.mark.usefixtures("alone")
def test_a_real_worker_takes_the_field_out_of_everybody(api: Api, settings: Settings) -> None:
    for n in range(5):
        api.contact(f"{n}@example.com", data={"plan": n, "keep": 1} if n else {"keep": 1})
    response = api.delete("/contacts/fields/data.plan")
    assert response.status_code == 202
    job_id = response.json["jobId"]
    assert api.get(f"/jobs/{job_id}").json["state"] == "queued"

    work_off(settings)

    job = api.get(f"/jobs/{job_id}").json
    assert (job["id"], job["state"], job["failedReason"]) == (job_id, "completed", None)
    assert job["result"] == {"changed": 4}
    assert TIME.fullmatch(job["createdAt"]) and TIME.fullmatch(job["finishedAt"])
    assert [contact["data"] for contact in api.get("/contacts").json["data"]] == [{"keep": 1}] * 5
    assert custom(api) == {"data.keep"}
    error_of(api.get("/contacts/fields/plan/values"), 404, "FIELD_NOT_FOUND")
    error_of(api.delete("/contacts/fields/plan"), 404, "FIELD_NOT_FOUND")


def test_a_field_in_use_is_409_and_the_answer_names_its_users(api: Api) -> None:
    api.contact("a@example.com", data={"plan": "pro"})
    segment = api.segment("Pros", {"field": "data.plan", "operator": "exists"})
    error = error_of(api.delete("/contacts/fields/plan"), 409, "FIELD_IN_USE")
    assert "Pros" in error["message"]
    assert error["details"]["usages"] == [{"type": "segment", "id": segment["id"], "name": "Pros"}]
    api.delete(f"/segments/{segment['id']}")
    assert api.delete("/contacts/fields/plan").status_code == 202


@pytest.mark.parametrize("field", ["email", "subscribed", "createdAt", "updatedAt", "none", "data.none"])
def test_what_is_no_custom_field_cannot_be_deleted(api: Api, field: str) -> None:
    error_of(api.delete(f"/contacts/fields/{field}"), 404, "FIELD_NOT_FOUND")


def test_updated_at_moves_for_those_who_lose_the_key_only(api: Api, context: None) -> None:
    having = api.contact("a@example.com", data={"plan": "pro"})
    lacking = api.contact("b@example.com", data={"x": 1})
    run(having["projectId"], api.delete("/contacts/fields/plan").json["jobId"])
    assert api.get(f"/contacts/{having['id']}").json["updatedAt"] > having["updatedAt"]
    assert api.get(f"/contacts/{lacking['id']}").json["updatedAt"] == lacking["updatedAt"]


def test_a_job_run_twice_changes_nothing_more(api: Api, context: None) -> None:
    contact = api.contact("a@example.com", data={"plan": "pro"})
    job_id = api.delete("/contacts/fields/plan").json["jobId"]
    run(contact["projectId"], job_id)
    done = api.get(f"/jobs/{job_id}").json
    again = api.contact("a@example.com", data={"plan": "back"})
    run(contact["projectId"], job_id)
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {"plan": "back"} == again["data"]
    assert api.get(f"/jobs/{job_id}").json == done


def test_work_that_was_cut_off_goes_on_behind_the_last_batch(
    api: Api, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts_jobs, "BATCH", 2)
    for n in range(7):
        contact = api.contact(f"{n}@example.com", data={"plan": n})
    job_id = api.delete("/contacts/fields/plan").json["jobId"]
    calls = iter(range(100))
    remove = contacts_jobs._remove_key

    def remove_twice_then_die(*args: object) -> int:
        if next(calls) == 2:
            raise SystemExit("the worker is killed")
        return remove(*args)

    monkeypatch.setattr(contacts_jobs, "_remove_key", remove_twice_then_die)
    with pytest.raises(SystemExit):
        run(contact["projectId"], job_id)
    assert api.get(f"/jobs/{job_id}").json["progress"]["scanned"] == 4
    monkeypatch.setattr(contacts_jobs, "_remove_key", remove)
    monkeypatch.setattr(sweeping, "SILENT_AFTER", timedelta(0))
    with transaction():
        assert sweeping.sweep() >= 1
    run(contact["projectId"], job_id)
    job = api.get(f"/jobs/{job_id}").json
    assert (job["state"], job["result"]) == ("completed", {"changed": 7})
    assert custom(api) == set()


def test_a_field_written_again_while_it_is_deleted_stays_in_the_catalogue(
    api: Api, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = api.contact("a@example.com", data={"plan": "pro"})
    job_id = api.delete("/contacts/fields/plan").json["jobId"]
    next_ids = contacts_jobs._next_ids

    def somebody_writes_at_the_end(project_id: object, after: str | None) -> list:
        found = next_ids(project_id, after)
        if not found:
            api.contact("a@example.com", data={"plan": "again"})
        return found

    monkeypatch.setattr(contacts_jobs, "_next_ids", somebody_writes_at_the_end)
    run(contact["projectId"], job_id)
    assert custom(api) == {"data.plan"}
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {"plan": "again"}


def test_a_field_that_comes_back_after_its_deletion_is_catalogued_again(api: Api, context: None) -> None:
    project_id = api.contact("a@example.com", data={"plan": "pro"})["projectId"]
    run(project_id, api.delete("/contacts/fields/plan").json["jobId"])
    assert custom(api) == set()
    api.contact("a@example.com", data={"plan": "back"})
    assert custom(api) == {"data.plan"}
