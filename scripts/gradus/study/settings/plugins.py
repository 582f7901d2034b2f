"""The modules of a folder that are found by their names: a new file there is all that a new one takes."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType


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
