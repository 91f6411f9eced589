"""Settings: the project, its keys, its members, its audit log."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask

from plunk.accounts import audit, members, users
from plunk.accounts.keys import list_keys
from plunk.accounts.people import MEMBER, OWNER
from plunk.db.base import new_id
from plunk.db.session import transaction
from plunk.testing.apps import new_project
from tests.api import Api
from tests.conftest import TestProject
from tests.dashboard.visiting import PASSWORD, Visit, person
from tests.live import at_once, eventually

OWNERS_WRITES = [
    ("", {"name": "Taken over", "language": "de"}),
    ("/keys", {"kind": "secret", "name": "x"}),
    ("/members", {"email": "friend@example.com", "role": "owner"}),
]


def code_in(page: str, label: str) -> str:
    """What a snippet of this label shows."""
    return re.search(rf'aria-label="{label}"><code>([^<]+)', page)[1]


def log(visit: Visit) -> str:
    """The audit log as text."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", visit.get("{project}/settings/audit").text))


def ids(app: Flask, project: TestProject) -> dict[str, UUID]:
    with app.app_context():
        return {each.email: each.id for each in members.list_members(project.id)}


def test_an_owner_changes_the_project(owner: Visit) -> None:
    form = {"name": "My <b>shop</b>", "language": "de", "may_subscribe": "on"}
    assert owner.fill_in("{project}/settings/", form).status_code == 303
    page = owner.get("{project}/settings").text
    assert "Saved." in page and "My &lt;b&gt;shop" in page and "<b>shop" not in page
    assert re.search(r'<option value="de" selected>', page) and re.search(
        r'name="may_subscribe"[^>]*checked', page
    )
    assert "public keys may change subscriptions: yes" in log(owner)
    owner.fill_in("{project}/settings/", {"name": "My shop", "language": "de"})
    assert not re.search(r'name="may_subscribe"[^>]*checked', owner.get("{project}/settings").text)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": " ", "language": "en"}, "1 to 100 characters"),
        ({"name": "x", "language": "xx"}, "Choose one of the list"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(owner: Visit, form: dict[str, str], said: str) -> None:
    response = owner.fill_in("{project}/settings/", form)
    assert response.status_code == 422 and said in response.text and 'aria-invalid="true"' in response.text


def test_members_look_and_owners_decide(owner: Visit, member: Visit) -> None:
    for path, form in OWNERS_WRITES:
        assert member.get("{project}/settings" + path).status_code == 200
        response = member.post("{project}/settings" + path, form)
        assert response.status_code == 403 and "Only an owner" in response.text, path
    assert member.get("{project}/settings/audit").status_code == 403
    assert "Audit log" not in member.get("{project}/settings").text
    assert "Taken over" not in owner.get("{project}/settings").text


def test_a_key_is_shown_once_works_and_is_revoked(app: Flask, owner: Visit) -> None:
    made = owner.fill_in("{project}/settings/keys", {"kind": "secret", "name": "Büro"})
    assert made.status_code == 201
    assert 'aria-current="page">Keys</a>' in made.text
    key = code_in(made.text, "The new key")
    api = Api(app.test_client(), key)
    assert api.get("/contacts").status_code == 200
    page = owner.get("{project}/settings/keys").text
    assert key not in page and key[:10] in page and "Büro" in page
    assert key not in log(owner) and "created a key" in log(owner)
    revoke = re.findall(r'action="([^"]+/revoke)"', page)
    assert len(revoke) == 3
    for each in revoke:
        assert owner.post(each).status_code == 303
    eventually(lambda: Api(app.test_client(), key).get("/contacts").status_code == 401)
    assert "No keys" in owner.get("{project}/settings/keys").text


def test_a_public_key_tracks_only(app: Flask, owner: Visit) -> None:
    made = owner.fill_in("{project}/settings/keys", {"kind": "public", "name": ""})
    api = Api(app.test_client(), code_in(made.text, "The new key"))
    assert api.track("a@example.com", "seen") and api.get("/contacts").status_code == 401


@pytest.mark.parametrize("form", [{"kind": "root", "name": ""}, {"kind": "secret", "name": "a" * 101}, {}])
def test_an_odd_key_is_not_made(owner: Visit, form: dict[str, str]) -> None:
    assert owner.post("{project}/settings/keys", form).status_code == 422


def test_the_key_of_another_project_cannot_be_revoked(app: Flask, owner: Visit) -> None:
    other = new_project(app, "Others")
    with app.app_context():
        key_id = list_keys(other.id)[0].id
    assert owner.post(f"{{project}}/settings/keys/{key_id}/revoke").status_code == 404
    assert Api(app.test_client(), other.secret_key).get("/contacts").status_code == 200


def test_somebody_new_gets_a_link_chooses_a_password_and_is_in(
    app: Flask, owner: Visit, project: TestProject
) -> None:
    invited = owner.post("{project}/settings/members", {"email": " New@Example.com ", "role": "member"})
    assert invited.status_code == 201
    link = code_in(invited.text, "The link")
    page = owner.get("{project}/settings/members").text
    assert "new@example.com" in page and "invited" in page and link not in page
    visit = Visit(app, project.id)
    path = link.removeprefix("http://localhost")
    visit.get(path)
    assert visit.post(path, {"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert visit.get("{project}/contacts").status_code == 200
    assert visit.get("{project}/settings/audit").status_code == 403
    assert "invited</span>" not in owner.get("{project}/settings/members").text


def test_somebody_with_an_account_is_in_at_once_and_not_twice(
    app: Flask, owner: Visit, project: TestProject
) -> None:
    known = person(app)
    visit = Visit(app, project.id)
    visit.sign_in(known.email)
    assert visit.get("{project}").status_code == 404
    form = {"email": known.email, "role": "owner"}
    assert owner.post("{project}/settings/members", form).status_code == 303
    assert visit.get("{project}/settings/audit").status_code == 200
    again = owner.post("{project}/settings/members", form)
    assert again.status_code == 422 and "member already" in again.text


@pytest.mark.parametrize(
    "form", [{"email": "no", "role": "member"}, {"email": "a@example.com", "role": "king"}, {}]
)
def test_an_odd_invitation_is_refused(owner: Visit, form: dict[str, str]) -> None:
    assert owner.post("{project}/settings/members", form).status_code == 422


def test_a_lost_link_is_replaced(app: Flask, owner: Visit, project: TestProject) -> None:
    first = code_in(
        owner.post("{project}/settings/members", {"email": "l@example.com", "role": "member"}).text,
        "The link",
    )
    user_id, people = ids(app, project)["l@example.com"], "{project}/settings/members"
    second = code_in(owner.fill_in(people, to=f"{people}/{user_id}/link").text, "The link")
    stranger = Visit(app)
    assert stranger.get(first.removeprefix("http://localhost")).status_code == 404
    assert stranger.get(second.removeprefix("http://localhost")).status_code == 200


def test_an_owner_makes_no_link_into_the_account_of_somebody_who_has_a_password(
    app: Flask, owner: Visit, project: TestProject
) -> None:
    settled = person(app, project.id, MEMBER)
    assert (
        owner.post(f"{{project}}/settings/members/{settled.id}/link", {"once": new_id()}).status_code == 409
    )


def test_an_invitation_opens_one_project_only(app: Flask, owner: Visit, project: TestProject) -> None:
    """Who made the link could otherwise follow an invited person into the projects of others."""
    owner.post("{project}/settings/members", {"email": "eve@example.com", "role": "member"})
    elsewhere = new_project(app, "Elsewhere")
    other = Visit(app, elsewhere.id)
    other.sign_in(person(app, elsewhere.id).email)
    refused = other.post("{project}/settings/members", {"email": "eve@example.com", "role": "owner"})
    assert refused.status_code == 422 and "not taken up" in refused.text
    user_id = ids(app, project)["eve@example.com"]
    assert other.post(f"{{project}}/settings/members/{user_id}/link", {"once": new_id()}).status_code == 404


def test_an_invitation_withdrawn_leaves_nothing(app: Flask, owner: Visit, project: TestProject) -> None:
    made = owner.post("{project}/settings/members", {"email": "oops@example.com", "role": "member"})
    link = code_in(made.text, "The link")
    user_id = ids(app, project)["oops@example.com"]
    assert owner.post(f"{{project}}/settings/members/{user_id}/remove").status_code == 303
    assert "oops@example.com is no longer a member" in owner.get("{project}/settings/members").text
    assert Visit(app).get(link.removeprefix("http://localhost")).status_code == 404
    with app.app_context():
        assert users.find_user("oops@example.com") is None


def test_a_member_who_is_removed_is_out_with_the_next_page(
    app: Flask, owner: Visit, project: TestProject
) -> None:
    leaving = person(app, project.id, MEMBER)
    visit = Visit(app, project.id)
    visit.sign_in(leaving.email)
    assert visit.get("{project}").status_code == 200
    assert owner.post(f"{{project}}/settings/members/{leaving.id}/remove").status_code == 303
    assert visit.get("{project}").status_code == 404
    assert "removed a member" in log(owner)


def test_a_role_is_changed_and_counts_at_once(app: Flask, owner: Visit, project: TestProject) -> None:
    rising = person(app, project.id, MEMBER)
    visit = Visit(app, project.id)
    visit.sign_in(rising.email)
    assert owner.post(f"{{project}}/settings/members/{rising.id}/role", {"role": "owner"}).status_code == 303
    assert visit.get("{project}/settings/audit").status_code == 200
    assert owner.post(f"{{project}}/settings/members/{rising.id}/role", {"role": "member"}).status_code == 303
    assert visit.get("{project}/settings/audit").status_code == 403


def test_the_last_owner_stays(app: Flask, owner: Visit, member: Visit, project: TestProject) -> None:
    with app.app_context():
        (owner_id,) = [each.id for each in members.list_members(project.id) if each.role == OWNER]
    for path, form in (
        (f"/members/{owner_id}/role", {"role": "member"}),
        (f"/members/{owner_id}/remove", {}),
        ("/members/leave", {}),
    ):
        owner.post("{project}/settings" + path, form)
        assert "needs an owner" in owner.get("{project}/settings/members").text, path
    assert owner.get("{project}/settings/audit").status_code == 200


def test_of_two_owners_who_go_at_once_one_stays(app: Flask, project: TestProject) -> None:
    both = [person(app, project.id, OWNER) for _ in range(2)]

    def go(who) -> bool:
        with app.app_context():
            try:
                with transaction():
                    members.remove_member(project.id, who.id)
            except Exception:
                return False
            return True

    assert sum(at_once([lambda who=who: go(who) for who in both])) == 1


def test_whoever_wants_to_may_leave(member: Visit) -> None:
    assert member.post("{project}/settings/members/leave").location == "/dashboard/"
    assert member.get("{project}").status_code == 404


def test_people_of_other_projects_are_unknown(app: Flask, owner: Visit) -> None:
    foreign = person(app, new_project(app, "Others").id)
    for verb in ("role", "remove", "link"):
        owner.post(f"{{project}}/settings/members/{foreign.id}/{verb}", {"role": "member"})
    assert foreign.email not in owner.get("{project}/settings/members").text
    assert Visit(app).sign_in(foreign.email).status_code == 303


def test_the_audit_log_goes_on_page_by_page_and_refuses_odd_cursors(
    app: Flask, owner: Visit, project: TestProject
) -> None:
    with app.app_context(), transaction():
        for n in range(120):
            audit.record(project.id, audit.Actor(), "key.created", subject=f"entry-{n:03}")
    seen: list[str] = []
    path = "{project}/settings/audit"
    while path:
        page = owner.get(path).text
        seen += re.findall(r"entry-\d{3}", page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert seen == [f"entry-{n:03}" for n in reversed(range(120))]
    assert owner.get("{project}/settings/audit?cursor=x").status_code == 422
    other = new_project(app, "Others")
    visit = Visit(app, other.id)
    visit.sign_in(person(app, other.id).email)
    assert "entry-" not in visit.get("{project}/settings/audit").text


def test_a_project_is_made_with_keys_and_its_owner(app: Flask, owner: Visit) -> None:
    made = owner.fill_in("/dashboard/projects/new", {"name": "Second shop"})
    assert made.status_code == 201
    api = Api(app.test_client(), code_in(made.text, "Secret key"))
    assert api.get("/contacts").json["total"] == 0
    assert "Second shop" in owner.get("{project}").text, "in the switcher"
    assert owner.post("/dashboard/projects/new", {"name": ""}).status_code == 422


def test_one_comes_back_to_the_project_visited_last(app: Flask, owner: Visit, project: TestProject) -> None:
    made = owner.fill_in("/dashboard/projects/new", {"name": "Zweites"}).text
    second = re.search(r'class="button primary" href="([^"]+)"', made)[1]
    owner.get(second)
    assert owner.get("/dashboard/").location == second
    owner.get("{project}/contacts")
    assert owner.get("/dashboard/").location == f"/dashboard/{project.id}/"
    assert f"/dashboard/{project.id}/contacts/" in owner.get("/dashboard/account").text
