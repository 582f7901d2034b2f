"""The reward on held-out problems, from what TRL's trainer generates."""

import contextlib
from collections.abc import Generator

from transformers import GenerationConfig

from gradus.models.nf4 import without_dropout
from gradus.problems.problem import Problem
from gradus.specs.training import GrpoSpec
from gradus.training.groups import rewarded, rollout_seeds
from gradus.training.held_out import HELD_OUT_BATCH, greedy, mean_reward
from gradus.training.trl.grpo_trainer import GrpoTrainer

SAMPLING_KEYS = ("temperature", "top_p", "top_k", "min_p")


class HeldOut:
    """One greedy answer to each problem, from what generates the rollouts."""

    def __init__(self, trainer: GrpoTrainer, problems: list[Problem], settings: GrpoSpec) -> None:
        self._trainer, self._problems = trainer, problems
        self._settings = greedy(settings)
        self._at_once = settings.batch_size * settings.group_size
        self._prompts = trainer.prompts_of(problems)

    def reward(self) -> float:
        trainer, drawn = self._trainer, []
        with _greedy(trainer):
            for at in range(0, len(self._prompts), self._at_once):
                ids = [prompt.ids for prompt in self._prompts[at : at + self._at_once]]
                drawn += trainer._generate_single_turn(ids, None, {}, 1)[0]
        groups = rewarded(
            self._prompts,
            self._problems,
            [trainer.completion(ids) for ids in drawn],
            rollout_seeds(self._settings.seed, HELD_OUT_BATCH, len(drawn)),
            trainer.tokenizer_of_start,
            self._settings,
        )
        return mean_reward(groups)


@contextlib.contextmanager
def _greedy(trainer: GrpoTrainer) -> Generator[None]:
    """The likeliest token each time, from the model without dropout; then all as it was."""
    without_dropout(trainer.model)
    if trainer.use_vllm:
        engine, changed = trainer.vllm_generation, {"temperature": 0.0}
    else:
        arguments = trainer.generation_kwargs | {"do_sample": False} | dict.fromkeys(SAMPLING_KEYS)
        config = GenerationConfig(**arguments, disable_compile=True)
        engine, changed = trainer, {"generation_kwargs": arguments, "generation_config": config}
    sampled = {name: getattr(engine, name) for name in changed}
    try:
        vars(engine).update(changed)
        yield
    finally:
        vars(engine).update(sampled)
        trainer.model.train()
