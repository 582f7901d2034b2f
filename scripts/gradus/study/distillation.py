"""Settings that have no effect where an experiment learns from a teacher, or from single completions."""

from collections.abc import Iterator

from gradus.study.mistakes import Mistake
from gradus.study.rewards import counts_rewards
from gradus.study.settings.grpo import Grpo
from gradus.training.capabilities import distills, resolved


def group_mistakes(experiment: Grpo) -> Iterator[Mistake]:
    """Settings that do not go with a teacher, or with groups of one completion. Keys are relative to the experiment."""
    if distills(experiment):
        yield from _beside_a_teacher(experiment)
    elif experiment.teacher is not None:
        what = f"algorithm: {experiment.algorithm} learns from rewards alone"
        yield ("teacher",), f"{what}; remove this key, or set algorithm: distillation"
    if experiment.group_size > 1:
        return
    if not distills(experiment):
        what = f"algorithm: {experiment.algorithm} compares completions of a problem, and this is one"
        yield ("group_size",), f"{what}; take 2 or more, or algorithm: distillation"
        return
    if counts_rewards(experiment):
        what = "count within a group of completions, and group_size is 1"
        yield ("rewards",), f"{what}; set their weights to 0, or group_size: 2 or more"
    if resolved(experiment, "scale_advantages"):
        what = "takes the deviation in a group of completions, and group_size is 1"
        yield ("scale_advantages",), f"{what}; set it to false, or group_size: 2 or more"


def _beside_a_teacher(experiment: Grpo) -> Iterator[Mistake]:
    name = experiment.algorithm
    if experiment.teacher is None:
        yield ("algorithm",), f"{name} learns from a teacher; set `teacher` to a model or an experiment"
    if experiment.reference_model is not None:
        yield ("reference_model",), f"algorithm: {name} is held to its teacher; remove this key"
    if resolved(experiment, "kl_coef"):
        yield ("kl_coef",), f"algorithm: {name} follows the KL to its teacher already; set kl_coef: 0"
    if resolved(experiment, "dynamic_sampling"):
        what = f"leaves problems out by their answers, and algorithm: {name} learns from every completion"
        yield ("dynamic_sampling",), f"{what}; set it to false"
