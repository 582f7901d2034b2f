"""Which setting to lower where a job does not fit, and how far: what decides no result first, the experiment last."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from gradus.estimates.assumed import longest_text
from gradus.specs.sampling import Asking, Reading
from gradus.specs.training import GrpoSpec, TraceTrainingSpec, TrainingSpec
from gradus.training.capabilities import backend_capabilities, network_of

Settings = TrainingSpec | Reading
S = TypeVar("S", bound=Settings)
Change = tuple[str, Any]

LEAST_PASS_TOKENS = 256
"""Below which a GPU has too little to do at a time."""

MOST_GPUS = 8
"""Of one job, where it is not known how many there are."""


def first_to_lower(settings: S, fits: Callable[[S], bool], most_gpus: int | None = None) -> list[Change]:
    """The first setting, with the mildest value, that makes a job fit by itself; keys of groups are `group.key`.

    Where none does, the ones that together do, each but the last at its mildest last; empty where nothing helps. What
    leaves the experiment as it is comes first, alone and together. most_gpus: how many there are for a job.
    """

    def does(settings: S) -> bool:
        return _possible(settings) and fits(settings)

    def values(lever: Lever, settings: S) -> list[Change]:
        found = [change for change in lever(settings) if _obeyed(settings, change)]
        return [change for change in found if change[0] != "gpus" or change[1] <= (most_gpus or MOST_GPUS)]

    for levers in (MILD, MILD + EXPERIMENT):
        for lever in levers:
            for change in values(lever, settings):
                if does(changed(settings, change)):
                    return [change]
        together: list[Change] = []
        lowered = settings
        for lever in levers:
            found = values(lever, lowered)
            for change in found:
                if does(changed(lowered, change)):
                    return _needed(settings, [*together, change], does)
            if found:
                together.append(found[-1])
                lowered = changed(lowered, found[-1])
    return []


def _needed(settings: S, changes: list[Change], fits: Callable[[S], bool]) -> list[Change]:
    """Those of several changes without which the rest does not do, the last ones dropped first."""
    for change in reversed(changes):
        others = [other for other in changes if other != change]
        lowered = settings
        for other in others:
            lowered = changed(lowered, other)
        if fits(lowered):
            return _needed(settings, others, fits)
    return changes


def changed(settings: S, change: Change) -> S:
    """The settings with one of them, maybe in a group, set to another value."""
    group, _, key = change[0].rpartition(".")
    value = {key: change[1]}
    if group:
        value = {group: getattr(settings, group).model_copy(update=value)}
    return settings.model_copy(update=value)


def _possible(settings: Settings) -> bool:
    """Weights of 4 bits are not divided among GPUs."""
    return isinstance(settings, Reading) or settings.method != "qlora" or settings.gpus == 1


def _obeyed(settings: Settings, change: Change) -> bool:
    """Whether the job's backend, by its network, takes this value: settings that decide nothing there are refused."""
    if not isinstance(settings, TrainingSpec):
        return True
    network = network_of(settings)
    ignored = {**backend_capabilities(settings.backend).ignored, **(network.ignored if network else {})}
    key, value = change
    if key == "optimizer" and network and network.passes:
        return value in network.passes.optimizers
    return key not in ignored or value in ignored[key]


def _checkpointing(settings: Settings) -> Iterator[Change]:
    if isinstance(settings, TrainingSpec) and not settings.gradient_checkpointing:
        yield "gradient_checkpointing", True


def _micro_batch(settings: Settings) -> Iterator[Change]:
    """Divisors of the batch, the largest first."""
    if not isinstance(settings, TrainingSpec):
        return
    batch = settings.batch_size * (settings.group_size if isinstance(settings, GrpoSpec) else 1)
    now = settings.micro_batch or batch
    yield from (("micro_batch", rows) for rows in range(now - 1, 0, -1) if batch % rows == 0)


def _micro_batch_tokens(settings: Settings) -> Iterator[Change]:
    """Halves."""
    network = network_of(settings) if isinstance(settings, TrainingSpec) else None
    if network is None or network.passes is None or isinstance(settings, Reading):
        return
    tokens = settings.micro_batch_tokens or network.passes.tokens
    while tokens // 2 >= LEAST_PASS_TOKENS:
        tokens //= 2
        yield "micro_batch_tokens", tokens


def _sleep(settings: Settings) -> Iterator[Change]:
    if isinstance(settings, GrpoSpec) and not settings.rollouts.sleep:
        yield "rollouts.sleep", True


def _share(settings: Settings) -> Iterator[Change]:
    if isinstance(settings, GrpoSpec) and settings.rollouts.engine == "vllm_colocate":
        most = int(settings.rollouts.memory_share * 100) - 1
        yield from (("rollouts.memory_share", value / 100) for value in range(most, 4, -1))


def _optimizer(settings: Settings) -> Iterator[Change]:
    """Pages change no sum; 8 bits do."""
    order = ["adamw", "paged_adamw", "paged_adamw_8bit"]
    if isinstance(settings, TrainingSpec):
        at = order.index(settings.optimizer or "adamw")
        yield from (("optimizer", name) for name in order[at + 1 :])


def _gpus(settings: Settings) -> Iterator[Change]:
    if isinstance(settings, TrainingSpec):
        gpus = settings.gpus
        while gpus * 2 <= 16:
            gpus *= 2
            yield "gpus", gpus


def _guard(settings: Settings) -> Iterator[Change]:
    """It measures against a copy of all weights; an adapter is switched off instead."""
    if isinstance(settings, GrpoSpec) and not settings.adapts and settings.kl_guard and not settings.kl_coef:
        yield "kl_guard", None


def _overlap(settings: Settings) -> Iterator[Change]:
    if isinstance(settings, GrpoSpec) and settings.overlap:
        yield "overlap", 0


def _master(settings: Settings) -> Iterator[Change]:
    """Rounds every update."""
    full = isinstance(settings, TrainingSpec) and settings.method == "full"
    if full and settings.bf16 and settings.master_dtype == "float32":
        yield "master_dtype", "bfloat16"


def _length(settings: Settings) -> Iterator[Change]:
    """In steps of 64 tokens; nothing where texts are only read."""
    if isinstance(settings, TraceTrainingSpec):
        key, longest = "max_length", longest_text(settings)
    elif isinstance(settings, GrpoSpec | Asking):
        key, longest = "max_tokens", settings.max_tokens
    else:
        return
    yield from ((key, tokens) for tokens in range((longest - 1) // 64 * 64, 0, -64))


def _alone(settings: Settings) -> Iterator[Change]:
    """For weights of 4 bits."""
    if isinstance(settings, TrainingSpec) and settings.gpus > 1:
        yield "gpus", 1


def _method(settings: Settings) -> Iterator[Change]:
    order = ["full", "lora", "qlora"]
    if isinstance(settings, TrainingSpec) and settings.method in order:
        yield from (("method", name) for name in order[order.index(settings.method) + 1 :])


Lever = Callable[[Settings], Iterator[Change]]

MILD: tuple[Lever, ...] = (
    _checkpointing,
    _micro_batch,
    _micro_batch_tokens,
    _sleep,
    _share,
    _optimizer,
    _gpus,
    _guard,
    _overlap,
    _master,
)
EXPERIMENT: tuple[Lever, ...] = (_length, _alone, _method)
