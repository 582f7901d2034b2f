"""What each training backend can do: settings that one cannot honour are refused when a study is planned."""

from typing import Any

from gradus.study.file import KeyPath
from gradus.study.mistakes import Mistake
from gradus.study.settings.training import PRESETS, AnyExperiment, Grpo, Rollouts, Trained

ONLY_TRL: dict[str, tuple[object, ...]] = {
    "optimizer": (None, "adamw"),
    "bf16": (False,),
    "gradient_checkpointing": (False,),
    "micro_batch": (None,),
}
"""Keys that only trl reads, with the values that ask nothing of the others."""

UNREAD: dict[str, tuple[str, ...]] = {
    "torch": (*ONLY_TRL, "look_ahead"),
    "trl": ("loss", "look_ahead"),
    "tinker": (*ONLY_TRL, "packing"),
}
"""Keys that decide nothing under a backend."""


def backend_mistakes(experiment: AnyExperiment, here: KeyPath) -> list[Mistake]:
    """The settings of an experiment that its backend cannot honour; `here` is its place in the study."""
    if not isinstance(experiment, Trained):
        return []
    found = _of_torch(experiment) if experiment.backend == "torch" else _of_trl(experiment)
    return [((*here, *keys), f"backend: {experiment.backend} {what}") for keys, what in found]


def for_backend(experiment: Trained, rollouts: Rollouts, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of an experiment's spec as its backend reads them: without the keys that decide nothing there."""
    settings = {key: value for key, value in settings.items() if key not in UNREAD[experiment.backend]}
    if experiment.backend != "trl":
        return settings | {"lora": {key: value for key, value in settings["lora"].items() if key != "dropout"}}
    if settings["optimizer"] is None:
        settings["optimizer"] = "paged_adamw" if experiment.method == "qlora" else "adamw"
    if experiment.stage == "grpo":
        used = rollouts.model_dump(mode="json")
        settings["rollouts"] = used if rollouts.engine != "transformers" else {"engine": "transformers"}
    return settings


def _of_torch(experiment: Trained) -> list[Mistake]:
    mistakes: list[Mistake] = []
    if experiment.method == "qlora":
        mistakes.append((("method",), "keeps all weights in float32, so there is no qlora; set backend: trl, or lora"))
    if experiment.method == "lora" and experiment.lora.dropout:
        mistakes.append((("lora", "dropout"), "adds the adapter to the weights, so nothing drops out; set 0, or trl"))
    for key, values in ONLY_TRL.items():
        value = getattr(experiment, key)
        if value not in values:
            mistakes.append(((key,), f"has no {key}: {_yaml(value)}; remove this key, or set backend: trl"))
    return mistakes


def _of_trl(experiment: Trained) -> list[Mistake]:
    mistakes: list[Mistake] = []
    batch, words = experiment.batch_size, f"batch_size = {experiment.batch_size}"
    if isinstance(experiment, Grpo):
        if experiment.held_out is not None:
            mistakes.append((("held_out",), "measures no held-out reward; remove this key, or set backend: torch"))
        if resolved(experiment, "dynamic_sampling"):
            what = f"takes a batch as it comes, algorithm: {experiment.algorithm} asks for dynamic_sampling"
            mistakes.append((("dynamic_sampling",), f"{what}; set dynamic_sampling: false, or backend: torch"))
        if experiment.kl_guard and experiment.method == "full" and not resolved(experiment, "kl_coef"):
            what = "keeps a copy of the starting weights only where kl_coef is above 0, so kl_guard cannot measure"
            mistakes.append((("kl_guard",), f"{what}; set kl_guard: null, a kl_coef, or method: lora"))
        batch, words = batch * experiment.group_size, f"{words} times group_size = {experiment.group_size}"
    if experiment.micro_batch and batch % experiment.micro_batch:
        mistakes.append((("micro_batch",), f"splits a batch evenly; take a divisor of {batch} ({words})"))
    return mistakes


def resolved(experiment: Grpo, key: str) -> Any:
    """The value of a setting that the algorithm's preset gives where the study does not."""
    value = getattr(experiment, key)
    return PRESETS[experiment.algorithm][key] if value is None else value


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
