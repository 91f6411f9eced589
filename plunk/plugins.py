"""The plugin manager of one app: built-ins and installed plugins come through the same door."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import entry_points
from typing import Any, cast

import pluggy
from flask import Flask, current_app

from plunk import hookspecs

GROUP = "plunk"


class PluginError(RuntimeError):
    """A plugin cannot be used; the text names it."""


def init_app(app: Flask, builtins: Iterable[tuple[str, object]], *, disabled: Iterable[str] = ()) -> None:
    """Gives the app its manager with the built-in rooms and every installed plugin that is not disabled.

    Raises PluginError for one that does not load or implements a hook that does not exist.
    """
    manager = pluggy.PluginManager("plunk")
    manager.add_hookspecs(hookspecs)
    for name, plugin in builtins:
        manager.register(plugin, name=name)
    for entry in entry_points(group=GROUP):
        if entry.name not in set(disabled):
            _load(manager, entry)
    _refuse_misspelt_hooks(manager)
    app.extensions["plunk.plugins"] = manager


def manager() -> pluggy.PluginManager:
    """The manager of the current app."""
    return cast(pluggy.PluginManager, current_app.extensions["plunk.plugins"])


def hook() -> Any:
    """`hook().plunk_usages(…)` calls every implementation."""
    return manager().hook


def results(manager: pluggy.PluginManager, name: str) -> list[tuple[str, Any]]:
    """`(plugin's name, result)` of each implementation of a hook without arguments."""
    found = []
    for implementation in getattr(manager.hook, name).get_hookimpls():
        try:
            found.append((implementation.plugin_name, implementation.function()))
        except Exception as problem:
            raise PluginError(
                f"Plugin {implementation.plugin_name!r} failed in {name}: {problem!r}. "
                "Fix or remove it, or name it in PLUNK_DISABLED_PLUGINS."
            ) from problem
    return found


def _load(manager: pluggy.PluginManager, entry: Any) -> None:
    try:
        manager.register(entry.load(), name=entry.name)
    except Exception as problem:
        raise PluginError(
            f"Plugin {entry.name!r} ({entry.value}) cannot be loaded: {problem!r}. "
            "Fix or remove it, or name it in PLUNK_DISABLED_PLUGINS."
        ) from problem


def _refuse_misspelt_hooks(manager: pluggy.PluginManager) -> None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as problem:
        raise PluginError(f"A plugin implements a hook that does not exist: {problem}") from problem
