"""How many rows problem sets, trace sets and samples have, and how many bytes they take in memory."""

from collections.abc import Iterable

from gradus.estimates import processes
from gradus.estimates.counts import problem_count, trace_count
from gradus.estimates.shapes import first_model
from gradus.estimates.study_specs import StudySpecs
from gradus.specs import models, traces
from gradus.specs.corpora import MakeCorpusSpec
from gradus.specs.sampling import SampleBenchmarkSpec, SampleTracesSpec

UNKNOWN_ROWS = 100_000
"""An assumption: problems or traces of a set whose number is not known before its file is read."""

PROBLEM_BYTES = 3_000
"""Of a problem with its answer, in Arrow and in Python."""

TOKEN_BYTES = 12
"""Of a token as text: four characters, in the file, in Arrow and in Python."""

DOCUMENT_TOKENS = 80
"""Of a generated problem with its solution, measured: 80 with 512 entries in the vocabulary."""

TRACE_TOKENS = 8_192
"""An assumption: the longest trace, where neither its set nor its training says."""


def problem_bytes(study: StudySpecs, sets: Iterable[str]) -> int:
    return PROBLEM_BYTES * sum(problem_rows(study, name) for name in sets)


def problem_rows(study: StudySpecs, name: str) -> int:
    count = problem_count(study, name)
    return UNKNOWN_ROWS if count is None else count


def trace_rows(study: StudySpecs, name: str) -> int:
    count = trace_count(study, name)
    return UNKNOWN_ROWS if count is None else count


def _longest(study: StudySpecs, name: str) -> int:
    """Tokens of a trace of a set, at most."""
    settings = study.settings(f"traces/{name}")
    if isinstance(settings, traces.MixTracesSpec):
        return max(_longest(study, part) for part, _ in settings.parts)
    if isinstance(settings, traces.FilterTracesSpec | traces.JudgeTracesSpec):
        return study.of(f"traces/{name}.completions", SampleTracesSpec).max_tokens
    if isinstance(settings, traces.ReadTracesSpec):
        return settings.traces["max_tokens"] or TRACE_TOKENS
    return 256  # of the pocket problems


def trace_bytes(study: StudySpecs, name: str) -> int:
    """Half of the longest is usual."""
    return trace_rows(study, name) * (PROBLEM_BYTES + TOKEN_BYTES * _longest(study, name) // 2)


def training_set(study: StudySpecs, kind: str, name: str) -> tuple[int, int]:
    """Rows and bytes."""
    if kind == "problems":
        return problem_rows(study, name), problem_bytes(study, [name])
    if kind == "corpora":
        rows = corpus_tokens(study, name) // DOCUMENT_TOKENS
        return rows, 0  # a batch of them at a time
    if kind == "texts":
        return 0, 0  # what is found in one is a short list
    return trace_rows(study, name), trace_bytes(study, name)


def corpus_tokens(study: StudySpecs, name: str) -> int:
    """That a model reads."""
    return study.of(f"corpora/{name}", MakeCorpusSpec).tokens


def samples(study: StudySpecs, experiment: str, benchmark: str, voted: bool = False) -> tuple[int, int]:
    """Rows and bytes of a table of samples with its verdicts, each sample as long as it may be; of a benchmark by
    likelihood those of its verdicts."""
    if f"likelihoods/{experiment}/{benchmark}.json" in study.specs:
        rows = problem_rows(study, study.problem_set_of(benchmark))
        return rows, rows * 1_000
    drawn = study.of(f"samples/{experiment}/{benchmark}{'.votes' if voted else ''}", SampleBenchmarkSpec)
    rows = problem_rows(study, study.problem_set_of(benchmark, voted)) * drawn.samples
    return rows, rows * (1_000 + TOKEN_BYTES * drawn.max_tokens)


def tokenizer_bytes(study: StudySpecs, model: str) -> int:
    own = isinstance(study.settings(f"models/{first_model(study, model)}"), models.PretrainSpec)
    return 0 if own else processes.TOKENIZER
