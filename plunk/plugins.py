"""The plugin manager of one app: built-ins and installed plugins come through the same door."""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import pluggy
from flask import Flask, current_app

from plunk import hookspecs
from plunk.config import BadSetting

GROUP = "plunk"
TOLD = frozenset(
    "plunk_setup plunk_contacts_changing plunk_contacts_changed plunk_event_tracked plunk_membership_changed".split()
)
"""Hooks that return nothing; the others may be generators."""
REMEDY = "Mend or remove it, or name it in PLUNK_DISABLED_PLUGINS."
Answer = TypeVar("Answer")
log = logging.getLogger(__name__)
# Frames of these are not where a plugin's author has to look.
_OURS = (str(Path(__file__).parent), str(Path(pluggy.__file__).parent), "<")


class PluginError(RuntimeError):
    """A plugin cannot be used; the text names it and the remedy."""


@dataclass(frozen=True)
class Plugin:
    """What there is to know of a plugin without asking it anything.

    `distribution` is the name and version of what was installed (`plunk-long-text 1.0`), empty for a built-in one;
    `hooks` are those it implements, none while it is disabled.
    """

    name: str
    state: Literal["built-in", "installed", "disabled"]
    distribution: str
    hooks: tuple[str, ...]


def init_app(app: Flask, builtins: Iterable[tuple[str, object]], *, disabled: Iterable[str] = ()) -> None:
    """Gives the app its manager with the built-in rooms and every installed plugin that is not disabled.

    Raises PluginError for one that does not load, shares its name with another, implements no hook or one that does
    not exist. A disabled plugin is not even imported. To disable what is not there is allowed, and noted in the log:
    a plugin may be removed before the setting is.
    """
    manager = pluggy.PluginManager("plunk")
    manager.add_hookspecs(hookspecs)
    for name, plugin in builtins:
        manager.register(plugin, name=name)
    installed = _installed()
    for name in dict.fromkeys(disabled):
        if name in installed and not manager.has_plugin(name):
            manager.set_blocked(name)
        else:
            _note_nothing_to_disable(name, installed)
    for name, claims in installed.items():
        if not manager.is_blocked(name):
            _load(manager, name, claims)
    _refuse_misspelt_hooks(manager)
    app.extensions["plunk.plugins"] = manager


def set_up(app: Flask) -> None:
    """Lets every plugin set itself up, inside the app's context. Raises PluginError for one that refuses."""
    with app.app_context():
        for implementation in hook().plunk_setup.get_hookimpls():
            with _named(implementation.plugin_name, "failed in plunk_setup"):
                call(implementation, app=app)


def manager() -> pluggy.PluginManager:
    """The manager of the current app."""
    return cast(pluggy.PluginManager, current_app.extensions["plunk.plugins"])


def hook() -> Any:
    """`hook().plunk_usages(…)` calls every implementation."""
    return manager().hook


def call(implementation: pluggy.HookImpl, **arguments: Any) -> Any:
    """Calls a single implementation of a hook, with those of the arguments that it takes."""
    return implementation.function(*(arguments[name] for name in implementation.argnames))


def results(manager: pluggy.PluginManager, name: str, *, of: type[Answer]) -> list[tuple[str, list[Answer]]]:
    """`(plugin's name, its answers)` of each implementation of a hook without arguments.

    Raises PluginError for one that raises, or that answers with anything but objects of that class.
    """
    found = []
    for implementation in getattr(manager.hook, name).get_hookimpls():
        with _named(implementation.plugin_name, f"failed in {name}"):
            answers = list(implementation.function())
        for answer in answers:
            if not isinstance(answer, of):
                raise PluginError(
                    f"Plugin {implementation.plugin_name!r} answered {name} with {answer!r}, which is no object of a "
                    f"class derived from {of.__name__}. {REMEDY}"
                )
        found.append((implementation.plugin_name, answers))
    return found


def listed(manager: pluggy.PluginManager) -> list[Plugin]:
    """The manager's plugins: built-in ones, then those installed, by name; disabled ones among them."""
    installed = _installed()
    ordered = sorted(manager.list_name_plugin(), key=lambda each: each[0] if each[0] in installed else "")
    return [
        Plugin(
            name=name,
            state="disabled" if plugin is None else "installed" if name in installed else "built-in",
            distribution=_distributions(installed.get(name, ())),
            hooks=tuple(caller.name for caller in manager.get_hookcallers(plugin) or ()) if plugin else (),
        )
        for name, plugin in ordered
    ]


