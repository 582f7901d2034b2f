"""Problem sources by the names that studies have for them."""

from typing import Any

from gradus.problems.source import GeneratedSource, PublishedSource
from gradus.study.settings.own_modules import is_own
from gradus.study.settings.plugins import load_plugin, plugin_module

SOURCES = "gradus.problems.sources"


def problem_source(name: str) -> PublishedSource[Any] | GeneratedSource[Any]:
    """The source of this name. Raises OwnCodeError for own code that is none."""
    found = load_plugin(SOURCES, name, "SOURCE")
    if not is_own(name):
        return found
    from gradus.problems.own import own_source  # which jobs on our sources need not load

    return own_source(found, name)


def source_module(name: str) -> str:
    """What a job on problems of this source loads."""
    return plugin_module(SOURCES, name)
