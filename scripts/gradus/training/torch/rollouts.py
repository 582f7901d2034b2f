"""Groups of completions from the current policy, with their rewards."""

from typing import Generic

from gradus.problems.problem import Problem
from gradus.prompts.encoding import encode_prompts
from gradus.prompts.messages import messages_for
from gradus.sampling.protocol import Decoding
from gradus.specs.training import GrpoSpec
from gradus.training.groups import Group, rewarded, rollout_seeds
from gradus.training.held_out import HELD_OUT_BATCH, greedy, mean_reward
from gradus.training.spans import span
from gradus.training.torch.network import Start, Weights


class GroupSampler(Generic[Weights]):
    """Draws groups for problems. A completion's seed depends on the batch, the problem's place and its own only."""

    def __init__(self, start: Start[Weights], problems: list[Problem], settings: GrpoSpec) -> None:
        self._start, self._settings, self._problems = start, settings, problems
        conversations = (messages_for(p.problem, settings.prompt) for p in problems)
        self._prompts = encode_prompts(start.template, start.tokenizer, conversations)

    def draw(self, weights: Weights, indices: list[int], batch: int) -> list[Group]:
        """One group for each of the problems `indices`; `batch` numbers the call within the run."""
        settings, size = self._settings, self._settings.group_size
        seeds = rollout_seeds(settings.seed, batch, len(indices) * size)
        with span("rollout_generation"):
            completions = self._start.generate(
                weights,
                [self._prompts[i].ids for i in indices for _ in range(size)],
                seeds=seeds,
                decoding=Decoding(settings.max_tokens, settings.temperature, self._start.ends.ids),
            )
        prompts = [self._prompts[i] for i in indices]
        problems = [self._problems[i] for i in indices]
        return rewarded(prompts, problems, completions, seeds, self._start.tokenizer, settings)


class HeldOut(Generic[Weights]):
    """One greedy answer to each problem."""

    def __init__(self, start: Start[Weights], problems: list[Problem], settings: GrpoSpec) -> None:
        self._size = len(problems)
        self._engine = GroupSampler(start, problems, greedy(settings))

    def reward(self, weights: Weights) -> float:
        return mean_reward(self._engine.draw(weights, list(range(self._size)), HELD_OUT_BATCH))
