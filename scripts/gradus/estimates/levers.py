"""Which setting to lower where a job does not fit, and how far: what decides no result first, the experiment last."""

from collections.abc import Callable, Iterator
from typing import Any

Settings = dict[str, Any]
Change = tuple[str, Any]


def first_to_lower(settings: Settings, fits: Callable[[Settings], bool]) -> list[Change]:
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


def changed(settings: Settings, change: Change) -> Settings:
    """The settings with one of them, maybe in a group, set to another value."""
    group, _, key = change[0].rpartition(".")
    if group:
        return settings | {group: settings[group] | {key: change[1]}}
    return settings | {key: change[1]}


def _checkpointing(settings: Settings) -> Iterator[Change]:
    if settings.get("gradient_checkpointing") is False:
        yield "gradient_checkpointing", True


def _micro_batch(settings: Settings) -> Iterator[Change]:
    """Divisors of the batch, the largest first."""
    if "micro_batch" not in settings:
        return
    batch = settings["batch_size"] * settings.get("group_size", 1)
    now = settings["micro_batch"] or batch
    yield from (("micro_batch", rows) for rows in range(now - 1, 0, -1) if batch % rows == 0)


def _sleep(settings: Settings) -> Iterator[Change]:
    if settings.get("rollouts", {}).get("sleep") is False:
        yield "rollouts.sleep", True


def _share(settings: Settings) -> Iterator[Change]:
    share = settings.get("rollouts", {}).get("memory_share")
    if share is not None:
        yield from (("rollouts.memory_share", value / 100) for value in range(int(share * 100) - 1, 4, -1))


def _optimizer(settings: Settings) -> Iterator[Change]:
    """Pages change no sum; 8 bits do."""
    order = ["adamw", "paged_adamw", "paged_adamw_8bit"]
    if settings.get("optimizer") in order:
        yield from (("optimizer", name) for name in order[order.index(settings["optimizer"]) + 1 :])


def _length(settings: Settings) -> Iterator[Change]:
    """In steps of 64 tokens."""
    for key in ("max_tokens", "max_length"):
        if key in settings:
            yield from ((key, tokens) for tokens in range((settings[key] - 1) // 64 * 64, 0, -64))


def _method(settings: Settings) -> Iterator[Change]:
    order = ["full", "lora", "qlora"]
    if settings.get("method") in order:
        yield from (("method", name) for name in order[order.index(settings["method"]) + 1 :])


LEVERS: tuple[Callable[[Settings], Iterator[Change]], ...] = (
    _checkpointing,
    _micro_batch,
    _sleep,
    _share,
    _optimizer,
    _length,
    _method,
)
