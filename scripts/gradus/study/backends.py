"""What each training backend can do: settings that one cannot honour are refused when a study is planned."""

from typing import Any

from gradus.study.file import KeyPath
from gradus.study.mistakes import Mistake
from gradus.study.settings.training import AnyExperiment, Grpo, Rollouts, Sft, Trained
from gradus.training.algorithm import algorithm_module, load_algorithm
from gradus.training.tinker.capabilities import settings_mistakes

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
    "tinker": tuple(ONLY_TRL),
}
"""Keys that decide nothing under a backend."""


def backend_mistakes(experiment: AnyExperiment, here: KeyPath) -> list[Mistake]:
    """The settings of an experiment that its backend cannot honour; `here` is its place in the study."""
    if not isinstance(experiment, Trained):
        return []
    found = [*_dropout(experiment), *OWN[experiment.backend](experiment)]
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


def training_modules(experiment: Sft | Grpo) -> tuple[str, ...]:
    """What the job of an experiment loads by name: first the backend's module with its `train`."""
    backend = f"gradus.training.{experiment.backend}.{experiment.stage}"
    return (backend, algorithm_module(experiment.algorithm)) if isinstance(experiment, Grpo) else (backend,)


def _dropout(experiment: Trained) -> list[Mistake]:
    if experiment.method == "full" or not experiment.lora.dropout:
        return []
    if isinstance(experiment, Grpo):
        what = "compares the policy that wrote a completion with the one that learns from it, which dropout makes two"
        return [(("lora", "dropout"), f"{what}; set dropout: 0")]
    if experiment.backend == "trl":
        return []
    what = {"torch": "adds the adapter to the weights, so nothing drops out", "tinker": "knows no dropout"}
    return [(("lora", "dropout"), f"{what[experiment.backend]}; set dropout: 0, or backend: trl")]


def _of_torch(experiment: Trained) -> list[Mistake]:
    return _only_trl(experiment) + _only_tinker(experiment)


def _of_tinker(experiment: Trained) -> list[Mistake]:
    kl_coef = resolved(experiment, "kl_coef") if isinstance(experiment, Grpo) else None
    return [*settings_mistakes(experiment, kl_coef), *_only_trl(experiment)]


def _only_trl(experiment: Trained) -> list[Mistake]:
    values = {key: getattr(experiment, key) for key in ONLY_TRL}
    return [
        ((key,), f"has no {key}: {_yaml(value)}; remove this key, or set backend: trl")
        for key, value in values.items()
        if value not in ONLY_TRL[key]
    ]


def _only_tinker(experiment: Trained) -> list[Mistake]:
    if isinstance(experiment, Grpo) and experiment.look_ahead:
        what = "waits for each step before it samples the next batch"
        return [(("look_ahead",), f"{what}; remove this key, or set backend: tinker")]
    return []


def _of_trl(experiment: Trained) -> list[Mistake]:
    mistakes = _only_tinker(experiment)
    batch, words = experiment.batch_size, f"batch_size = {experiment.batch_size}"
    if isinstance(experiment, Grpo):
        if experiment.loss != "ppo":
            what = f"knows loss: ppo alone, not {experiment.loss}"
            mistakes.append((("loss",), f"{what}; remove this key, or set backend: torch"))
        if experiment.kl_guard and experiment.method == "full" and not resolved(experiment, "kl_coef"):
            what = "keeps a copy of the starting weights only where kl_coef is above 0, so kl_guard cannot measure"
            mistakes.append((("kl_guard",), f"{what}; set kl_guard: null, a kl_coef, or method: lora"))
        batch, words = batch * experiment.group_size, f"{words} times group_size = {experiment.group_size}"
    if experiment.micro_batch and batch % experiment.micro_batch:
        mistakes.append((("micro_batch",), f"splits a batch evenly; take a divisor of {batch} ({words})"))
    return mistakes


OWN = {"torch": _of_torch, "trl": _of_trl, "tinker": _of_tinker}
"""What each backend refuses, by its name."""


def resolved(experiment: Grpo, key: str) -> Any:
    """The value of a setting that the algorithm's preset gives where the study does not."""
    value = getattr(experiment, key)
    return getattr(load_algorithm(experiment.algorithm).preset, key) if value is None else value


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
