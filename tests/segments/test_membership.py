"""Members follow every change, in the change's own transaction, and leave a trace."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from plunk.contacts import many
from plunk.contacts import service as contacts
from plunk.contacts.upsert import Origin
from plunk.db.session import transaction
from plunk.events.recording import NewEvent
from plunk.segments import membership
from plunk.testing.api import Api, Project
from tests.segments.rules import count, field, member_of, plan_is, static
from tests.segments.traces import history, segment_events, told


def test_a_contact_comes_in_and_leaves_with_its_data(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    ada = api.contact("ada@example.com", data={"plan": "trial"})
    assert api.members(trial) == {"ada@example.com"}
    assert history(api, trial) == [("entry", "ada@example.com")]
    api.contact("ada@example.com", data={"plan": "pro"})
    assert api.members(trial) == set()
    assert history(api, trial) == [("exit", "ada@example.com"), ("entry", "ada@example.com")]
    assert segment_events(api, ada) == ["segment.trial-users.exit", "segment.trial-users.entry"]


def test_what_changes_nothing_leaves_no_trace(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    api.contact("ada@example.com", data={"plan": "trial"})
    api.contact("ada@example.com", data={"plan": "trial", "city": "Paris"})
    api.track("ada@example.com", "login")
    assert history(api, trial) == [("entry", "ada@example.com")]


def test_the_event_of_an_entry_names_the_segment(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    ada = api.contact("ada@example.com", data={"plan": "trial"})
    (event,) = api.get(f"/events/contact/{ada['id']}").json["events"]
    assert event["name"] == "segment.trial-users.entry"
    assert event["data"] == {"segmentId": trial["id"], "segmentName": "Trial users"}


def test_members_from_the_start_are_no_entries(api: Api) -> None:
    ada = api.contact("ada@example.com", data={"plan": "trial"})
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    assert (trial["status"], trial["memberCount"]) == ("ready", 1)
    assert history(api, trial) == [] and segment_events(api, ada) == []
    api.contact("ada@example.com", data={"plan": "pro"})
    assert history(api, trial) == [("exit", "ada@example.com")]


def test_an_event_brings_a_contact_in(api: Api) -> None:
    active = api.segment("Active", {"field": "event.login", "operator": "triggered"}, trackMembership=True)
    api.contact("ada@example.com")
    assert api.members(active) == set()
    api.track("ada@example.com", "login")
    assert api.members(active) == {"ada@example.com"}


def test_counts_of_single_events_are_followed(api: Api) -> None:
    twice = {"operator": "triggeredCount", "value": 2, "where": [_over(10)]}
    buyers = api.segment("Buyers", {"field": "event.purchase", **twice}, trackMembership=True)
    for amount in (20, 5, 30):
        assert api.members(buyers) == set()
        api.track("ada@example.com", "purchase", data={"amount": amount})
    assert api.members(buyers) == {"ada@example.com"}


def test_a_flip_of_the_subscription_is_followed_and_counted(api: Api) -> None:
    rule = {"field": "subscribed", "operator": "equals", "value": True}
    reachable = api.segment("Reachable", rule, trackMembership=True)
    everyone = static(api, "Everyone", trackMembership=True)
    api.contact("ada@example.com")
    api.post(f"/segments/{everyone['id']}/members", {"emails": ["ada@example.com"]})
    assert (count(api, reachable), count(api, everyone)) == ((1, 1), (1, 1))
    api.contact("ada@example.com", subscribed=False)
    assert (count(api, reachable), count(api, everyone)) == ((0, 0), (1, 0))
    api.contact("ada@example.com", subscribed=True)
    assert (count(api, reachable), count(api, everyone)) == ((1, 1), (1, 1))


def test_a_changed_address_is_followed(api: Api) -> None:
    rule = {"field": "email", "operator": "endsWith", "value": "@acme.com"}
    acme = api.segment("Acme", rule, trackMembership=True)
    ada = api.contact("ada@example.com")
    api.patch(f"/contacts/{ada['id']}", {"email": "ada@acme.com"})
    assert api.members(acme) == {"ada@acme.com"}


def test_cleared_data_is_followed(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    ada = api.contact("ada@example.com", data={"plan": "trial"})
    api.patch(f"/contacts/{ada['id']}", {"data": None})
    assert api.members(trial) == set()


def test_nested_and_dotted_keys_are_followed(api: Api) -> None:
    rule = {"field": "data.address.city", "operator": "equals", "value": "Paris"}
    paris = api.segment("Paris", rule, trackMembership=True)
    api.contact("ada@example.com", data={"address": {"city": "Paris"}})
    api.contact("bob@example.com", data={"address.city": "Paris"})
    assert api.members(paris) == {"ada@example.com", "bob@example.com"}
    api.contact("ada@example.com", data={"address": {"city": "Rome"}})
    api.contact("bob@example.com", data={"address.city": None})
    assert api.members(paris) == set()


def test_email_activity_is_followed(api: Api, app: Flask, project: Project, context: None) -> None:
    openers = api.segment("Openers", {"field": "email.opened", "operator": "triggered"}, trackMembership=True)
    ada = api.contact("ada@example.com")
    with transaction():
        contact = contacts.get_by_email(project.id, "ada@example.com")
        contacts.note(project.id, contact.id, NewEvent("email.open"))
    assert api.members(openers) == {"ada@example.com"}
    assert segment_events(api, ada) == ["segment.openers.entry"]


def test_a_batch_is_one_change_of_each_contact(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    events = [
        {"email": f"{name}@example.com", "event": "plan", "data": {"plan": plan}}
        for name, plan in (
            ("ada", "trial"),
            ("bob", "trial"),
            ("ada", "pro"),
            ("eve", "pro"),
            ("bob", "trial"),
        )
    ]
    assert api.post("/v1/track/batch", {"events": events}).status_code == 200
    assert api.members(trial) == {"bob@example.com"}
    assert history(api, trial) == [("entry", "bob@example.com")]


def test_a_deleted_contact_leaves_all_segments(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    vip = static(api, "VIP", trackMembership=True)
    plain = static(api, "Plain")
    ada = api.contact("ada@example.com", data={"plan": "trial"})
    for segment in (vip, plain):
        api.post(f"/segments/{segment['id']}/members", {"emails": ["ada@example.com"]})
    assert api.delete(f"/contacts/{ada['id']}").status_code == 204
    for segment in (trial, vip):
        assert history(api, segment) == [("exit", None), ("entry", None)]
    assert [count(api, segment) for segment in (trial, vip, plain)] == [(0, 0)] * 3


def test_sequences_rise_by_one_with_each_fact(app: Flask, api: Api, project: Project) -> None:
    api.segment("Trial users", plan_is("trial"), trackMembership=True)
    api.segment("On any plan", {"field": "data.plan", "operator": "exists"}, trackMembership=True)
    api.contact("ada@example.com", data={"plan": "trial"})
    api.contact("ada@example.com", data={"plan": "pro"})
    api.contact("ada@example.com", data={"plan": None})
    with app.app_context():
        assert [row.sequence for row in told(project.id)] == [1, 2, 3, 4]


@pytest.mark.parametrize("body", [{"name": "Renamed"}, {"description": "Something else"}])
def test_other_edits_move_nobody(api: Api, body: dict[str, Any]) -> None:
    api.contact("ada@example.com", data={"plan": "trial"})
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    assert api.patch(f"/segments/{trial['id']}", body).json["memberCount"] == 1
    api.contact("bob@example.com", data={"plan": "trial"})
    assert history(api, trial) == [("entry", "bob@example.com")]


def test_a_renamed_segment_speaks_by_its_new_name(api: Api) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    api.patch(f"/segments/{trial['id']}", {"name": "Testers"})
    ada = api.contact("ada@example.com", data={"plan": "trial"})
    assert segment_events(api, ada) == ["segment.testers.entry"]
    assert "segment.testers.entry" in api.get("/events/names").json["eventNames"]


def test_a_deleted_segment_says_nothing_and_leaves_nothing(app: Flask, api: Api, project: Project) -> None:
    api.contact("ada@example.com", data={"plan": "trial"})
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    assert api.delete(f"/segments/{trial['id']}").status_code == 204
    ada = api.contact("ada@example.com", data={"plan": "pro"})
    assert segment_events(api, ada) == []


def test_the_removal_of_a_field_is_followed(api: Api, project: Project, context: None) -> None:
    from plunk.contacts import jobs as contact_jobs
    from plunk.jobs import running
    from plunk.jobs import service as jobs

    has_city = {"field": "data.city", "operator": "exists"}
    api.contact("ada@example.com", data={"city": "Paris"})
    with transaction():
        job_id = jobs.start(project.id, contact_jobs.DELETE_FIELD, {"key": "city"})
    city = api.segment("In a city", has_city, trackMembership=True)
    running.run(str(project.id), str(job_id))
    assert history(api, city) == [("exit", "ada@example.com")]


def _over(amount: int) -> dict[str, Any]:
    return {"property": "amount", "operator": "greaterThan", "value": amount}


def test_a_crowd_is_gone_through_in_parts(
    app: Flask, api: Api, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "AT_ONCE", 2)
    people = [api.contact(f"p{n}@example.com", data={"plan": "pro"}) for n in range(5)]
    pro = api.segment("Pro", plan_is("pro"), trackMembership=True)
    mailed = api.segment("Mailed", field("subscribed", "equals", value=True), trackMembership=True)
    also = api.segment("Also", member_of(mailed), trackMembership=True)
    with app.app_context(), transaction():
        ids = many.lock_all(project.id, [UUID(each["id"]) for each in people[1:]])
        many.set_subscribed(project.id, ids, subscribed=False, origin=Origin("tests", "secret"))
    assert (count(api, pro), count(api, mailed), count(api, also)) == ((5, 1), (1, 1), (1, 1))
    assert api.members(mailed) == api.members(also) == {"p0@example.com"}
    for segment in (mailed, also):
        assert sorted(history(api, segment)) == [("exit", each["email"]) for each in people[1:]]
