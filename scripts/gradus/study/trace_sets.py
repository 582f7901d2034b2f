"""The trace sets that a study may have: those that the graph makes, and those of the kinds in `traces/sources/`."""

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from gradus.study.settings.plugins import plugins
from gradus.study.settings.traces import DistilledTraces, MixedTraces, PocketPublicTraces, TraceSettings
from gradus.traces.source import TraceSource

SOURCES: dict[str, TraceSource[Any]] = {
    name: module.SOURCE for name, module in plugins("gradus.traces.sources").items()
}

if TYPE_CHECKING:
    TraceSet = TraceSettings
else:
    _READ = tuple(source.settings for source in SOURCES.values())
    _KINDS = (DistilledTraces, PocketPublicTraces, *_READ, MixedTraces)
    TraceSet = Annotated[Union[_KINDS], Field(discriminator="kind")]  # noqa: UP007 no other spelling of a list
