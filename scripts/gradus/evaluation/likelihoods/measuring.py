"""How likely the options of problems are after the texts that they continue."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from gradus.evaluation.likelihoods.options import OptionLikelihood, read_likelihoods, write_likelihoods
from gradus.models.opened import ModelFolders
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.provenance.parts import in_parts
from gradus.provenance.progress import Progress
from gradus.sampling.likelihoods import Likelihood, TextReader
from gradus.specs.sampling import MeasureLikelihoodsSpec

READ_IN_PART = 4096
"""Options of a part."""

JOURNAL = "requests.jsonl"


def open_reader(job: Job[MeasureLikelihoodsSpec], model: ModelFolders, state_folder: Path) -> TextReader:
    """The reader of the sampler that the job's spec names, with the weights loaded."""
    (module,) = job.modules
    return import_module(module).open_reader(job, model, state_folder / JOURNAL)


def measure(
    job: Job[MeasureLikelihoodsSpec], reader: TextReader, problems: Sequence[Problem], state_folder: Path
) -> list[OptionLikelihood]:
    """All options of all problems, in their order.

    Finished parts are kept in `state_folder`. Raises Stopped between two parts where the job was asked to end, and
    GradusError for a problem without a text that its options continue.
    """
    for problem in problems:
        if not problem.context.strip() or not all(option.strip() for option in problem.options) or not problem.options:
            raise GradusError(
                f"{job.path('problems')}: {problem.id!r} has no options that continue a text; name their columns "
                "(`columns.context`, `columns.options`), or measure this set without a `metric`"
            )

    def read(part: Sequence[tuple[Problem, int]], progress: Progress) -> list[OptionLikelihood]:
        pairs = [(problem.context, f" {problem.options[place]}") for problem, place in part]
        measured, tokens = reader.measure(pairs, progress.update)
        job.count_tokens(read=tokens)
        return [_row(*option, one) for option, one in zip(part, measured, strict=True)]

    return in_parts(
        job,
        [(problem, place) for problem in problems for place in range(len(problem.options))],
        read,
        size=READ_IN_PART,
        unit="options",
        folder=state_folder,
        suffix=".parquet",
        write=write_likelihoods,
        read=read_likelihoods,
    )


def _row(problem: Problem, place: int, likelihood: Likelihood) -> OptionLikelihood:
    option = problem.options[place]
    return OptionLikelihood(
        id=problem.id,
        option=place,
        logprob=likelihood.logprob,
        tokens=likelihood.tokens,
        characters=len(option),
        bytes=len(option.encode()),
        cut=likelihood.cut,
    )
