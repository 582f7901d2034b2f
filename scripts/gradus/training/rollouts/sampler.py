"""Groups of completions with their rewards, and answers to held-out problems."""

from typing import Protocol

from tokenizers import Tokenizer

from gradus.models.ends import Ends
from gradus.problems.problem import Problem
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import encode_prompts
from gradus.prompts.messages import messages_for
from gradus.sampling.protocol import Decoding
from gradus.specs.training import GrpoSpec
from gradus.training.groups import Group, rewarded, rollout_seeds
from gradus.training.held_out import HELD_OUT_BATCH, greedy, mean_reward
from gradus.training.ranks import ALONE, Ranks
from gradus.training.rollouts.protocol import RolloutEngine
from gradus.training.spans import span


class Asked(Protocol):
    """How a model is asked, and where its answers end."""

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def template(self) -> ChatTemplate: ...

    @property
    def ends(self) -> Ends: ...


class GroupSampler:
    """Draws groups for problems. A completion's seed depends on the batch, the problem's place and its own only.

    longest_prompt: in tokens.
    """

    def __init__(self, asked: Asked, problems: list[Problem], settings: GrpoSpec, ranks: Ranks = ALONE) -> None:
        self._settings, self._problems, self.ranks = settings, problems, ranks
        self._tokenizer, self._ends = asked.tokenizer, asked.ends.ids
        conversations = (messages_for(p.problem, settings.prompt) for p in problems)
        self._prompts = encode_prompts(asked.template, asked.tokenizer, conversations)
        self.longest_prompt = max(len(prompt.ids) for prompt in self._prompts)

    def draw(self, engine: RolloutEngine, indices: list[int], batch: int) -> list[Group]:
        """One group for each of the problems `indices`; `batch` numbers the call within the run."""
        return self.ranks.gather(self.draw_share(engine, indices, batch))

    def draw_share(self, engine: RolloutEngine, indices: list[int], batch: int) -> list[Group]:
        """The same for this rank's share of them."""
        settings, size = self._settings, self._settings.group_size
        all_seeds = rollout_seeds(settings.seed, batch, len(indices) * size)
        places = self.ranks.share(range(len(indices)))
        indices = [indices[place] for place in places]
        seeds = [seed for place in places for seed in all_seeds[place * size : (place + 1) * size]]
        with span("rollout_generation"):
            completions = engine.generate(
                [self._prompts[i].ids for i in indices for _ in range(size)],
                seeds=seeds,
                decoding=Decoding(settings.max_tokens, settings.temperature, self._ends, settings.top_p),
            )
        prompts = [self._prompts[i] for i in indices]
        problems = [self._problems[i] for i in indices]
        return rewarded(prompts, problems, completions, seeds, self._tokenizer, settings)


class HeldOut(GroupSampler):
    """One greedy answer to each problem."""

    def __init__(self, asked: Asked, problems: list[Problem], settings: GrpoSpec, ranks: Ranks = ALONE) -> None:
        super().__init__(asked, problems, greedy(settings), ranks)

    def reward(self, engine: RolloutEngine) -> float:
        return mean_reward(self.draw(engine, list(range(len(self._problems))), HELD_OUT_BATCH))
