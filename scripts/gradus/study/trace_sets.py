"""The trace sets that a study may have: those that the graph makes, those of the kinds in `traces/sources/`, and those
of own code.
"""

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from gradus.study.settings.own_values import OrOwn
from gradus.study.settings.plugins import plugins
from gradus.study.settings.traces import DistilledTraces, JudgedTraces, MixedTraces, PocketPublicTraces, TraceSettings
from gradus.traces.named import SOURCES as FOLDER
from gradus.traces.named import trace_source
from gradus.traces.source import TraceSource

SOURCES: dict[str, TraceSource[Any]] = {name: module.SOURCE for name, module in plugins(FOLDER).items()}

if TYPE_CHECKING:
    TraceSet = TraceSettings
else:
    _READ = tuple(source.settings for source in SOURCES.values())
    _KINDS = (DistilledTraces, PocketPublicTraces, *_READ, MixedTraces, JudgedTraces)
    _OWN = OrOwn("kind", lambda name: trace_source(name).settings)
    TraceSet = Annotated[Union[_KINDS], Field(discriminator="kind"), _OWN]  # noqa: UP007 no other spelling of a list
