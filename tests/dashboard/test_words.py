"""Languages: a catalogue that lies in the folder is a choice, and pages follow it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple
from gettext import NullTranslations
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
from plunk.filters.vocabulary import Vocabulary
from plunk.segments import rules
from plunk.segments.vocabulary import describe
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
        "is": "ist",
        "is after": "liegt nach",
        "Created": "Angelegt",
        "E-mail opened": "Mail geöffnet",
        "days": "Tage",
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
    assert ">deren plan “pro” ist<" in visit.get(f"{path}/why?contact={contact}").text
    assert api.post("/segments/describe", {"condition": RULE}).json == {"sentence": ENGLISH}


def test_the_builder_offers_fields_and_comparisons_in_the_language_of_the_page(translated: Flask) -> None:
    project = new_project(translated)
    visit, api = visiting(translated, project.id), Api(translated.test_client(), project.secret_key)
    visit.post("/dashboard/account/language", {"locale": "de"})
    told = visit.get("{project}/segments/ask/vocabulary").json
    fields = {each["field"]: each["label"] for each in told["fields"]}
    operators = {each["operator"]: (each["label"], each["dateLabel"]) for each in told["operators"]}
    assert (fields["createdAt"], fields["email.opened"]) == ("Angelegt", "Mail geöffnet")
    assert operators["equals"] == ("ist", "ist")
    assert operators["greaterThan"] == ("is greater than", "liegt nach"), (
        "what nobody translated stays English"
    )
    assert told["labels"]["units"]["days"] == "Tage"
    english = api.get("/segments/vocabulary").json
    assert english["labels"]["units"]["days"] == "days", "the API speaks English"


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
    assert {"Contacts", "Sign in", "Not found", "created a key"} <= texts


def collected() -> set[str]:
    """The texts that translators get."""
    catalogue = read_po(BytesIO((PACKAGE / "translations/messages.pot").read_bytes()))
    return {one for each in catalogue for one in ([each.id] if isinstance(each.id, str) else each.id)}


class Asked(NullTranslations):
    """Remembers what was to be translated."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def gettext(self, message: str) -> str:
        self.texts.add(message)
        return message


def test_every_label_of_the_builder_was_collected(app: Flask) -> None:
    asked = Asked()
    project_id = new_project(app).id
    with app.app_context():
        builtins = Vocabulary(builtin.plunk_filter_operators())
        builtins.describe(asked)
        assert len(asked.texts) > len(list(builtins)), "labels of operators, and of what they need"
        of_plugins = {each.label for each in rules.vocabulary() if not builtins.get(each.key)}
        describe(project_id, asked)
    assert {"is", "Created", "E-mail sent", "weeks", "any of these"} <= asked.texts
    assert asked.texts - of_plugins <= collected()


def test_every_phrase_of_sentences_was_collected() -> None:
    operators = list(builtin.plunk_filter_operators())
    phrases = {each.phrase for each in operators} | {getattr(each, "date_phrase", "") for each in operators}
    happenings = {text for each in (EVENT, *MAIL.values()) for text in astuple(each)}
    numbers = {text for two in (*UNITS.values(), *TIMES.values()) for text in two}
    names = {*FIELDS.values(), *E_MAIL_ACTIVITIES.values()}
    assert (phrases | happenings | numbers | names | {"and", "or", "on", "off"}) - {""} <= collected()
