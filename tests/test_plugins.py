"""Plugins come through one door: found, named in errors, refused when they do not fit."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from plunk.app import close, create_app
from plunk.config import Settings
from plunk.filters.vocabulary import BadVocabulary
from plunk.plugins import PluginError
from tests.api import Api

Install = Callable[[str, str], None]

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


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a plugin: a module and the entry point that names it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def place(name: str, source: str) -> None:
        module = name.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        meta = tmp_path / f"{module}-1.dist-info"
        meta.mkdir()
        (meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (meta / "entry_points.txt").write_text(f"[plunk]\n{name} = {module}\n")
        monkeypatch.delitem(sys.modules, module, raising=False)

    return place


def test_a_plugins_operator_stands_beside_the_built_in_ones(
    install: Install, settings: Settings, api: Api
) -> None:
    install("shouting", OPERATOR.format(key="isShouting"))
    api.contact("loud@example.com", data={"name": "ADA"})
    api.contact("calm@example.com", data={"name": "Ada"})
    app = create_app(settings)
    try:
        shouting = Api(app.test_client(), api.key)
        segment = shouting.segment("Loud", {"field": "data.name", "operator": "isShouting"})
        assert shouting.members(segment) == {"loud@example.com"}
        vocabulary = shouting.get("/segments/vocabulary").json["operators"]
        assert "isShouting" in {each["operator"] for each in vocabulary}
        loud = shouting.get("/contacts/by-email/loud@example.com").json
        explained = shouting.get(f"/segments/{segment['id']}/explain/{loud['id']}").json
        assert explained["matches"] is True, "an operator without a Python face is answered by SQL"
    finally:
        close(app)
    gone = api.get(f"/segments/{segment['id']}")
    assert gone.status_code == 200 and gone.json["status"] == "broken"
    assert "isShouting" in gone.json["statusReason"]
    assert api.get(f"/segments/{segment['id']}/contacts").json["error"]["code"] == "SEGMENT_BROKEN"


def test_a_disabled_plugin_stays_out(install: Install, settings: Settings) -> None:
    install("shouting", OPERATOR.format(key="isShouting"))
    app = create_app(replace(settings, disabled_plugins=("shouting",)))
    assert app.extensions["plunk.vocabulary"].get("isShouting") is None
    close(app)


def refused(settings: Settings, kind: type[Exception]) -> str:
    with pytest.raises(kind) as caught:
        create_app(settings)
    return str(caught.value)


def test_a_plugin_that_does_not_load_is_named(install: Install, settings: Settings) -> None:
    install("torn", "import nothing_of_this_name")
    message = refused(settings, PluginError)
    assert "'torn'" in message and "PLUNK_DISABLED_PLUGINS" in message


def test_a_misspelt_hook_is_refused(install: Install, settings: Settings) -> None:
    install("misspelt", "from plunk import hookimpl\n@hookimpl\ndef plunk_filter_operaters(): return []")
    assert "plunk_filter_operaters" in refused(settings, PluginError)


def test_a_plugin_that_raises_when_asked_for_operators_is_named(install: Install, settings: Settings) -> None:
    install(
        "raising", "from plunk import hookimpl\n@hookimpl\ndef plunk_filter_operators(): raise OSError('no')"
    )
    assert "'raising'" in refused(settings, PluginError)


def test_an_operator_declared_twice_is_refused_with_both_names(install: Install, settings: Settings) -> None:
    install("again", OPERATOR.format(key="equals"))
    message = refused(settings, BadVocabulary)
    assert "again" in message and "plunk.filters" in message and "equals" in message


def test_two_apps_have_a_manager_each(app: Flask, settings: Settings) -> None:
    other = create_app(settings)
    assert other.extensions["plunk.plugins"] is not app.extensions["plunk.plugins"]
    close(other)
