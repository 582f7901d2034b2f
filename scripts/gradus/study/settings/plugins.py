"""The modules of a folder that are found by their names: a new file there is all that a new one takes."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def plugins(package: str) -> dict[str, ModuleType]:
    """The modules of a package by name, in alphabetical order. Planning loads them: none may import much."""
    names = sorted(found.name for found in iter_modules(import_module(package).__path__))
    return {name: import_module(f"{package}.{name}") for name in names}
