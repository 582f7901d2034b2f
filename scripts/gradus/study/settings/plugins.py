"""Plugins, found by their names: a file in one of our folders, or a function of the study's own code."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from gradus.study.settings.own_modules import is_own, load_own, own_module


@cache
def plugin_names(package: str) -> tuple[str, ...]:
    """The names of a package's modules in alphabetical order. Imports none of them."""
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"{package}: no such package")
    return tuple(sorted(found.name for found in iter_modules(spec.submodule_search_locations)))


def plugins(package: str) -> dict[str, ModuleType]:
    """The modules of a package by name, in alphabetical order. Planning loads them: none may import much."""
    return {name: import_module(f"{package}.{name}") for name in plugin_names(package)}


def plugin_module(package: str, name: str) -> str:
    """The module that a job loads for a plugin: of the package, or of own code where the name is `module:function`."""
    return own_module(name) if is_own(name) else f"{package}.{name}"


def load_plugin(package: str, name: str, declared: str) -> Any:
    """What a module of the package declares under a name that all of them share, or what own code has.

    Raises OwnCodeError for own code that cannot be loaded.
    """
    return load_own(name) if is_own(name) else getattr(import_module(f"{package}.{name}"), declared)
