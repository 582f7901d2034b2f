"""Groups of completions with their rewards, and the metrics of a batch of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from gradus.grading.verdict import Verdict, grade_completions
from gradus.problems.problem import Problem
from gradus.prompts.encoding import Prompt
from gradus.provenance.seeds import derive_seed
from gradus.rewards.completion import GradedCompletion
from gradus.rewards.compose import part_values, weighted_sum
from gradus.sampling.conversations import Answered
from gradus.sampling.protocol import Completion
from gradus.specs.training import GrpoSpec
from gradus.training.spans import span
from gradus.vocabulary.counts import TokenCounter


@dataclass(frozen=True)
class Group:
    """All completions for one problem; `parts` are the values of the reward's parts for each, before their weights."""

    prompt_ids: list[int]
    completions: list[Completion]
    rewards: list[float]
    parts: dict[str, list[float]]
    verdicts: list[Verdict] = field(default_factory=list)

    def only(self, kept: Sequence[int]) -> "Group":
        """The group with its completions at these places alone."""
        return Group(
            self.prompt_ids,
            [self.completions[place] for place in kept],
            [self.rewards[place] for place in kept],
            {part: [values[place] for place in kept] for part, values in self.parts.items()},
            [self.verdicts[place] for place in kept],
        )


def group_from(values: Mapping[str, Any]) -> Group:
    """The group that `dataclasses.asdict` has made these values of, which JSON keeps as they are."""
    made = dict(values)
    made["completions"] = [Completion(**each) for each in values["completions"]]
    made["verdicts"] = [Verdict(**each) for each in values["verdicts"]]
    return Group(**made)


def rollout_seeds(seed: int, batch: int, count: int) -> list[int]:
    """A completion's seed depends on the batch and its place in it only."""
    return [derive_seed(seed, "rollout", batch, i) for i in range(count)]


def rewarded(
    prompts: Sequence[Prompt],
    problems: Sequence[Problem],
    answers: Sequence[Answered],
    seeds: Sequence[int],
    settings: GrpoSpec,
    domain_tokens: TokenCounter,
) -> list[Group]:
    """One group for each prompt and its problem; `answers` and `seeds` are all groups', one after another.

    domain_tokens: counts those of the model.
    """
    size, completions = settings.group_size, [answer.completion for answer in answers]
    with span("reward_computation"):
        references = [problem.reference for problem in problems for _ in range(size)]
        known = [problem.steps for problem in problems for _ in range(size)]
        verdicts = grade_completions([answer.text for answer in answers], references, settings.grading.methods)
        graded = [
            GradedCompletion(
                answer.text,
                answer.completion.token_ids,
                answer.completion.finish_reason,
                settings.max_tokens,
                reference if isinstance(reference, str) else reference.answer,
                verdict,
                seed,
                answer.messages,
                steps,
                domain_tokens.counts(answer.completion.written_ids),
            )
            for answer, reference, verdict, seed, steps in zip(answers, references, verdicts, seeds, known, strict=True)
        ]
        values = [part_values(completion, settings.rewards) for completion in graded]
        rewards = [weighted_sum(row, settings.rewards) for row in values]
    return [
        Group(
            prompt.ids,
            completions[at : at + size],
            rewards[at : at + size],
            {part: [row[part] for row in values[at : at + size]] for part in settings.rewards},
            verdicts[at : at + size],
        )
        for prompt, at in zip(prompts, range(0, len(rewards), size), strict=True)
    ]


def rollout_metrics(drawn: Sequence[Group], with_signal: int, parts: Sequence[str]) -> dict[str, Any]:
    """The metrics of a step over all groups that were drawn, of which so many have a signal."""
    rewards_P_G = torch.tensor([group.rewards for group in drawn])
    completions = [c for group in drawn for c in group.completions]
    verdicts = [verdict for group in drawn for verdict in group.verdicts]
    tokens = sum(c.written_count for c in completions)
    row: dict[str, Any] = {
        "reward": rewards_P_G.mean().item(),
        "reward_std": rewards_P_G.std(dim=1).mean().item() if rewards_P_G.shape[1] > 1 else 0.0,
        "completion_tokens": tokens / len(completions),
        "truncated": sum(c.finish_reason == "length" for c in completions) / len(completions),
        "no_answer": sum(verdict.answer is None for verdict in verdicts) / len(completions),
        "unknown": sum(verdict.correct is None for verdict in verdicts) / len(completions),
        "groups": len(drawn),
        "groups_without_signal": len(drawn) - with_signal,
        "tokens": tokens,
        "prompt_tokens": sum(len(group.prompt_ids) + c.given_count for group in drawn for c in group.completions),
    }
    for part in parts:
        values = [value for group in drawn for value in group.parts[part]]
        row[f"reward_{part}"] = sum(values) / len(values)
    return row
