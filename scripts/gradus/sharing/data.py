"""What a model was trained on, as its card tells it: each set with its source, revision and licence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradus.evaluation.pipe_table import ABSENT, escape, pipe_table
from gradus.graph.gate import seen_by
from gradus.graph.graph import Graph
from gradus.problems.named import problem_source
from gradus.problems.source import PublishedSource
from gradus.provenance.files import read_json
from gradus.study.hub import Download, problem_download, text_download, trace_download
from gradus.study.problem_sets import chain_of, origin_of
from gradus.study.settings.models import PretrainedModel
from gradus.study.settings.traces import MixedTraces, PublishedTraces, SampledTraces
from gradus.study.trace_checks import problem_sets

HEADER = ("Set", "What it is", "Rows", "Source", "Revision", "Licence")
OF_THE_PUBLISHER = "see its page"


@dataclass(frozen=True)
class DataSet:
    """A problem or trace set that a model's weights have seen. repo: of the hub; empty for none."""

    name: str
    what: str
    rows: int | None
    source: str
    revision: str
    licence: str
    repo: str = ""


def data_sets(graph: Graph, member: str) -> list[DataSet]:
    """Of a model or training run and all that it was trained from, with the problems that its traces are made from."""
    found: dict[tuple[str, str], DataSet] = {}
    describe = {"problems": _problems, "traces": _traces, "corpora": _corpus, "texts": _text}
    for kind, name in _with_parts(graph, seen_by(graph.context, member)):
        found.setdefault((kind, name), describe[kind](graph, name))
    return list(found.values())


def data_table(sets: list[DataSet]) -> str:
    """In Markdown; empty for none."""
    rows = [
        [
            one.name,
            one.what,
            ABSENT if one.rows is None else f"{one.rows:,}",
            one.source,
            one.revision[:12],
            one.licence,
        ]
        for one in sets
    ]
    return pipe_table(HEADER, [[escape(cell) or ABSENT for cell in row] for row in rows]) if rows else ""


def _with_parts(graph: Graph, sets: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """These training sets, the parts of mixes, and the problems that traces are made from."""
    for kind, name in sets:
        yield kind, name
        if kind == "traces":
            traces = graph.study.traces[name]
            parts = list(traces.parts) if isinstance(traces, MixedTraces) else []
            yield from _with_parts(graph, [("traces", part) for part in parts])
            yield from (("problems", problems) for problems in problem_sets(traces))


def _problems(graph: Graph, name: str) -> DataSet:
    study = graph.study
    chain = chain_of(study.problems, name)
    origin = origin_of(study.problems, name)
    assert origin is not None  # as the study was checked
    settings = study.problems[origin]
    source = problem_source(settings.source)
    licence = source.licence_of(settings) if isinstance(source, PublishedSource) else "generated"
    what = "problems" if len(chain) == 1 else f"problems, part of {origin}"
    rows = _count(Path(graph.root, "problems", f"{name}.summary.json"), "rows")
    return _from_the_hub(
        graph, problem_download(study, origin), DataSet(name, what, rows, settings.source, "", licence)
    )


def _traces(graph: Graph, name: str) -> DataSet:
    settings = graph.study.traces[name]
    rows = _count(Path(graph.root, "traces", f"{name}.summary.json"), "kept")
    if isinstance(settings, SampledTraces):
        return DataSet(
            name, f"solutions by {settings.teacher}", rows, ", ".join(problem_sets(settings)), "", "generated"
        )
    if isinstance(settings, MixedTraces):
        return DataSet(name, f"mix of {', '.join(settings.parts)}", rows, "", "", "as of its parts")
    if sets := problem_sets(settings):
        return DataSet(name, "the problems' own solutions", rows, ", ".join(sets), "", f"as of {', '.join(sets)}")
    local = isinstance(settings, PublishedTraces) and settings.path is not None
    made = DataSet(
        name, "solutions", rows, "a local file" if local else settings.kind, "", "not stated" if local else "generated"
    )
    return _from_the_hub(graph, trace_download(graph.study, name), made)


def _corpus(graph: Graph, name: str) -> DataSet:
    """What a model of this name is pretrained on."""
    if isinstance(graph.study.models.get(name), PretrainedModel):
        return DataSet(name, "worked solutions, of which some are flawed", None, "pocket", "", "generated")
    return DataSet(name, "texts", None, "", "", OF_THE_PUBLISHER)


def _text(graph: Graph, name: str) -> DataSet:
    local = graph.study.corpora[name].path is not None
    source, licence = ("a local file", "not stated") if local else ("", OF_THE_PUBLISHER)
    return _from_the_hub(graph, text_download(graph.study, name), DataSet(name, "text", None, source, "", licence))


def _from_the_hub(graph: Graph, download: Download | None, known: DataSet) -> DataSet:
    if download is None:
        return known
    pin = graph.context.lock.get(download.repo)
    licence = known.licence if known.what.startswith("problems") else OF_THE_PUBLISHER
    repo = download.repo.name
    return DataSet(known.name, known.what, known.rows, repo, pin.revision if pin else "", licence, repo)


def _count(summary: Path, key: str) -> int | None:
    return read_json(summary).get(key) if summary.is_file() else None
