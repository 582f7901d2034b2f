"""From samples to verdicts: every completion graded against its problem's answer."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet

from gradus.evaluation.verdicts import Verdicts
from gradus.grading.verdict import grade_completions
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing
from gradus.sampling.samples import Sample

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
    source: str | Path, samples: Sequence[Sample], problems: Sequence[Problem], methods: Sequence[str]
) -> Verdicts:
    """Grade samples in their order. Raises GradusError for a sample of an unknown problem."""
    references = {problem.id: problem.answer for problem in problems}
    unknown = next((s.id for s in samples if s.id not in references), None)
    if unknown is not None:
        raise GradusError(f"{source}: problem {unknown} is not in the problem set; remove the file and sample again")
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
    )


def write_verdicts(path: str | Path, verdicts: Verdicts) -> None:
    """Write `eval/<experiment>/<benchmark>.verdicts.parquet`."""
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
    with replacing(path) as temporary:
        parquet.write_table(pa.table(columns, schema=SCHEMA), temporary)
