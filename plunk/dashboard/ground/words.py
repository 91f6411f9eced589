"""Languages of the dashboard: English is written in the code, others are catalogues in `translations`."""

from __future__ import annotations

from pathlib import Path

from babel import Locale, UnknownLocaleError
from flask import Flask, request
from flask_babel import Babel, get_locale

from plunk.dashboard.ground import visitor
from plunk.dashboard.ground.paths import is_page

FOLDER = Path(__file__).parent.parent / "translations"
SOURCE = "en"


def init_app(app: Flask) -> None:
    """Picks the language of each request."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    Babel(app, locale_selector=_choose)


def languages() -> list[tuple[str, str]]:
    """`(code, name in that language)` of what the dashboard is translated to."""
    codes = [SOURCE, *sorted(each.parent.parent.name for each in FOLDER.glob("*/LC_MESSAGES/messages.mo"))]
    return [(code, (Locale.parse(code).get_display_name(code) or code).capitalize()) for code in codes]


def language() -> str:
    """The code of this page's language."""
    return str(get_locale() or SOURCE).replace("_", "-")


def direction() -> str:
    """`ltr` or `rtl`."""
    locale = get_locale()
    return locale.text_direction if locale else "ltr"


def _choose() -> str:
    """The person's own choice, else what their browser asks for, with its country: `en_GB` writes dates as there."""
    if not is_page(request.path):
        return SOURCE
    known = [code for code, _ in languages()]
    own = visitor.visitor().locale if visitor.is_signed_in() else ""
    wanted = [each for each, _ in request.accept_languages if _language(each) in known]
    chosen = own if own in known else _language(wanted[0]) if wanted else SOURCE
    return next(filter(None, (_known(each) for each in wanted if _language(each) == chosen)), chosen)


def _language(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _known(tag: str) -> str | None:
    """`de_AT` for `de-AT`; None for a country or a script that nobody has heard of."""
    try:
        return str(Locale.parse(tag, sep="-"))
    except (UnknownLocaleError, ValueError):
        return None
