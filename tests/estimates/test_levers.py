"""What to lower first where a job does not fit, with the value that would."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gradus.estimates.known import KNOWN
from gradus.estimates.levers import changed, first_to_lower
from gradus.estimates.memory import GB, training_memory
from gradus.estimates.work import training_of
from gradus.graph.graph import Graph
from gradus.specs.training import GrpoSpec
from gradus.study.settings.grpo import KlGuard, Rollouts

QWEN = KNOWN["Qwen/Qwen3-4B"]
LOCAL = Path(__file__).resolve().parents[2] / "config" / "local_gpu.yaml"


@lru_cache
def settings_of() -> GrpoSpec:
    found = Graph.read(LOCAL).jobs["models/grpo_full"].settings
    assert isinstance(found, GrpoSpec)
    return found.model_copy(update={"lora": found.lora.model_copy(update={"rank": 64})})


def lowered(limit: int, most_gpus: int | None = None, **settings: Any) -> list[tuple[str, Any]]:
    def fits(tried: GrpoSpec) -> bool:
        return training_memory(training_of(tried, QWEN), limit).total <= limit

    result = settings_of().model_copy(update=settings)
    assert not fits(result)
    found = first_to_lower(result, fits, most_gpus)
    for change in found:
        result = changed(result, change)
    assert not found or fits(result)
    return found


def test_what_decides_no_result_comes_first() -> None:
    assert lowered(80 * GB, gradient_checkpointing=False) == [("gradient_checkpointing", True)]
    assert lowered(80 * GB, micro_batch=None) == [("micro_batch", 16)]
    assert lowered(
        40 * GB, method="lora", rollouts=settings_of().rollouts.model_copy(update={"memory_share": 0.9})
    ) == [("rollouts.memory_share", 0.75)]


def test_moments_in_pages_before_a_shorter_completion() -> None:
    assert lowered(76 * GB, optimizer="adamw", micro_batch=1) == [("optimizer", "paged_adamw")]


def test_rollouts_after_the_update_before_shorter_ones() -> None:
    transformers = settings_of().rollouts.model_copy(update={"engine": "transformers"})
    ahead = {
        "method": "lora",
        "overlap": 1,
        "rollouts": transformers,
        "optimizer": "paged_adamw_8bit",
        "micro_batch": 1,
    }
    assert lowered(36 * GB, **ahead) == [("overlap", 0)]


def test_the_mildest_value_that_fits() -> None:
    (change,) = lowered(30 * GB, method="lora", micro_batch=64)
    one_larger = settings_of().model_copy(update={"method": "lora", "micro_batch": change[1] * 2})
    assert change[0] == "micro_batch"
    assert training_memory(training_of(one_larger, QWEN), 30 * GB).total > 30 * GB


def test_several_together_and_nothing_at_all() -> None:
    changes = lowered(24 * GB, optimizer="adamw", gradient_checkpointing=False)
    assert changes == [("gradient_checkpointing", True), ("method", "lora")]
    assert lowered(2 * GB) == []


def test_of_several_each_is_needed() -> None:
    changes = lowered(24 * GB, optimizer="adamw", gradient_checkpointing=False)
    for left in changes:
        settings = settings_of().model_copy(update={"optimizer": "adamw", "gradient_checkpointing": False})
        for change in changes:
            settings = settings if change == left else changed(settings, change)
        assert training_memory(training_of(settings, QWEN), 24 * GB).total > 24 * GB


TORCH = {
    "backend": "torch",
    "network": "transformers",
    "micro_batch": None,
    "optimizer": None,
    "rollouts": Rollouts(engine="transformers"),
}


def test_of_the_torch_backend_what_it_has() -> None:
    """Passes by tokens, moments on the host but not in 8 bits, several GPUs, and a guard that holds a reference."""
    assert lowered(95 * GB, **TORCH, micro_batch_tokens=65_536) == [("micro_batch_tokens", 32_768)]
    assert lowered(75 * GB, **TORCH) == [("optimizer", "paged_adamw")]
    paged = TORCH | {"optimizer": "paged_adamw"}
    assert lowered(31 * GB, **paged) == [("gpus", 2)]
    assert lowered(15 * GB, most_gpus=8, **paged, gpus=8, kl_guard=KlGuard()) == [("kl_guard", None)]


def test_no_more_gpus_than_there_are() -> None:
    assert lowered(40 * GB, most_gpus=1, **TORCH) == [("optimizer", "paged_adamw"), ("master_dtype", "bfloat16")]


@given(st.integers(12, 400), st.sampled_from(["full", "lora", "qlora"]), st.booleans())
def test_what_is_named_fits(limit: int, method: str, checkpointing: bool) -> None:
    settings = settings_of().model_copy(update={"method": method, "gradient_checkpointing": checkpointing})

    def fits(tried: GrpoSpec) -> bool:
        return training_memory(training_of(tried, QWEN), limit * GB).total <= limit * GB

    found = first_to_lower(settings, fits)
    for change in found:
        settings = changed(settings, change)
    assert fits(settings) or not found
