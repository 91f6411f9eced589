"""Parts of pages that ask again by themselves, while somebody works in them."""

from __future__ import annotations

from io import BytesIO

from playwright.sync_api import Page, Response, expect

from tests.api import Api


def waiting_import(api: Api) -> str:
    """It waits for ever: no worker runs."""
    file = (BytesIO(b"email\nada@example.com\n"), "people.csv")
    started = api.post("/contacts/import", data={"file": file})
    assert started.status_code == 202, started.json
    return str(started.json["jobId"])


def let_it_ask(page: Page, times: int = 2) -> None:
    """Until the page has asked again and shown the answer."""

    def is_asked(answer: Response) -> bool:
        return answer.request.headers.get("hx-request") == "true"

    for _ in range(times):
        with page.expect_response(is_asked):
            pass
    page.wait_for_timeout(200)


def test_a_question_outlives_what_is_shown_behind_it(page: Page, place: str, api: Api) -> None:
    job = waiting_import(api)
    page.goto(f"{place}/imports/{job}")
    page.get_by_role("button", name="Cancel import").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Cancel this import?")
    let_it_ask(page)
    question.get_by_role("button", name="Cancel import").click()
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.locator("#import")).to_contain_text("cancelled")
    assert api.get(f"/jobs/{job}").json["state"] == "cancelled"


def test_a_page_goes_on_asking_after_a_question(page: Page, place: str, api: Api) -> None:
    job = waiting_import(api)
    page.goto(f"{place}/jobs")
    page.get_by_role("button", name="Cancel", exact=True).click()
    question = page.get_by_role("dialog")
    expect(question.get_by_role("button", name="Go back")).to_be_visible()
    let_it_ask(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_focused()
    assert api.post(f"/jobs/{job}/cancel").status_code == 200
    expect(page.locator("#jobs")).to_contain_text("cancelled")


def test_the_focus_stays_where_it_is(page: Page, place: str, api: Api) -> None:
    for _ in range(2):
        waiting_import(api)
    page.goto(f"{place}/jobs")
    second = page.get_by_role("button", name="Cancel", exact=True).nth(1)
    second.focus()
    let_it_ask(page)
    expect(second).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("link", name="Import a file").nth(1)).to_be_focused()


def test_the_numbers_of_a_tracked_segment_follow_and_what_is_selected_stays_so(
    page: Page, place: str, api: Api
) -> None:
    segment = api.segment(
        "Pros", {"field": "data.plan", "operator": "equals", "value": "pro"}, trackMembership=True
    )
    page.goto(f"{place}/segments/{segment['id']}")
    members = page.locator("#counts .live-count").first
    expect(members).to_have_text("0")
    api.contact("ada@example.com", data={"plan": "pro"})
    expect(members).to_have_text("1")
    entry = page.locator("#changes").get_by_role("link", name="ada@example.com")
    entry.select_text()
    let_it_ask(page, times=3)
    assert page.evaluate("getSelection().toString()").strip() == "ada@example.com"
