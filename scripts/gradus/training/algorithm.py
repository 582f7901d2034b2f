"""What an algorithm of group-relative policy optimisation is: a module of `algorithms/` that sets `ALGORITHM`.

The name of the module is the value of `algorithm` in a study. Backends call the algorithm that is named and know none;
planning reads presets, so nothing here imports torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from gradus.study.settings.grpo import KlEstimator, SurrogateLoss
from gradus.study.settings.plugins import load_plugin, plugin_module
from gradus.training.advantages import Advantages, TokenAdvantages, group_advantages
from gradus.training.surrogate import TokenLosses, token_losses

ALGORITHMS = "gradus.training.algorithms"


@dataclass(frozen=True)
class Preset:
    """Values of the settings of the same names, where the study leaves them null."""

    rewards: Mapping[str, float]
    kl_coef: float
    scale_advantages: bool
    clip_low: float
    clip_high: float
    normalisation: Literal["sequence", "token", "constant"]
    dynamic_sampling: bool
    loss: SurrogateLoss = "ppo"
    kl_estimator: KlEstimator = "k3"

    def for_unset(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The values of those settings that are None."""
        return {field.name: getattr(self, field.name) for field in fields(self) if settings[field.name] is None}


@dataclass(frozen=True)
class Algorithm:
    """source: who published it, and where. difference: what sets it apart, in one line of the documentation.
    equation: its advantage and its loss in LaTeX, in the symbols of `docs/algorithms.md`, which shows it.

    advantages: of completions from the rewards of all groups of a step. losses: of tokens, before they are averaged.
    token_advantages: what the log-probabilities of a teacher, the reference of the run, add to each token's advantage;
    None: there is no teacher.
    Backends that take the loss themselves (see their capabilities) refuse an algorithm whose `losses` they do not have.
    """

    source: str
    difference: str
    equation: str
    preset: Preset
    advantages: Advantages = group_advantages
    losses: TokenLosses = token_losses
    token_advantages: "TokenAdvantages | None" = None

    @property
    def distills(self) -> bool:
        """Whether it learns from a teacher, so that every completion has something to teach, whatever its reward."""
        return self.token_advantages is not None


def algorithm_module(name: str) -> str:
    """The module that a job loads by name, for its fingerprint."""
    return plugin_module(ALGORITHMS, name)


def load_algorithm(name: str) -> Algorithm:
    return load_plugin(ALGORITHMS, name, "ALGORITHM")
