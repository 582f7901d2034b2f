"""Sampling a problem set, in parts that survive a kill."""

import time
from importlib import import_module
from pathlib import Path

from gradus.models.opened import ModelFolders
from gradus.problems.problem import Problem
from gradus.prompts.messages import messages_for
from gradus.provenance.job import Job
from gradus.provenance.seeds import derive_seed
from gradus.sampling.former import NOTHING, Former
from gradus.sampling.sampler import Sampler, StreamingSampler
from gradus.sampling.samples import Sample, read_samples, write_samples
from gradus.sampling.stream import stream_samples
from gradus.specs.sampling import Drawn

REQUESTS_PER_PART = 1024
"""Parts are sampled one by one, so that a resumed run repeats the same batches."""


def open_sampler(job: Job[Drawn], model: ModelFolders) -> Sampler:
    """The sampler that the job's spec names, with the weights loaded."""
    sampler, *_ = job.modules  # the other is the environment
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
    done: list[Sample] = []
    begin, written = time.monotonic(), 0
    with job.progress(len(requests), "completions") as progress, job.stop_signal.deferring():

        def tell(answers: int, tokens: int) -> None:
            nonlocal written
            written += tokens
            progress.update(answers, **{"tokens/s": written / max(time.monotonic() - begin, 1e-9)})

        for at in range(0, len(requests), REQUESTS_PER_PART):
            chunk = requests[at : at + REQUESTS_PER_PART]
            part = state_folder / f"part-{at // REQUESTS_PER_PART:05d}.parquet"
            if not part.is_file():
                job.stop_signal.reached(f"{at} of {len(requests)} completions")
                completions = sampler.sample(
                    [messages_for(problem.problem, settings.prompt) for problem, _, _ in chunk],
                    seeds=[seed for _, _, seed in chunk],
                    max_tokens=settings.max_tokens,
                    temperature=settings.temperature,
                    truncation=settings,
                    on_progress=tell,
                )
                rows = [
                    Sample(problem.id, number, c.text, c.tokens, c.finish_reason, seed, c.messages, c.domain_tokens)
                    for (problem, number, seed), c in zip(chunk, completions, strict=True)
                ]
                job.count_tokens(sum(c.prompt_tokens for c in completions), sum(c.tokens for c in completions))
                job.keep_time()  # before the part is there: a kill between the two leaves no work uncounted
                write_samples(part, rows)
            else:
                progress.update(len(chunk))
            done += read_samples(part)
    return former.with_further(problems, done)
