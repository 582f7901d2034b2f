"""A verifier's scores of solutions."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from gradus.models.opened import ModelFolders
from gradus.problems.problem import Problem
from gradus.prompts.verification import verdict_message, verification_messages
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job
from gradus.provenance.parts import in_parts
from gradus.provenance.progress import Progress
from gradus.sampling.choices import ChatChooser
from gradus.sampling.samples import Sample
from gradus.specs.sampling import VerifySamplesSpec

READ_IN_PART = 1024
"""Solutions of a part."""


def open_chooser(job: Job[VerifySamplesSpec], model: ModelFolders) -> ChatChooser:
    """The chooser of the sampler that the job's spec names, with the weights loaded."""
    (module,) = job.modules
    return import_module(module).open_chooser(job, model)


def verify(
    job: Job[VerifySamplesSpec],
    chooser: ChatChooser,
    problems: Sequence[Problem],
    samples: Sequence[Sample],
    state_folder: Path,
) -> list[float]:
    """Of each sample the probability, by the verifier, that it is right; equal solutions of a problem are read once.

    Finished parts are kept in `state_folder`. Raises Stopped between two parts where the job was asked to end, and
    GradusError for a sample of a problem that is not there.
    """
    asked = {problem.id: problem.problem for problem in problems}
    if unknown := next((sample for sample in samples if sample.id not in asked), None):
        raise GradusError(f"{job.path('samples')}: {unknown.id!r} is none of {job.path('problems')}; sample it again")
    solutions = list(dict.fromkeys((sample.id, sample.whole) for sample in samples))
    answers = (verdict_message(True), verdict_message(False))

    def choose(part: Sequence[tuple[str, str]], progress: Progress) -> list[float]:
        texts = [verification_messages(asked[name], text, job.settings.question) for name, text in part]
        found, tokens = chooser.choose(texts, answers, progress.update)
        job.count_tokens(read=tokens)
        return found

    scores = in_parts(
        job,
        solutions,
        choose,
        size=READ_IN_PART,
        unit="solutions",
        folder=state_folder,
        suffix=".json",
        write=lambda file, found: write_json(file, {"scores": found}),
        read=lambda file: read_json(file)["scores"],
    )
    known = dict(zip(solutions, scores, strict=True))
    return [known[sample.id, sample.whole] for sample in samples]
