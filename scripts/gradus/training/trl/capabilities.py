"""The `trl` backend: any model that transformers loads, on a GPU if there is one."""

from collections.abc import Iterator
from typing import Any

from gradus.provenance.environments import Environment
from gradus.study.settings.base import Mistake
from gradus.study.settings.dpo import Dpo
from gradus.study.settings.grpo import Grpo, Rollouts
from gradus.study.settings.training import Sft, Trained
from gradus.training.capabilities import TrainingCapabilities, guard_of, resolved
from gradus.training.rollouts.planning import rollouts_read, writes_by_vllm
from gradus.training.trl.ratios import RATIO_LEVELS


def _mistakes(experiment: Trained) -> Iterator[Mistake]:
    if experiment.method == "ternary":
        yield ("method",), "has no ternary weights; set backend: torch and network: transformers, or method: full"
    guard = isinstance(experiment, Grpo) and guard_of(experiment) and not experiment.adapts
    if guard and not resolved(experiment, "kl_coef"):
        what = "keeps a copy of the starting weights only where kl_coef is above 0, so kl_guard cannot measure"
        yield ("kl_guard",), f"{what}; set kl_guard: null, a kl_coef, or method: lora"
    if isinstance(experiment, Grpo):
        yield from _loss_mistakes(experiment)
        if experiment.group_size == 1:
            what = "asks for two completions of a problem at least, whatever judges them"
            yield ("group_size",), f"{what}; take 2 or more, or backend: torch or tinker"
    if isinstance(experiment, Sft | Dpo | Grpo):
        batch, words = experiment.batch_size * experiment.accumulate, f"batch_size = {experiment.batch_size}"
        if experiment.accumulate > 1:
            words = f"{words} times accumulate = {experiment.accumulate}"
        if isinstance(experiment, Grpo):
            batch, words = batch * experiment.group_size, f"{words} times group_size = {experiment.group_size}"
        if experiment.micro_batch and batch % experiment.micro_batch:
            yield ("micro_batch",), f"splits a batch evenly; take a divisor of {batch} ({words})"


def _loss_mistakes(experiment: Grpo) -> Iterator[Mistake]:
    """TRL's CISPO is MiniMax's: no lower clip, and a mean over tokens. Of KL estimates it has k3."""
    loss, estimator = resolved(experiment, "loss"), resolved(experiment, "kl_estimator")
    if loss == "cispo":
        for key, value in (("clip_low", 1), ("normalisation", "token")):
            if resolved(experiment, key) != value:
                yield (key,), f"has loss: cispo with {key}: {value} alone; set that, or backend: torch"
    if estimator != "k3" and resolved(experiment, "kl_coef"):
        what = f"has kl_estimator: k3 alone, and {experiment.algorithm} asks for {estimator}"
        yield ("kl_estimator",), f"{what}; set kl_estimator: k3, kl_coef: 0, or backend: torch"


def _settings(experiment: Trained, rollouts: Rollouts) -> dict[str, Any]:
    """Moments of QLoRA page out to the host, as in its paper (arXiv:2305.14314); GRPO is told who writes rollouts."""
    optimizer = experiment.optimizer or ("paged_adamw" if experiment.method == "qlora" else "adamw")
    if not isinstance(experiment, Grpo):
        return {"optimizer": optimizer}
    return {"optimizer": optimizer, "rollouts": rollouts_read(rollouts)}


ENVIRONMENT = Environment(
    packages=("vllm", "trl"),
    variable="GRADUS_GPU_PYTHON",
    folders=(".venv-gpu",),
    remedy="make gpu",
    needed_by=writes_by_vllm,
)

CAPABILITIES = TrainingCapabilities(
    environment=ENVIRONMENT,
    uses_gpu=True,
    stages=("sft", "dpo", "grpo"),
    ignored={
        "train": (None,),
        "overlap": (0,),
        "micro_batch_tokens": (None,),
        "gpus": (1,),
        "master_dtype": ("float32",),
    },
    losses=RATIO_LEVELS,
    mistakes=_mistakes,
    settings=_settings,
)
