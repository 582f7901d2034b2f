"""Kinds of trace sets that are read, by the names that studies have for them."""

from typing import Any

from gradus.study.settings.own_modules import is_own
from gradus.study.settings.plugins import load_plugin, plugin_module
from gradus.traces.source import TraceSource

SOURCES = "gradus.traces.sources"


def trace_source(name: str) -> TraceSource[Any]:
    """The kind of this name. Raises OwnCodeError for own code that is none."""
    found = load_plugin(SOURCES, name, "SOURCE")
    if not is_own(name):
        return found
    from gradus.traces.own import own_traces  # which jobs on our kinds need not load

    return own_traces(found, name)


def trace_module(name: str) -> str:
    """What a job that makes a set of this kind loads."""
    return plugin_module(SOURCES, name)
