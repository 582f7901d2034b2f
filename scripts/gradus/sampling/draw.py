"""Sampling a problem set, in parts that survive a kill."""

import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from gradus.models.opened import ModelFolders
from gradus.problems.problem import Problem
from gradus.prompts.messages import messages_for
from gradus.provenance.job import Job
from gradus.provenance.parts import in_parts
from gradus.provenance.progress import Progress
from gradus.provenance.seeds import derive_seed
from gradus.sampling.former import NOTHING, Former
from gradus.sampling.sampler import Sampler, StreamingSampler
from gradus.sampling.samples import Sample, read_samples, write_samples
from gradus.sampling.stream import stream_samples
from gradus.specs.sampling import Drawn

REQUESTS_PER_PART = 1024
"""A resumed run repeats the same batches, as parts are sampled one by one."""


def open_sampler(job: Job[Drawn], model: ModelFolders) -> Sampler:
    """The sampler that the job's spec names, with the weights loaded."""
    sampler, *_ = job.modules  # the others are what the prompt needs
    return import_module(sampler).open_sampler(job, model)


def draw_samples(
    job: Job[Drawn], sampler: Sampler, problems: list[Problem], state_folder: Path, former: Former = NOTHING
) -> list[Sample]:
    """`samples` completions for each problem, in the order of the problems, as the job's settings say.

    former: those that need not be drawn, fewer than these. Finished parts are kept in `state_folder`; a run that was
    killed asks only for what is missing. Raises Stopped between two parts where the job was asked to end.
    """
    if isinstance(sampler, StreamingSampler):
        return stream_samples(job, sampler, problems, state_folder, former)
    settings = job.settings
    requests = [
        (problem, number, derive_seed(settings.seed, problem.id, number))
        for problem in problems
        for number in range(former.each, settings.samples)
    ]
    begin, written = time.monotonic(), 0

    def ask(part: Sequence[tuple[Problem, int, int]], progress: Progress) -> list[Sample]:
        def tell(answers: int, tokens: int) -> None:
            nonlocal written
            written += tokens
            progress.update(answers, **{"tokens/s": written / max(time.monotonic() - begin, 1e-9)})

        completions = sampler.sample(
            [messages_for(problem.problem, settings.prompt) for problem, _, _ in part],
            seeds=[seed for _, _, seed in part],
            max_tokens=settings.max_tokens,
            temperature=settings.temperature,
            truncation=settings,
            on_progress=tell,
        )
        job.count_tokens(sum(c.prompt_tokens for c in completions), sum(c.tokens for c in completions))
        return [
            Sample(problem.id, number, c.text, c.tokens, c.finish_reason, seed, c.messages, c.domain_tokens)
            for (problem, number, seed), c in zip(part, completions, strict=True)
        ]

    done = in_parts(
        job,
        requests,
        ask,
        size=REQUESTS_PER_PART,
        unit="completions",
        folder=state_folder,
        suffix=".parquet",
        write=write_samples,
        read=read_samples,
    )
    return former.with_further(problems, done)
