"""Members of static segments come and go, and leave a trace if they are tracked."""

from __future__ import annotations

from plunk.testing.api import Api
from tests.segments.rules import count, member_of, static
from tests.segments.traces import history, segment_events


def test_static_members_come_and_go_with_a_trace_if_tracked(api: Api) -> None:
    vip = static(api, "VIP", trackMembership=True)
    plain = static(api, "Plain")
    reader = api.segment("VIP readers", member_of(vip), trackMembership=True)
    ada = api.contact("ada@example.com")
    for segment in (vip, plain):
        api.post(f"/segments/{segment['id']}/members", {"emails": ["ada@example.com"]})
    assert segment_events(api, ada) == ["segment.vip-readers.entry", "segment.vip.entry"]
    api.delete(f"/segments/{vip['id']}/members", {"emails": ["ada@example.com"]})
    assert [change for change, _ in history(api, vip)] == ["exit", "entry"]
    assert api.members(reader) == set()
    assert history(api, plain) == []


def test_members_that_a_static_segment_is_made_with_are_its_start(api: Api) -> None:
    api.contact("ada@example.com")
    vip = static(api, "VIP", "ada@example.com", trackMembership=True)
    assert history(api, vip) == [] and count(api, vip) == (1, 1)


def test_a_created_member_is_announced(api: Api) -> None:
    vip = static(api, "VIP", trackMembership=True)
    body = {"emails": ["new@example.com"], "createMissing": True, "subscribed": False}
    assert api.post(f"/segments/{vip['id']}/members", body).json["created"] == 1
    assert history(api, vip) == [("entry", "new@example.com")] and count(api, vip) == (1, 0)


def test_who_is_created_as_a_member_was_never_outside(api: Api) -> None:
    blocked = static(api, "Blocked", trackMembership=True)
    outside = {**member_of(blocked), "operator": "notMemberOfSegment"}
    others = api.segment("Not blocked", outside, trackMembership=True)
    on_list = api.segment("New on the list", member_of(blocked), trackMembership=True)
    body = {"emails": ["new@example.com"], "createMissing": True}
    assert api.post(f"/segments/{blocked['id']}/members", body).json["added"] == 1
    assert history(api, others) == []
    assert history(api, on_list) == [("entry", "new@example.com")]
