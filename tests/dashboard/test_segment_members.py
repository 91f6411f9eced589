"""Members of a segment: shown, put in and taken out, as a file, without a browser."""

from __future__ import annotations

import json
import re
from html import unescape

from tests.api import Api
from tests.dashboard.rules import PRO
from tests.dashboard.visiting import Visit


def test_odd_addresses_are_named(owner: Visit, api: Api) -> None:
    segment = api.post("/segments", {"name": "Beta", "type": "STATIC"}).json
    response = owner.post(f"{{project}}/segments/{segment['id']}/members", {"emails": "not-an-address"})
    assert response.status_code == 422 and "not-an-address" in response.text
    many = " ".join(f"a{n}@example.com" for n in range(5_001))
    response = owner.post(f"{{project}}/segments/{segment['id']}/members", {"emails": many})
    assert response.status_code == 422 and "5,000" in response.text


def test_odd_addresses_may_be_left_out(owner: Visit, api: Api) -> None:
    for name in ("ada", "bob"):
        api.contact(f"{name}@example.com")
    segment = api.post("/segments", {"name": "Beta", "type": "STATIC"}).json
    path = f"{{project}}/segments/{segment['id']}/members"
    assert "leave_out" not in owner.get(path).text, "as long as nothing is odd"
    pasted = "name,e-mail\nAda,ada@example.com\nBob,bob@example.com\nx@,new@example.com\ny@,z@"
    response = owner.post(path, {"emails": pasted})
    assert response.status_code == 422 and "name, e-mail, Ada, Bob, x@ … and 2 more." in response.text
    assert "Leave out the 7 that are no e-mail addresses" in response.text
    assert api.get(f"/segments/{segment['id']}").json["memberCount"] == 0
    response = owner.post(path, {"emails": pasted, "leave_out": "on"})
    assert response.status_code == 200 and "2 added." in response.text
    assert "new@example.com" in response.text and "leave_out" not in response.text
    listed = api.get(f"/segments/{segment['id']}/contacts").json["data"]
    assert sorted(each["email"] for each in listed) == ["ada@example.com", "bob@example.com"]
    assert owner.post(path, {"emails": "x@", "leave_out": "on"}).status_code == 422


def test_addresses_are_taken_as_mail_programs_copy_them(owner: Visit, api: Api) -> None:
    segment = api.post("/segments", {"name": "Beta", "type": "STATIC"}).json
    pasted = (
        '"Lovelace, Ada" <ada@example.com>, Grace Hopper <grace@example.com>; bob@example.com\n'
        "<eve@example.com> 'zoe@example.com' \"mia@example.com\"\nJörg (home) <joerg@example.com>"
    )
    path = f"{{project}}/segments/{segment['id']}/members"
    assert owner.post(path, {"emails": pasted, "create_missing": "on"}).status_code == 303
    names = ("ada", "bob", "eve", "grace", "joerg", "mia", "zoe")
    listed = api.get(f"/segments/{segment['id']}/contacts").json["data"]
    assert sorted(each["email"] for each in listed) == [f"{name}@example.com" for name in names]


def test_members_are_put_in_pasted_created_and_taken_out(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com")
    segment = api.post("/segments", {"name": "Beta", "type": "STATIC"}).json
    path = f"{{project}}/segments/{segment['id']}/members"
    owner.get(path)
    response = owner.post(path, {"emails": "ada@example.com new@example.com"})
    assert response.status_code == 200 and "new@example.com" in response.text
    assert "Create contacts and add them" in response.text
    owner.post(path, {"emails": "new@example.com", "create_missing": "on"})
    listed = api.get(f"/segments/{segment['id']}/contacts").json["data"]
    assert {each["email"]: each["subscribed"] for each in listed} == {
        "ada@example.com": True,
        "new@example.com": False,
    }
    assert owner.post(path + "/remove", {"email": "ada@example.com"}).status_code == 303
    assert api.get(f"/segments/{segment['id']}/contacts").json["total"] == 1
    assert "Nobody" not in owner.get(path).text


def test_members_come_page_by_page_and_by_search(owner: Visit, api: Api) -> None:
    for n in range(53):
        api.contact(f"a{n:02}@example.com", data={"plan": "pro"})
    path = f"{{project}}/segments/{api.segment('Pros', PRO)['id']}/members"
    first = owner.get(path).text
    assert "a52@example.com" in first and "a01@example.com" not in first
    following = unescape(re.search(r'href="([^"]+cursor=[^"]+)"', first)[1])
    second = owner.get(following).text
    assert "a01@example.com" in second and "a52@example.com" not in second
    assert "a07@example.com" in owner.get(path + "?q=A07").text
    assert owner.get(path + "?cursor=nonsense").status_code in (400, 422)


def test_only_a_static_segment_takes_members(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com")
    path = f"{{project}}/segments/{api.segment('Pros', PRO)['id']}/members"
    response = owner.post(path, {"emails": "ada@example.com"})
    assert response.status_code == 422 and "static" in response.text.lower()


def test_members_leave_as_a_file(owner: Visit, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro"})
    api.contact("bob@example.com", data={"plan": "free"})
    segment = api.segment("Pros ü", PRO)
    file = owner.get(f"{{project}}/segments/{segment['id']}/export")
    assert (
        "attachment" in file.headers["Content-Disposition"]
        and "segment-pros" in file.headers["Content-Disposition"]
    )
    assert "ada@example.com" in file.text and "bob@example.com" not in file.text
    lines = owner.get(f"{{project}}/segments/{segment['id']}/export?format=ndjson").text
    assert json.loads(lines)["email"] == "ada@example.com"
