"""Groups of completions from the current policy, with their rewards."""

from dataclasses import dataclass, field
from typing import Any

from gradus.grading.verdict import Verdict, grade
from gradus.models.qwen3 import Weights
from gradus.problems.table import Problem
from gradus.prompts.messages import messages_for
from gradus.provenance.seeds import derive_seed
from gradus.rewards.compose import part_values, weighted_sum
from gradus.rewards.rollout import Rollout
from gradus.sampling.protocol import Completion
from gradus.sampling.torch.engine import generate
from gradus.training.torch.policy import Start


@dataclass(frozen=True)
class Group:
    """All completions for one problem; `parts` are the values of the reward's parts for each, before their weights."""

    prompt_ids: list[int]
    completions: list[Completion]
    rewards: list[float]
    parts: dict[str, list[float]]
    verdicts: list[Verdict] = field(default_factory=list)


class RolloutEngine:
    """Draws groups for problems. A completion's seed depends on the batch, the problem's place and its own only."""

    def __init__(self, start: Start, problems: list[Problem], settings: dict[str, Any]) -> None:
        self._start, self._settings, self._problems = start, settings, problems
        self._prompts = [
            start.tokenizer.encode(
                start.template.render(messages_for(p.problem, settings["prompt"]), add_generation_prompt=True),
                add_special_tokens=False,
            ).ids
            for p in problems
        ]

    def draw(self, weights: Weights, indices: list[int], batch: int) -> list[Group]:
        """One group for each of the problems `indices`; `batch` numbers the call within the run."""
        settings, size = self._settings, self._settings["group_size"]
        seeds = [derive_seed(settings["seed"], "rollout", batch, i) for i in range(len(indices) * size)]
        completions = generate(
            weights,
            self._start.arch,
            [self._prompts[i] for i in indices for _ in range(size)],
            seeds=seeds,
            max_tokens=settings["max_tokens"],
            temperature=settings["temperature"],
            stop_ids=(self._start.arch.eos_token_id,),
        )
        texts = self._start.tokenizer.decode_batch([c.token_ids for c in completions], skip_special_tokens=True)
        golds = [self._problems[i].answer for i in indices for _ in range(size)]
        verdicts = [grade(text, gold, settings["grading"]["methods"]) for text, gold in zip(texts, golds, strict=True)]
        rollouts = [
            Rollout(text, c.token_ids, c.finish_reason, settings["max_tokens"], gold, verdict, seed)
            for text, c, gold, verdict, seed in zip(texts, completions, golds, verdicts, seeds, strict=True)
        ]
        values = [part_values(rollout, settings["rewards"]) for rollout in rollouts]
        rewards = [weighted_sum(row, settings["rewards"]) for row in values]
        return [
            Group(
                self._prompts[index],
                completions[at : at + size],
                rewards[at : at + size],
                {part: [row[part] for row in values[at : at + size]] for part in settings["rewards"]},
                verdicts[at : at + size],
            )
            for index, at in zip(indices, range(0, len(rewards), size), strict=True)
        ]
