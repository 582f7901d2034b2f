"""Which setting to lower where a job does not fit, and how far: what decides no result first, the experiment last."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from gradus.specs.sampling import Drawn
from gradus.specs.training import GrpoSpec, SftSpec

Settings = SftSpec | GrpoSpec | Drawn
S = TypeVar("S", bound=Settings)
Change = tuple[str, Any]


def first_to_lower(settings: S, fits: Callable[[S], bool]) -> list[Change]:
    """The first setting, with the mildest value, that makes a job fit by itself; keys of groups are `group.key`.

    Where none does, the ones that together do, each at its mildest last; empty where nothing helps.
    """
    for lever in LEVERS:
        for change in lever(settings):
            if fits(changed(settings, change)):
                return [change]
    together: list[Change] = []
    lowered = settings
    for lever in LEVERS:
        for change in lever(lowered):
            if fits(changed(lowered, change)):
                return [*together, change]
        values = list(lever(lowered))
        if values:
            together.append(values[-1])
            lowered = changed(lowered, values[-1])
    return []


def changed(settings: S, change: Change) -> S:
    """The settings with one of them, maybe in a group, set to another value."""
    group, _, key = change[0].rpartition(".")
    value = {key: change[1]}
    if group:
        value = {group: getattr(settings, group).model_copy(update=value)}
    return settings.model_copy(update=value)


def _checkpointing(settings: Settings) -> Iterator[Change]:
    if isinstance(settings, SftSpec | GrpoSpec) and not settings.gradient_checkpointing:
        yield "gradient_checkpointing", True


def _micro_batch(settings: Settings) -> Iterator[Change]:
    """Divisors of the batch, the largest first."""
    if not isinstance(settings, SftSpec | GrpoSpec):
        return
    batch = settings.batch_size * (settings.group_size if isinstance(settings, GrpoSpec) else 1)
    now = settings.micro_batch or batch
    yield from (("micro_batch", rows) for rows in range(now - 1, 0, -1) if batch % rows == 0)


def _sleep(settings: Settings) -> Iterator[Change]:
    if isinstance(settings, GrpoSpec) and not settings.rollouts.sleep:
        yield "rollouts.sleep", True


def _share(settings: Settings) -> Iterator[Change]:
    if isinstance(settings, GrpoSpec):
        most = int(settings.rollouts.memory_share * 100) - 1
        yield from (("rollouts.memory_share", value / 100) for value in range(most, 4, -1))


def _optimizer(settings: Settings) -> Iterator[Change]:
    """Pages change no sum; 8 bits do."""
    order = ["adamw", "paged_adamw", "paged_adamw_8bit"]
    if isinstance(settings, SftSpec | GrpoSpec) and settings.optimizer in order:
        yield from (("optimizer", name) for name in order[order.index(settings.optimizer) + 1 :])


def _length(settings: Settings) -> Iterator[Change]:
    """In steps of 64 tokens."""
    key = "max_length" if isinstance(settings, SftSpec) else "max_tokens"
    longest = settings.max_length if isinstance(settings, SftSpec) else settings.max_tokens
    yield from ((key, tokens) for tokens in range((longest - 1) // 64 * 64, 0, -64))


def _method(settings: Settings) -> Iterator[Change]:
    order = ["full", "lora", "qlora"]
    if isinstance(settings, SftSpec | GrpoSpec):
        yield from (("method", name) for name in order[order.index(settings.method) + 1 :])


LEVERS: tuple[Callable[[Settings], Iterator[Change]], ...] = (
    _checkpointing,
    _micro_batch,
    _sleep,
    _share,
    _optimizer,
    _length,
    _method,
)
