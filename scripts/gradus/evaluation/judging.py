"""From samples to verdicts: every completion graded against its problem's answer."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet

from gradus.evaluation.parts import parts_of
from gradus.evaluation.verdicts import Verdicts
from gradus.grading.verdict import grade_completions
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing
from gradus.sampling.samples import Sample
from gradus.study.settings.evaluation import PartColumn

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("sample", pa.int32(), nullable=False),
        pa.field("answer", pa.string()),
        pa.field("correct", pa.bool_()),
        pa.field("layer", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("finish_reason", pa.string(), nullable=False),
        pa.field("tokens", pa.int32(), nullable=False),
    ]
)


def judge(
    source: str | Path,
    samples: Sequence[Sample],
    problems: Sequence[Problem],
    methods: Sequence[str],
    cluster: str | None = None,
    parts: PartColumn | None = None,
) -> Verdicts:
    """Grade samples in their order.

    Raises GradusError for a sample of an unknown problem, and for a problem without a cluster or part that it needs.

    cluster: the column of the problems that says which belong together. parts: that by which the benchmark has parts.
    """
    references = {problem.id: problem.reference for problem in problems}
    unknown = next((s.id for s in samples if s.id not in references), None)
    if unknown is not None:
        raise GradusError(f"{source}: problem {unknown} is not in the problem set; remove the file and sample again")
    clusters = clusters_of(source, problems, cluster)
    verdicts = grade_completions([sample.text for sample in samples], [references[s.id] for s in samples], methods)
    return Verdicts(
        source=str(source),
        ids=[sample.id for sample in samples],
        samples=[sample.sample for sample in samples],
        answers=[verdict.answer for verdict in verdicts],
        correct=[verdict.correct for verdict in verdicts],
        layers=[verdict.layer for verdict in verdicts],
        reasons=[verdict.reason for verdict in verdicts],
        finish_reasons=[sample.finish_reason for sample in samples],
        tokens=[sample.tokens for sample in samples],
        clusters=clusters,
        parts=parts_of(source, problems, parts),
    )


def clusters_of(source: str | Path, problems: Sequence[Problem], cluster: str | None) -> dict[str, str] | None:
    """By the id of each problem what it shares with others; None where `cluster`, a column of theirs, is None.

    Raises GradusError for a problem without one, where it is the column of this name. source: for messages.
    """
    if cluster == "cluster" and (lone := next((problem.id for problem in problems if not problem.cluster), None)):
        raise GradusError(f"{source}: the problem {lone} says no cluster; set it, or remove the benchmark's `cluster`")
    return {problem.id: str(getattr(problem, cluster)) for problem in problems} if cluster else None


def write_verdicts(path: str | Path, verdicts: Verdicts) -> None:
    """Write `eval/<run>/<benchmark>.verdicts.parquet`, or that of the samples for votes below `votes/`."""
    columns = {
        "id": verdicts.ids,
        "sample": verdicts.samples,
        "answer": verdicts.answers,
        "correct": verdicts.correct,
        "layer": verdicts.layers,
        "reason": verdicts.reasons,
        "finish_reason": verdicts.finish_reasons,
        "tokens": verdicts.tokens,
    }
    schema = SCHEMA
    for name, labels in (("cluster", verdicts.clusters), ("part", verdicts.parts)):
        if labels is not None:
            schema = schema.append(pa.field(name, pa.string(), nullable=False))
            columns[name] = [labels[identifier] for identifier in verdicts.ids]
    with replacing(path) as temporary:
        parquet.write_table(pa.table(columns, schema=schema), temporary)
