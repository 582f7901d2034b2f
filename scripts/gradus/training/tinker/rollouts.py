"""Groups of completions from a policy on the service, with their rewards; one request for all of a group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradus.models.domain_tokens import token_counter
from gradus.models.positions import positions
from gradus.problems.problem import Problem
from gradus.prompts.encoding import encode_prompts
from gradus.prompts.messages import messages_for
from gradus.provenance.errors import GradusError
from gradus.sampling.conversations import one_turn
from gradus.sampling.protocol import Decoding
from gradus.sampling.tinker.engine import TinkerEngine, completions_of
from gradus.specs.training import GrpoSpec
from gradus.tinker.journal import Journal
from gradus.tinker.requests import Question, Replies, Requests
from gradus.tinker.spending import Exceeded
from gradus.training.groups import Group, rewarded, rollout_seeds
from gradus.training.held_out import HELD_OUT_BATCH, greedy, mean_reward
from gradus.training.tinker.run import Halted, Run
from gradus.training.tinker.waiting import ClientLost


@dataclass(frozen=True)
class PendingGroups:
    """Groups that `policy` is generating on the service for these problems, as this batch of the run."""

    policy: Requests
    replies: Replies
    indices: list[int]
    batch: int
    seeds: list[int]


class GroupSampler:
    """Draws groups for problems, as the settings say, with seeds that depend on the batch and the place in it only.

    `journal`: what was asked before a kill is collected, not asked and paid for again. The steps that are done again
    began from the same state, so the completions are those of the same policy. None: nothing is kept.
    """

    def __init__(self, run: Run[GrpoSpec], problems: list[Problem], settings: GrpoSpec, journal: Path | None) -> None:
        self._run, self._problems, self._settings = run, problems, settings
        self._journal = Journal(journal) if journal else None
        start = run.start
        self._positions = positions(start.folder, run.service.context)
        self._domain_tokens = token_counter(start.folder)
        conversations = (messages_for(p.problem, settings.prompt) for p in problems)
        self.prompts = encode_prompts(start.template, start.tokenizer, conversations)

    def ask(self, policy: Requests, indices: list[int], batch: int) -> PendingGroups:
        """Start one request for each of the problems `indices`; `batch` numbers the call within the run."""
        settings, size = self._settings, self._settings.group_size
        seeds = rollout_seeds(settings.seed, batch, len(indices) * size)
        replies = TinkerEngine(policy, self._positions).ask(
            [self.prompts[i].ids for i in indices],
            keys=[f"{batch}/{place}/{self._problems[i].id}" for place, i in enumerate(indices)],
            seeds=seeds[::size],
            samples=size,
            decoding=Decoding(settings.max_tokens, settings.temperature, self._run.start.ends.ids),
            journal=self._journal,
        )
        return PendingGroups(policy, replies, indices, batch, seeds)

    def groups(self, asked: PendingGroups) -> list[Group]:
        """One group for each problem. Raises Halted at the ceiling, ClientLost where the service loses a request."""
        replies = answered(self._run, asked.replies)
        completions = [c for reply in replies for c in completions_of(reply)]
        if any(not c.token_ids or len(c.logprobs) != len(c.token_ids) for c in completions):
            raise ClientLost(
                f"batch {asked.batch}: a completion came without tokens, or without their log-probabilities"
            )
        prompts = [self.prompts[i] for i in asked.indices]
        problems = [self._problems[i] for i in asked.indices]
        every = [prompt for prompt in prompts for _ in range(self._settings.group_size)]
        answers = one_turn(self._run.start.tokenizer, every, completions)
        return rewarded(prompts, problems, answers, asked.seeds, self._settings, self._domain_tokens)


class HeldOut:
    """One greedy answer to each problem."""

    def __init__(self, run: Run[GrpoSpec], problems: list[Problem], settings: GrpoSpec) -> None:
        self._size = len(problems)
        self._rollouts = GroupSampler(run, problems, greedy(settings), None)

    def reward(self, policy: Requests) -> float:
        return mean_reward(self._rollouts.groups(self._rollouts.ask(policy, list(range(self._size)), HELD_OUT_BATCH)))


def scored(run: Run[GrpoSpec], policy: Requests, groups: Sequence[Group], what: str) -> list[list[float]]:
    """For each completion the log-probability of its tokens under `policy`, at temperature 1.

    `what` names the call in errors and, with a place, in the service's log. Raises as `answered` does.
    """
    rows = [(group.prompt_ids, c.token_ids) for group in groups for c in group.completions]
    questions = [
        # One token has to be generated; it is not used.
        Question(f"{what}/{place}", [*prompt, *ids], seed=0, max_tokens=1, prompt_logprobs=True)
        for place, (prompt, ids) in enumerate(rows)
    ]
    replies = answered(run, policy.ask(questions))
    known = [reply.prompt_logprobs[len(prompt) :] for reply, (prompt, _) in zip(replies, rows, strict=True)]
    if any(len(values) != len(ids) or None in values for values, (_, ids) in zip(known, rows, strict=True)):
        raise ClientLost(f"{what}: log-probabilities came without some tokens")
    return known


def at_temperature_one(
    run: Run[GrpoSpec], writers: Sequence[Requests], groups: Sequence[Group], step: int
) -> list[Group]:
    """The groups with log-probabilities at temperature 1 under the policy that wrote each, in place of the sampler's.

    The service's losses compare with log-probabilities at temperature 1. Reports differ on whether its sampler's are
    those or are of the tempered distribution that it drew from (tinker-cookbook#86, tinker-feedback#148), so they are
    requested, which works either way.
    """
    found: dict[int, Group] = {}
    for writer in dict.fromkeys(writers):
        places = [place for place, of in enumerate(writers) if of is writer]
        rows = iter(scored(run, writer, [groups[place] for place in places], f"step {step}, the policy's own"))
        for place in places:
            completions = [replace(c, logprobs=next(rows)) for c in groups[place].completions]
            found[place] = replace(groups[place], completions=completions)
    return [found[place] for place in range(len(groups))]


def answered(run: Run[GrpoSpec], replies: Replies) -> list[Any]:
    """All replies. SIGTERM ends the wait: what is not answered is not trained on."""
    try:
        with run.stop_signal.interruptible():
            return replies.all()
    except Exceeded as error:
        raise Halted(str(error)) from None
    except GradusError as error:
        raise ClientLost(str(error)) from None
