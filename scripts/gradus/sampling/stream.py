"""Sampling a problem set on a service, whose answers come one by one and cost money."""

import json
import time
from pathlib import Path

from gradus.problems.problem import Problem
from gradus.prompts.messages import messages_for
from gradus.provenance.errors import GradusError
from gradus.provenance.files import whole_lines
from gradus.provenance.job import Job
from gradus.provenance.seeds import derive_seed
from gradus.sampling.former import NOTHING, Former
from gradus.sampling.sampler import StreamingSampler
from gradus.sampling.samples import Sample
from gradus.specs.sampling import Drawn

FINISHED = "finished.jsonl"
JOURNAL = "asked.jsonl"


def stream_samples(
    job: Job[Drawn], sampler: StreamingSampler, problems: list[Problem], state_folder: Path, former: Former = NOTHING
) -> list[Sample]:
    """`samples` completions for each problem, in the order of the problems, as the job's settings say.

    All samples of a problem are one request with one seed, which depends on the problem and not on its place, and where
    some were drawn before (`former`) on their number. Each finished request is a line in `state_folder`; a run that was
    killed asks only for what is missing. Raises Stopped where the job is asked to end.
    """
    settings, path = job.settings, state_folder / FINISHED
    finished = read_finished(path, former.each)
    missing = [problem for problem in problems if problem.id not in finished]
    count, after = settings.samples - former.each, [former.each] * bool(former.each)
    begin, written = time.monotonic(), 0
    total, start = count * len(problems), count * (len(problems) - len(missing))
    with (
        job.stop_signal.deferring(),
        job.progress(total, "completions", start) as progress,
        open(path, "a", encoding="utf-8") as file,
    ):
        replies = sampler.stream(
            [messages_for(problem.problem, settings.prompt) for problem in missing],
            keys=[problem.id for problem in missing],
            seeds=[derive_seed(settings.seed, problem.id, *after) for problem in missing],
            samples=count,
            max_tokens=settings.max_tokens,
            temperature=settings.temperature,
            truncation=settings,
            journal=state_folder / JOURNAL,
        )
        job.stop_signal.reached(f"{start} of {total} completions")
        for index, answers in job.stop_signal.interrupting(replies):
            problem = missing[index]
            seed, numbered = derive_seed(settings.seed, problem.id, *after), enumerate(answers, start=former.each)
            samples = [
                Sample(problem.id, n, a.text, a.tokens, a.finish_reason, seed, domain_tokens=a.domain_tokens)
                for n, a in numbered
            ]
            finished[problem.id] = samples
            tokens = sum(answer.tokens for answer in answers)
            job.count_tokens(answers[0].prompt_tokens, tokens)
            job.keep_time()  # before the line is there: a kill between the two leaves no work uncounted
            file.write(line_of(samples))
            file.flush()
            written += tokens
            rate = written / max(time.monotonic() - begin, 1e-9)
            progress.update(count, **{"tokens/s": rate, "dollars": job.dollars})
            job.stop_signal.reached(f"{count * len(finished)} of {total} completions")
    return former.with_further(problems, [sample for problem in problems for sample in finished[problem.id]])


def line_of(samples: list[Sample]) -> str:
    """All samples of a problem on one line."""
    answers = [[sample.text, sample.tokens, sample.finish_reason, dict(sample.domain_tokens)] for sample in samples]
    return json.dumps({"id": samples[0].id, "seed": samples[0].seed, "answers": answers}) + "\n"


def read_finished(path: Path, first: int = 0) -> dict[str, list[Sample]]:
    """The finished samples of each problem, numbered from `first` on. Raises GradusError for a line that is none."""
    finished: dict[str, list[Sample]] = {}
    for number, line in enumerate(whole_lines(path), start=1):
        try:
            row = json.loads(line)
            answers = enumerate(row["answers"], start=first)
            finished[row["id"]] = [
                Sample(row["id"], n, text, tokens, reason, row["seed"], domain_tokens=counts)
                for n, (text, tokens, reason, counts) in answers
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise GradusError(f"{path}, line {number}: no samples ({error}); remove the line and run again") from error
    return finished
