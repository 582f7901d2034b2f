"""What of a study runs on Tinker: who samples what, under which name the service knows a model, what it cannot do."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from gradus.study.file import KeyPath
from gradus.study.mistakes import Mistake
from gradus.study.settings.models import AnyModel, HubModel, TinkerModel
from gradus.study.settings.training import ALL_LINEAR, Trained

ALPHA = 32.0
"""Of every adapter that Tinker trains, at every rank: its API has no setting for it. Sources: "LoRA Without Regret"
(Schulman et al. 2025, https://thinkingmachines.ai/blog/lora/); lora_alpha = 32 in its cookbook's hyperparam_utils.py;
skyrl 0.3.0's tinker/api.py, which follows it. What is trained is checked when it is downloaded."""

KINDS = ("prefill", "sample", "train")
"""Kinds of tokens, each with a price."""

ATTENTION, MLP = ALL_LINEAR[:4], ALL_LINEAR[4:]


def offered_name(model: AnyModel) -> str | None:
    """The service's name of a model; None where the study says that it has none."""
    if isinstance(model, TinkerModel):
        return model.name
    return model.tinker or (model.repo if isinstance(model, HubModel) else None)


def sampler_of(study: Any, experiment: str, benchmark: str) -> str:
    """What samples an experiment on a benchmark."""
    chosen = study.experiments[experiment].sampler or study.benchmarks[benchmark].sampler
    return chosen or study.sampling.sampler


def teachers_sampler(study: Any, trace_set: str) -> str:
    return study.traces[trace_set].sampler or study.sampling.sampler


def tinker_models(study: Any) -> list[str]:
    """The models that the study uses on Tinker, by the service's names; none where it does not go there at all."""
    used = [study.traces[name].teacher for name in _distilled(study) if teachers_sampler(study, name) == "tinker"]
    for name, experiment in study.experiments.items():
        trained_there = experiment.stage != "none" and experiment.backend == "tinker"
        if trained_there or any(sampler_of(study, name, benchmark) == "tinker" for benchmark in study.benchmarks):
            used.append(_standing(study, name)[0])
    return list(dict.fromkeys(offered_name(study.models[name]) or "" for name in used))


def service_settings(study: Any, model: str) -> dict[str, Any]:
    """What the spec of a job on Tinker has besides: which of the service's models it trains or asks."""
    return {"tinker": {"model": offered_name(study.models[model])}}


def service_file(study: Any) -> dict[str, Any] | None:
    """What jobs find as results/<study>/service.json; None where nothing of the study runs on Tinker.

    `url` null: the environment says it, or it is the service's own. `models`: those that the study uses.
    """
    models = tinker_models(study)
    if not models:
        return None
    settings = study.tinker
    prices = {name: price.model_dump(mode="json") for name, price in settings.prices.items()}
    return {
        "url": settings.url,
        "max_dollars": settings.max_dollars,
        "concurrency": settings.concurrency,
        "checkpoint_seconds": settings.checkpoint_days * 24 * 3600,
        "expected_share": settings.expected_share,
        "models": models,
        "prices_dated": settings.prices_dated,
        "prices": {name: {kind: price[kind] for kind in KINDS} for name, price in prices.items()},
        "retired": {name: price["retired"] for name, price in prices.items() if price["retired"]},
        "replaced_by": {name: price["replaced_by"] for name, price in prices.items() if price["replaced_by"]},
    }


def settings_mistakes(experiment: Trained, kl_coef: float | None) -> Iterator[Mistake]:
    """The settings of an experiment that Tinker cannot honour, besides those that only trl reads."""
    if experiment.method != "lora":
        yield ("method",), f"trains adapters alone, not {experiment.method}; set method: lora, or another backend"
    if experiment.lora.alpha != ALPHA:
        yield ("lora", "alpha"), f"scales every adapter by {ALPHA:g} / rank; set alpha: {ALPHA:g}, or another backend"
    if set(experiment.lora.targets) not in (set(ALL_LINEAR), set(ATTENTION), set(MLP)):
        what = f"adapts all seven projections, {', '.join(ATTENTION)}, or {', '.join(MLP)}"
        yield ("lora", "targets"), f"{what}; name these, or set another backend"
    if getattr(experiment, "packing", False):
        yield ("packing",), "takes traces one by one; remove this key, or set another backend"
    if getattr(experiment, "kl_guard", None) and not kl_coef:
        what = "measures no KL without a kl_coef, as it costs a pass over the reference"
        yield ("kl_guard",), f"{what}; set kl_guard: null, or a kl_coef"


def tinker_mistakes(study: Any) -> Iterator[Mistake]:
    """What would ask Tinker for weights that it has not, or ask others for weights that it alone has.

    For studies whose names are all there and whose ancestry is no circle.
    """
    for name, experiment in study.experiments.items():
        if experiment.stage != "none":
            yield from _training_mistakes(study, name)
        yield from _sampling_mistakes(study, name)
    for name in _distilled(study):
        teacher, sampler = study.traces[name].teacher, teachers_sampler(study, name)
        if sampler == "tinker" and offered_name(study.models[teacher]) is None:
            yield ("traces", name, "teacher"), _not_offered(teacher)
        elif sampler != "tinker" and isinstance(study.models[teacher], TinkerModel):
            yield ("traces", name, "sampler"), f"{_only_there(teacher)} sampler: {sampler}; set sampler: tinker"


def _training_mistakes(study: Any, name: str) -> Iterator[Mistake]:
    experiment, keys = study.experiments[name], ("experiments", name, "from")
    dense, adapter = _standing(study, experiment.parent)
    if experiment.backend != "tinker":
        if isinstance(study.models.get(dense), TinkerModel):
            yield keys, f"{_only_there(dense)} backend: {experiment.backend}; set backend: tinker, or source: hub there"
        return
    lacking = _lacking(study, dense, adapter)
    if lacking:
        yield keys, lacking


def _sampling_mistakes(study: Any, name: str) -> Iterator[Mistake]:
    keys = ("experiments", name, "sampler")
    dense, adapter = _standing(study, name)
    samplers = dict.fromkeys(sampler_of(study, name, benchmark) for benchmark in study.benchmarks)
    for sampler in samplers:
        if sampler != "tinker" and isinstance(study.models.get(dense), TinkerModel):
            yield keys, f"{_only_there(dense)} sampler: {sampler}; set sampler: tinker"
        elif sampler == "tinker" and (lacking := _lacking(study, dense, adapter)):
            yield keys, f"sampler: tinker: {lacking}; or set another sampler here"


def _lacking(study: Any, dense: str, adapter: str | None) -> str:
    """What Tinker lacks of these weights, and the remedy; empty where it has them."""
    if dense in study.experiments:
        return f"{dense!r} trained all parameters, and Tinker has models of its own alone; start from a model it offers"
    if adapter is not None and study.experiments[adapter].backend != "tinker":
        trained = f"backend: {study.experiments[adapter].backend} trained {adapter!r}"
        return f"{trained}, and Tinker has adapters of its own alone; set backend: tinker there"
    return "" if offered_name(study.models[dense]) else _not_offered(dense)


def _standing(study: Any, name: str) -> tuple[str, str | None]:
    """The model or fully trained experiment that weights belong to, and the experiment that trained their adapter."""
    experiment = study.experiments.get(name)
    if experiment is None:
        return name, None
    dense, adapter = _standing(study, experiment.parent)
    if experiment.stage == "none":
        return dense, adapter
    return (name, None) if experiment.method == "full" else (dense, name)


def _not_offered(model: str) -> str:
    return f"Tinker does not offer {model!r}; set models.{model}.tinker to the service's name of it"


def _only_there(model: str) -> str:
    return f"{model!r} is on Tinker alone, which gives no weights to"


def _distilled(study: Any) -> list[str]:
    return [name for name, traces in study.traces.items() if traces.kind == "distilled"]


def price_mistakes(study: Any) -> Iterator[Mistake]:
    """Models that a ceiling cannot be kept for, and days that are none."""
    settings = study.tinker
    if settings.max_dollars is not None:
        for model in tinker_models(study):
            if model not in settings.prices:
                what = f"this model has no price, so max_dollars ({settings.max_dollars:g}) cannot be kept"
                give = "give its prefill, sample and train in dollars per million tokens, or set max_dollars: null"
                yield ("tinker", "prices", model), f"{what}; {give}"
    days: list[tuple[KeyPath, str]] = [(("tinker", "prices_dated"), settings.prices_dated)]
    days += [(("tinker", "prices", name, "retired"), price.retired) for name, price in settings.prices.items()]
    for keys, day in days:
        if day and not _is_day(day):
            yield keys, f"expected a day such as 2026-01-31, not {day!r}"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
