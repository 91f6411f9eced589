"""Webhooks in the dashboard: made, tested against a real receiver, sent again, turned off and on, gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from ipaddress import ip_network

import pytest
from flask import Flask

from plunk.config import Settings
from tests.api import Api
from tests.dashboard.visiting import Visit
from tests.live import own_app, work_off
from tests.receiver import Receiver, Reply, receiving

SECRET = re.compile(r"whsec_[\w+/=]+")


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """The usual ones; loopback may be reached."""
    return replace(settings, outbound_allow=(ip_network("127.0.0.0/8"),))


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    with own_app(settings) as app:
        yield app


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def make(visit: Visit, url: str, events: str = "*") -> tuple[str, str]:
    """The path of the webhook and its secret."""
    made = visit.fill_in("{project}/webhooks/new", {"url": url, "events": events, "description": "The CRM"})
    assert made.status_code == 201, made.text
    path = re.search(r'href="([^"]+/webhooks/[0-9a-f-]{36})"', made.text)
    return path[1], SECRET.search(made.text)[0]


def test_a_webhook_is_made_and_its_secret_is_shown_once(owner: Visit, api: Api) -> None:
    path, secret = make(owner, "https://hooks.example.com/x", "segment.*\n\n contact.unsubscribed ")
    assert secret not in owner.get(path).text
    (made,) = api.get("/webhooks").json["data"]
    assert made["events"] == ["segment.*", "contact.unsubscribed"] and made["description"] == "The CRM"
    assert "hooks.example.com" in owner.get("{project}/webhooks").text


def test_every_problem_of_the_form_stands_at_its_field(owner: Visit) -> None:
    answer = owner.post("{project}/webhooks/new", {"url": "http://10.0.0.1/", "events": "x" * 300})
    assert answer.status_code == 422
    assert 'id="f-url-error"' in answer.text and 'id="f-events-error"' in answer.text
    answer = owner.post("{project}/webhooks/new", {"url": "https://example.com", "events": " \n"})
    assert "at least one pattern" in answer.text


def test_it_is_changed(owner: Visit, api: Api) -> None:
    path, _ = make(owner, "https://hooks.example.com/x")
    assert "hooks.example.com/x" in owner.get(f"{path}/edit").text
    assert owner.post(f"{path}/edit", {"url": "ftp://x", "events": "*"}).status_code == 422
    saved = owner.fill_in(f"{path}/edit", {"url": "https://example.org/y", "events": "a.*"})
    assert saved.location == path
    (now,) = api.get("/webhooks").json["data"]
    assert (now["url"], now["events"], now["description"]) == ("https://example.org/y", ["a.*"], None)


@pytest.mark.usefixtures("alone")
def test_a_test_is_sent_and_sent_again_and_the_answer_is_shown(
    settings: Settings, owner: Visit, receiver: Receiver
) -> None:
    path, secret = make(owner, f"{receiver.url}/hook")
    receiver.replies(Reply(503, body=b"<b>not now</b>"))
    sent = owner.post(f"{path}/test")
    assert "every 1s" in owner.get(sent.location).text
    work_off(settings)
    page = owner.get(sent.location).text
    assert "trying again" in page and "&lt;b&gt;not now&lt;/b&gt;" in page and "503" in page
    before = len(receiver.ids)  # a busy worker may have come to a retry by now
    receiver.replies(Reply(200, body=b"thanks"))
    assert owner.post(f"{sent.location}/replay").location == sent.location
    work_off(settings)
    page = owner.get(sent.location).text
    assert "delivered" in page and "thanks" in page
    assert len(receiver.ids) == before + 1 and len(set(receiver.ids)) == 1
    assert receiver.requests[0].verify(secret)["type"] == "webhook.test"
    assert "webhook.test" in owner.get(f"{path}?state=delivered").text
    assert "No delivery has this status" in owner.get(f"{path}?state=failed").text


@pytest.mark.usefixtures("alone")
def test_a_delivery_shows_the_request_as_it_goes_out_and_no_secret(
    settings: Settings, owner: Visit, receiver: Receiver
) -> None:
    path, secret = make(owner, f"{receiver.url}/hook")
    sent = owner.post(f"{path}/test").location
    before = shown_request(owner.get(sent).text)
    work_off(settings)
    page = owner.get(sent).text
    (request,) = receiver.requests
    line, *headers = shown_request(page)
    assert line == f"POST {receiver.url}/hook"
    shown = {name.lower(): value for name, _, value in (each.partition(": ") for each in headers)}
    assert set(shown) == {"content-type", "user-agent", "webhook-id"}
    assert shown == {name: request.headers[name] for name in shown}, "as the receiver saw it"
    assert before == [line, *headers], "also before it is sent"
    assert secret not in page and secret.removeprefix("whsec_") not in page
    assert "webhook-signature" in page and request.headers["webhook-signature"] not in page


def shown_request(page: str) -> list[str]:
    """The lines of address and headers."""
    found = re.search(r'aria-label="Address and headers of the request"><code>(.*?)</code>', page, re.DOTALL)
    return unescape(found[1]).split("\n")


@pytest.mark.usefixtures("alone")
def test_all_since_a_moment_are_sent_again(
    settings: Settings, owner: Visit, api: Api, receiver: Receiver
) -> None:
    path, _ = make(owner, f"{receiver.url}/hook", "bought")
    for n in range(3):
        api.track(f"a{n}@example.com", "bought")
    work_off(settings)
    before = len(receiver.requests)
    assert before == 3
    assert owner.post(f"{path}/replay", {"since": "2020-01-01T10:00", "state": ""}).status_code == 303
    work_off(settings)
    assert len(receiver.requests) == 6
    answer = owner.post(f"{path}/replay", {"since": "yesterday", "state": ""})
    assert answer.status_code == 422 and 'id="f-since-error"' in answer.text


def test_it_is_turned_off_and_on_rotated_and_deleted(owner: Visit, api: Api) -> None:
    path, secret = make(owner, "https://hooks.example.com/x")
    owner.post(f"{path}/enabled", {"enabled": "no"})
    assert "It is off: nothing is sent" in owner.get(path).text
    assert owner.post(f"{path}/test").location == path
    said = owner.get(path).text
    assert "This webhook is disabled. Enable it first." in said and "PATCH" not in said
    owner.post(f"{path}/enabled", {"enabled": "yes"})
    assert api.get("/webhooks").json["data"][0]["enabled"] is True
    rotated = owner.fill_in(path, {"overlap": "72"}, to=f"{path}/rotate")
    assert rotated.status_code == 201 and SECRET.search(rotated.text)[0] != secret
    assert "The old secret stays valid until" in rotated.text
    assert owner.post(f"{path}/delete").status_code == 303
    assert owner.get(path).status_code == 404
    log = owner.get("{project}/settings/audit").text
    for words in ("created a webhook", "turned a webhook off", "created a new secret", "deleted a webhook"):
        assert words in log


def test_members_may_too_and_what_does_not_exist_is_not_found(owner: Visit, member: Visit) -> None:
    path, _ = make(member, "https://hooks.example.com/x")
    nobody = "01890000-0000-7000-8000-000000000000"
    assert owner.get(f"{path}/deliveries/{nobody}").status_code == 404
    assert owner.post(f"{path}/deliveries/{nobody}/replay").status_code == 404
    assert owner.get(f"{{project}}/webhooks/{nobody}").status_code == 404
