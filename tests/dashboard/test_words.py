"""Languages: a catalogue that lies in the folder is a choice, and pages follow it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask

from plunk.config import Settings
from plunk.dashboard.ground import words
from plunk.filters.happenings import EVENT, MAIL
from plunk.filters.operators import builtin
from plunk.filters.operators.count import TIMES
from plunk.filters.telling import E_MAIL_ACTIVITIES, FIELDS, UNITS
from plunk.testing.apps import new_project, own_app
from tests.api import Api
from tests.dashboard.visiting import visiting

PACKAGE = Path(words.__file__).parents[1]
TRANSLATED: dict[str, dict[Any, Any]] = {
    "de": {
        "Sign in": "Anmelden",
        "Contacts": "Kontakte",
        "Not found": "Nicht gefunden",
        "Contacts {rule}.": "Kontakte, {rule}.",
        "whose {field} is {value}": "deren {field} {value} ist",
        "{did} in the last {value}": "{did} innerhalb von {value}",
        "who had the event {name}": "die das Ereignis {name} hatten",
        "and": "und",
        ("{number} day", "{number} days"): ("{number} Tag", "{number} Tagen"),
    },
    "ar": {"Sign in": "تسجيل الدخول", "Contacts": "جهات الاتصال"},
}


@pytest.fixture
def translated(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An app with a German and an Arabic catalogue."""
    for code, texts in TRANSLATED.items():
        catalogue = Catalog(locale=code)
        for english, text in texts.items():
            catalogue.add(english, text)
        folder = tmp_path / code / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / "messages.mo").open("wb") as file:
            write_mo(file, catalogue)
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    with own_app(settings) as app:
        yield app


def test_pages_speak_the_language_that_the_browser_asks_for(translated: Flask) -> None:
    client = translated.test_client()
    for accepted, lang, sign_in in (
        ("de-AT,en;q=0.5", "de-AT", "Anmelden"),
        ("fr,en;q=0.5", "en", "Sign in"),
    ):
        page = client.get("/dashboard/login", headers={"Accept-Language": accepted}).text
        assert f'<html lang="{lang}" dir="ltr"' in page and f"<h1>{sign_in}</h1>" in page
    arabic = client.get("/dashboard/login", headers={"Accept-Language": "ar"}).text
    assert 'dir="rtl"' in arabic and "تسجيل الدخول" in arabic
    assert "Nicht gefunden" in client.get("/dashboard/nowhere", headers={"Accept-Language": "de"}).text


def test_a_person_s_own_choice_wins_and_the_navigation_follows(translated: Flask) -> None:
    visit = visiting(translated, new_project(translated).id)
    assert '<option value="de">Deutsch</option>' in visit.get("/dashboard/account").text
    visit.post("/dashboard/account/language", {"locale": "de"})
    page = visit.get("{project}", headers={"Accept-Language": "ar"}).text
    assert "Kontakte" in page and 'lang="de"' in page


RULE = {
    "logic": "AND",
    "groups": [
        {
            "filters": [
                {"field": "data.plan", "operator": "equals", "value": "pro"},
                {"field": "event.bought", "operator": "triggeredWithin", "value": 30, "unit": "days"},
            ]
        }
    ],
}
ENGLISH = "Contacts whose plan is “pro” and who had the event “bought” in the last 30 days."
GERMAN = "Kontakte, deren plan “pro” ist und die das Ereignis “bought” hatten innerhalb von 30 Tagen."


def test_rules_are_told_in_the_language_of_the_page(translated: Flask) -> None:
    project = new_project(translated)
    visit, api = visiting(translated, project.id), Api(translated.test_client(), project.secret_key)
    segment = api.segment("Pros", condition=RULE)
    path = "{project}/segments/" + segment["id"]
    contact = api.contact("ada@example.com")["id"]
    question = {"condition": json.dumps(RULE)}
    assert ENGLISH in visit.get(path).text
    visit.post("/dashboard/account/language", {"locale": "de"})
    assert GERMAN in visit.get(path).text
    assert visit.post("{project}/segments/ask/sentence", question).json == {"sentence": GERMAN}
    assert "Kontakte, deren plan “pro” ist." in visit.get(f"{path}/why?contact={contact}").text
    assert api.post("/segments/describe", {"condition": RULE}).json == {"sentence": ENGLISH}


def test_the_api_stays_english(translated: Flask) -> None:
    answer = translated.test_client().get("/nowhere", headers={"Accept-Language": "de"})
    assert "not found" in answer.json["message"]


def test_every_text_can_be_collected() -> None:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = {
        message
        for _, _, message, _, _ in extract_from_dir(
            str(PACKAGE),
            method_map=methods,
            keywords={"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None},
        )
    }
    texts = {each if isinstance(each, str) else each[0] for each in found}
    assert {"Contacts", "Sign in", "Not found", "made a key"} <= texts


def test_every_phrase_of_sentences_was_collected() -> None:
    collected = read_po(BytesIO((PACKAGE / "translations/messages.pot").read_bytes()))
    known = {one for each in collected for one in ([each.id] if isinstance(each.id, str) else each.id)}
    operators = list(builtin.plunk_filter_operators())
    phrases = {each.phrase for each in operators} | {getattr(each, "date_phrase", "") for each in operators}
    happenings = {text for each in (EVENT, *MAIL.values()) for text in astuple(each)}
    numbers = {text for two in (*UNITS.values(), *TIMES.values()) for text in two}
    names = {*FIELDS.values(), *E_MAIL_ACTIVITIES.values()}
    assert (phrases | happenings | numbers | names | {"and", "or", "on", "off"}) - {""} <= known
