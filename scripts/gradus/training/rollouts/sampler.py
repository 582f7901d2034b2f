"""Groups of completions with their rewards, and answers to held-out problems."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from tokenizers import Tokenizer

from gradus.models.domain_tokens import token_counter
from gradus.models.ends import Ends
from gradus.problems.problem import Problem
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import encode_prompts
from gradus.prompts.messages import messages_for
from gradus.sampling.conversations import Conversations
from gradus.sampling.protocol import Completion, Decoding
from gradus.specs.training import GrpoSpec
from gradus.training.groups import Group, rewarded, rollout_seeds
from gradus.training.held_out import HELD_OUT_BATCH, greedy, mean_reward
from gradus.training.ranks import ALONE, Ranks
from gradus.training.rollouts.protocol import RolloutEngine
from gradus.training.spans import span


class Asked(Protocol):
    """How a model is asked, and where its answers end. `folder` has its config."""

    @property
    def folder(self) -> Path: ...

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
        self._ends, self._domain_tokens = asked.ends.ids, token_counter(asked.folder)
        self._asked = [messages_for(p.problem, settings.prompt) for p in problems]
        self._prompts = encode_prompts(asked.template, asked.tokenizer, self._asked)
        environment = settings.prompt.environment
        self._conversations = Conversations(asked.folder, asked.template, asked.tokenizer, environment)
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

        def generate(ids: Sequence[Sequence[int]], seeds: Sequence[int], decoding: Decoding) -> list[Completion]:
            return engine.generate(ids, seeds=seeds, decoding=decoding)

        each = [i for i in indices for _ in range(size)]
        with span("rollout_generation"):
            answers = self._conversations.answer(
                generate,
                [self._asked[i] for i in each],
                [self._prompts[i] for i in each],
                seeds,
                Decoding.within(settings, settings.max_tokens, settings.temperature, self._ends),
            )
        prompts = [self._prompts[i] for i in indices]
        problems = [self._problems[i] for i in indices]
        return rewarded(prompts, problems, answers, seeds, settings, self._domain_tokens)


class HeldOut(GroupSampler):
    """One greedy answer to each problem."""

    def __init__(self, asked: Asked, problems: list[Problem], settings: GrpoSpec, ranks: Ranks = ALONE) -> None:
        super().__init__(asked, problems, greedy(settings), ranks)

    def reward(self, engine: RolloutEngine) -> float:
        return mean_reward(self.draw(engine, list(range(len(self._problems))), HELD_OUT_BATCH))
