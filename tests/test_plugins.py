"""Plugins come through one door: found, named in errors, refused when they do not fit."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from flask import Flask

from plunk.app import CANNOT_START, create_app
from plunk.config import Settings
from plunk.testing.apps import own_app
from tests.api import Api
from tests.conftest import Install

OPERATOR = """
    from plunk import hookimpl
    from plunk.filters.fields import Kind
    from plunk.filters.operator import Operator

    class IsShouting(Operator):
        key, label = {key!r}, "is written in capitals"
        kinds = (Kind.DATA,)
        example = {{"field": "data.name", "operator": {key!r}}}

        def sql(self, target, value):
            from sqlalchemy import func
            return target.text() == func.upper(target.text())

    @hookimpl
    def plunk_filter_operators():
        return [IsShouting()]
"""

MOON = """
    import os
    from plunk import hookimpl
    from plunk.config import BadSetting
    from plunk.web.access import project_id
    from plunk.web.blueprint import Blueprint

    blueprint = Blueprint("moon", __name__)

    @blueprint.route("/moon")
    @blueprint.response(200)
    def show():
        '''What the moon does in this project.'''
        return {"moon": os.environ["MOON"], "project": str(project_id())}

    @hookimpl
    def plunk_setup(app):
        if os.environ.get("MOON") not in ("full", "new"):
            raise BadSetting("MOON must be full or new")
        app.extensions["plunk.api"].register_blueprint(blueprint)
