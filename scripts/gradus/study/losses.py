"""Checks of the settings of a loss that no single key can make, whatever the backend."""

from gradus.study.settings.base import KeyPath, Mistake
from gradus.study.settings.grpo import Grpo
from gradus.training.capabilities import resolved


def loss_mistakes(experiment: Grpo, here: KeyPath) -> list[Mistake]:
    """What is wrong with the clip that an experiment asks for; `here` is its place in the study."""
    dual, loss, high = experiment.clip_dual, resolved(experiment, "loss"), resolved(experiment, "clip_high")
    key = (*here, "clip_dual")
    if dual is None:
        return []
    if loss != "ppo":
        return [(key, f"clips a loss: ppo only, and this one is {loss}; remove this key, or set loss: ppo")]
    if dual <= 1 + high:
        what = f"{dual:g} would clip ratios that clip_high = {high:g} allows"
        return [(key, f"{what}; take more than {1 + high:g}, such as 3")]
    return []
