"""Models and experiments that write what a study trains on: teachers of traces and the samplers of chosen problems."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gradus.study.settings.base import KeyPath
from gradus.study.settings.problems import PassRateFilter, SubsetProblems
from gradus.study.settings.prompts import Prompt
from gradus.study.settings.traces import SampledTraces


@dataclass(frozen=True)
class Writer:
    """A model or experiment that is asked problems.

    keys: the place in the study file that asks. key: which key there names the writer. prompt: what is laid over the
    study's prompt.
    """

    keys: KeyPath
    key: str
    name: str
    sampler: str
    max_tokens: int
    prompt: Prompt | None


def writers(study: Any) -> Iterator[Writer]:
    """All writers of a study, whether or not their names exist."""
    for name, traces in study.traces.items():
        if isinstance(traces, SampledTraces):
            sampler = traces.sampler or study.sampling.sampler
            yield Writer(("traces", name), "teacher", traces.teacher, sampler, traces.max_tokens, traces.teacher_prompt)
    for name, problems in study.problems.items():
        if (keep := pass_rate_filter(problems)) is not None:
            sampler = keep.sampler or study.sampling.sampler
            yield Writer(("problems", name, "keep"), "by", keep.by, sampler, keep.max_tokens, keep.prompt)


def writer_of(study: Any, *keys: str) -> Writer:
    """The writer that is named at this place of the study file."""
    return next(writer for writer in writers(study) if writer.keys == keys)


def pass_rate_filter(problems: Any) -> PassRateFilter | None:
    """The pass rates by which a problem set is filtered; None where no model is asked."""
    return problems.keep if isinstance(problems, SubsetProblems) else None