def _installed() -> dict[str, Sequence[EntryPoint]]:
    """Entry points by name; more than one of a name if distributions disagree about whose it is."""
    found = sorted(entry_points(group=GROUP), key=attrgetter("name"))
    return {name: tuple(claims) for name, claims in groupby(found, attrgetter("name"))}


def _load(manager: pluggy.PluginManager, name: str, claims: Sequence[EntryPoint]) -> None:
    brought_by = _distributions(claims)
    if len(claims) > 1:
        raise PluginError(
            f"Plugin {name!r} is declared twice: by {brought_by}. Remove one of them, or name it in "
            "PLUNK_DISABLED_PLUGINS, which keeps out both."
        )
    if manager.has_plugin(name):
        raise PluginError(f"Plugin {name!r} ({brought_by}) bears a name of plunk's own. {REMEDY}")
    with _named(name, f"({brought_by}) cannot be loaded"):
        plugin = claims[0].load()
    if known := manager.get_name(plugin):
        raise PluginError(f"Plugins {known!r} and {name!r} are one and the same, {claims[0].value}. {REMEDY}")
    with _named(name, f"({brought_by}) does not fit"):
        manager.register(plugin, name=name)
    if not manager.get_hookcallers(plugin):
        raise PluginError(
            f"Plugin {name!r} ({brought_by}) takes part in nothing: no function of {claims[0].value} is marked with "
            f"@plunk.hookimpl. {REMEDY}"
        )
    _refuse_what_cannot_run(manager, name, plugin)


def _refuse_what_cannot_run(manager: pluggy.PluginManager, name: str, plugin: object) -> None:
    """A coroutine or a generator would be made and dropped: its body never runs, and nobody would notice."""
    for caller in manager.get_hookcallers(plugin) or ():
        for each in caller.get_hookimpls():
            if each.plugin_name != name:
                continue
            is_lazy = inspect.iscoroutinefunction(each.function) or inspect.isasyncgenfunction(each.function)
            is_lazy = is_lazy or (caller.name in TOLD and inspect.isgeneratorfunction(each.function))
            if is_lazy or each.wrapper or each.hookwrapper:
                raise PluginError(
                    f"Plugin {name!r} implements {caller.name} as a coroutine, generator or wrapper, which would never "
                    f"run: write a plain function. {REMEDY}"
                )


def _refuse_misspelt_hooks(manager: pluggy.PluginManager) -> None:
    known = [name for name in vars(hookspecs) if name.startswith("plunk_")]
    for name in set(vars(manager.hook)) - set(known):
        for implementation in getattr(manager.hook, name).get_hookimpls():
            if not implementation.optionalhook:
                near = get_close_matches(name, known, n=1)
                raise PluginError(
                    f"Plugin {implementation.plugin_name!r} implements {name}, which is no hook; "
                    f"{f'did you mean {near[0]}?' if near else 'there are ' + ', '.join(known) + '.'} {REMEDY}"
                )


def _note_nothing_to_disable(name: str, installed: Iterable[str]) -> None:
    there = ", ".join(installed) or "none"
    log.warning(
        "PLUNK_DISABLED_PLUGINS names %s, but no such plugin is installed (there are: %s)", name, there
    )


def _distributions(claims: Iterable[EntryPoint]) -> str:
    return " and ".join(f"{each.dist.name} {each.dist.version}" for each in claims if each.dist)


@contextmanager
def _named(name: str, what: str) -> Iterator[None]:
    """Whatever a plugin's code raises inside becomes a PluginError that says which plugin, what, and where."""
    try:
        yield
    except BadSetting as problem:
        raise PluginError(
            f"Plugin {name!r} refuses its settings: {problem}. Mend the setting, or name the plugin in "
            "PLUNK_DISABLED_PLUGINS."
        ) from problem
    except (Exception, SystemExit) as problem:  # a script without a guard would end plunk without a word
        raise PluginError(f"Plugin {name!r} {what}: {_shown(problem)}. {REMEDY}") from problem


def _shown(problem: BaseException) -> str:
    text = f"{type(problem).__name__}: {' '.join(str(problem).split())}".removesuffix(".")
    frames = [
        each for each in traceback.extract_tb(problem.__traceback__) if not each.filename.startswith(_OURS)
    ]
    return f"{text} ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else text
