"""A verifier reads solutions, in parts that survive a kill."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from gradus.models.opened import ModelFolders
from gradus.problems.problem import Problem
from gradus.prompts.verification import verdict_message, verification_messages
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job
from gradus.sampling.choices import ChatChooser
from gradus.sampling.samples import Sample
from gradus.specs.sampling import VerifySamplesSpec

READ_IN_PART = 1024
"""Solutions of a part; parts are read one by one, so that a resumed run repeats the same batches."""


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
    scores: list[float] = []
    with job.progress(len(solutions), "solutions") as progress, job.stop_signal.deferring():
        for start in range(0, len(solutions), READ_IN_PART):
            part = solutions[start : start + READ_IN_PART]
            file = state_folder / f"part-{start // READ_IN_PART:05d}.json"
            if not file.is_file():
                job.stop_signal.reached(f"{start} of {len(solutions)} solutions")
                texts = [verification_messages(asked[name], text, job.settings.question) for name, text in part]
                found, read = chooser.choose(texts, answers, progress.update)
                job.count_tokens(read=read)
                job.keep_time()  # before the part is there: a kill between the two leaves no work uncounted
                write_json(file, {"scores": found})
            else:
                progress.update(len(part))
            scores += read_json(file)["scores"]
    known = dict(zip(solutions, scores, strict=True))
    return [known[sample.id, sample.whole] for sample in samples]