"""

HOOK = "from plunk import hookimpl\n@hookimpl\ndef "


def refused(settings: Settings) -> str:
    with pytest.raises(CANNOT_START) as caught:
        create_app(settings)
    return str(caught.value)


def test_a_plugins_operator_stands_beside_the_built_in_ones(
    install: Install, settings: Settings, api: Api
) -> None:
    install("shouting", OPERATOR.format(key="isShouting"))
    api.contact("loud@example.com", data={"name": "ADA"})
    api.contact("calm@example.com", data={"name": "Ada"})
    with own_app(settings) as app:
        shouting = Api(app.test_client(), api.key)
        segment = shouting.segment("Loud", {"field": "data.name", "operator": "isShouting"})
        assert shouting.members(segment) == {"loud@example.com"}
        vocabulary = shouting.get("/segments/vocabulary").json["operators"]
        assert "isShouting" in {each["operator"] for each in vocabulary}
        loud = shouting.get("/contacts/by-email/loud@example.com").json
        explained = shouting.get(f"/segments/{segment['id']}/explain/{loud['id']}").json
        assert explained["matches"] is True, "an operator without a Python face is answered by SQL"
    gone = api.get(f"/segments/{segment['id']}")
    assert gone.status_code == 200 and gone.json["status"] == "broken"
    assert "isShouting" in gone.json["statusReason"]
    assert api.get(f"/segments/{segment['id']}/contacts").json["error"]["code"] == "SEGMENT_BROKEN"


def test_a_disabled_plugin_is_not_even_imported(install: Install, settings: Settings) -> None:
    install("shouting", "raise SystemError('imported')")
    with own_app(settings, disabled_plugins=("shouting",)) as app:
        assert app.extensions["plunk.plugins"].is_blocked("shouting")


def test_disabling_what_is_not_installed_is_noted_in_the_log(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    log = logging.getLogger("plunk.plugins")
    monkeypatch.setattr(log, "warning", lambda text, *names: told.append(text % names))
    with own_app(settings, disabled_plugins=("shoutin", "plunk.filters")) as app:
        assert app.extensions["plunk.vocabulary"].get("equals"), "what is built in stays"
    assert [text.split(",")[0] for text in told] == [
        "PLUNK_DISABLED_PLUGINS names shoutin",
        "PLUNK_DISABLED_PLUGINS names plunk.filters",
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import nothing_of_this_name", ["cannot be loaded", "nothing_of_this_name", "(torn.py, line 1)"]),
        ("def broken(:", ["cannot be loaded", "SyntaxError", "torn.py"]),
        ("raise SystemExit(0)", ["cannot be loaded", "SystemExit", "(torn.py, line 1)"]),
        ("def plunk_usages(project_id, kind, name): return []", ["no function", "@plunk.hookimpl"]),
        (
            HOOK + "plunk_filter_operaters(): return []",
            ["is no hook", "did you mean plunk_filter_operators?"],
        ),
        (HOOK + "refresh_everything(): return []", ["is no hook", "there are plunk_setup"]),
        (HOOK + "plunk_usages(segment): return []", ["does not fit", "segment"]),
        (
            HOOK + "plunk_filter_operators():\n    raise OSError('no')",
            ["plunk_filter_operators", "line 4", "no"],
        ),
        (
            HOOK + "plunk_filter_operators():\n    yield from ()\n    open('/')",
            ["IsADirectoryError", "line 5"],
        ),
        (HOOK + "plunk_filter_operators(): pass", ["failed in plunk_filter_operators", "NoneType"]),
        (HOOK + "plunk_filter_operators(): return [str]", ["<class 'str'>", "derived from Operator"]),
        (HOOK + "plunk_setup(app): app.nothing()", ["failed in plunk_setup", "'nothing'", "line 3"]),
    ],
)
def test_a_plugin_that_does_not_fit_is_named_with_what_is_wrong(
    install: Install, settings: Settings, source: str, words: list[str]
) -> None:
    install("torn", source)
    message = refused(settings)
    for word in ["Plugin 'torn'", *words, "PLUNK_DISABLED_PLUGINS"]:
        assert word in message, message


def test_a_hook_that_only_another_plunk_has_may_be_marked_as_optional(
    install: Install, settings: Settings
) -> None:
    install("ahead", "from plunk import hookimpl\n@hookimpl(optionalhook=True)\ndef plunk_moon_rose(): pass")
    with own_app(settings):
        pass


def test_an_operator_declared_twice_is_refused_with_both_names(install: Install, settings: Settings) -> None:
    install("again", OPERATOR.format(key="equals"))
    message = refused(settings)
    assert "again" in message and "plunk.filters" in message and "equals" in message


def test_two_distributions_with_one_plugin_name_are_refused_and_both_named(
    install: Install, settings: Settings
) -> None:
    install("shouting", OPERATOR.format(key="isShouting"))
    install("shouting", OPERATOR.format(key="isLoud"), distribution="also-shouting", module="loud")
    message = refused(settings)
    assert "'shouting' is declared twice" in message
    assert "shouting 1" in message and "also-shouting 1" in message
    with own_app(settings, disabled_plugins=("shouting",)):
        pass


def test_one_module_under_two_names_is_refused(install: Install, settings: Settings) -> None:
    install("shouting", OPERATOR.format(key="isShouting"))
    install("yelling", None, module="shouting")
    assert "Plugins 'shouting' and 'yelling' are one and the same, shouting." in refused(settings)


def test_a_plugin_with_a_name_of_plunks_own_is_refused(install: Install, settings: Settings) -> None:
    install("plunk.filters", OPERATOR.format(key="isShouting"), distribution="shouting", module="shouting")
    for disabled in ((), ("plunk.filters",)):
        message = refused(replace(settings, disabled_plugins=disabled))
        assert "'plunk.filters' (shouting 1) bears a name of plunk's own" in message


def test_a_plugin_that_refuses_its_settings_is_a_sentence(
    install: Install, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("moon", MOON)
    monkeypatch.setenv("MOON", "blue")
    assert refused(settings).startswith("Plugin 'moon' refuses its settings: MOON must be full or new. Mend")


def test_a_plugins_routes_are_guarded_documented_and_in_our_error_shape(
    install: Install, settings: Settings, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("moon", MOON)
    monkeypatch.setenv("MOON", "full")
    with own_app(settings) as app:
        lunar = Api(app.test_client(), api.key)
        assert lunar.get("/moon").json["moon"] == "full"
        assert Api(app.test_client(), None).get("/moon").json["error"]["code"] == "MISSING_API_KEY"
        operation = lunar.get("/openapi.json").json["paths"]["/moon"]["get"]
        assert operation["summary"] == "What the moon does in this project."
        assert operation["security"] == [{"secretKey": []}]


def test_plugins_are_set_up_before_they_are_asked_for_operators(install: Install, settings: Settings) -> None:
    install(
        "ordered",
        """
        from flask import current_app
        from plunk import hookimpl

        names = []

        @hookimpl
        def plunk_setup():
            names.append(current_app.name)

        @hookimpl
        def plunk_filter_operators():
            assert names == ["plunk"]
            return []
        """,
    )
    with own_app(settings):
        pass


def test_two_apps_have_a_manager_each(app: Flask, settings: Settings) -> None:
    with own_app(settings) as other:
        assert other.extensions["plunk.plugins"] is not app.extensions["plunk.plugins"]
