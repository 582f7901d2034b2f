"""What to lower first where a job does not fit, with the value that would."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gradus.estimates.known import KNOWN
from gradus.estimates.levers import changed, first_to_lower
from gradus.estimates.memory import GB, training_memory
from gradus.estimates.work import training_of

QWEN = KNOWN["Qwen/Qwen3-4B"]
SETTINGS: dict[str, Any] = {
    "method": "full",
    "lora": {"rank": 64, "targets": list(QWEN.projections)},
    "optimizer": "paged_adamw_8bit",
    "bf16": True,
    "gradient_checkpointing": True,
    "micro_batch": 8,
    "batch_size": 8,
    "group_size": 8,
    "max_tokens": 2048,
    "kl_coef": 0.0,
    "rollouts": {"engine": "vllm_colocate", "memory_share": 0.3, "sleep": True},
}


def lowered(limit: int, **settings: Any) -> list[tuple[str, Any]]:
    def fits(tried: dict[str, Any]) -> bool:
        return training_memory(training_of("grpo", tried, QWEN), limit).total <= limit

    assert not fits(SETTINGS | settings)
    found = first_to_lower(SETTINGS | settings, fits)
    result = SETTINGS | settings
    for change in found:
        result = changed(result, change)
    assert not found or fits(result)
    return found


def test_what_decides_no_result_comes_first() -> None:
    assert lowered(80 * GB, gradient_checkpointing=False) == [("gradient_checkpointing", True)]
    assert lowered(80 * GB, micro_batch=None) == [("micro_batch", 16)]
    assert lowered(40 * GB, method="lora", rollouts=SETTINGS["rollouts"] | {"memory_share": 0.9}) == [
        ("rollouts.memory_share", 0.75)
    ]


def test_moments_in_pages_before_a_shorter_completion() -> None:
    assert lowered(76 * GB, optimizer="adamw", micro_batch=1) == [("optimizer", "paged_adamw")]


def test_the_mildest_value_that_fits() -> None:
    (change,) = lowered(30 * GB, method="lora", micro_batch=64)
    one_larger = SETTINGS | {"method": "lora", "micro_batch": change[1] * 2}
    assert change[0] == "micro_batch"
    assert training_memory(training_of("grpo", one_larger, QWEN), 30 * GB).total > 30 * GB


def test_several_together_and_nothing_at_all() -> None:
    changes = lowered(24 * GB, optimizer="adamw", gradient_checkpointing=False)
    assert [key for key, _ in changes][:2] == ["gradient_checkpointing", "micro_batch"]
    assert changes[-1][0] == "method"
    assert lowered(2 * GB) == []


@given(st.integers(12, 400), st.sampled_from(["full", "lora", "qlora"]), st.booleans())
def test_what_is_named_fits(limit: int, method: str, checkpointing: bool) -> None:
    settings = SETTINGS | {"method": method, "gradient_checkpointing": checkpointing}

    def fits(tried: dict[str, Any]) -> bool:
        return training_memory(training_of("grpo", tried, QWEN), limit * GB).total <= limit * GB

    found = first_to_lower(settings, fits)
    for change in found:
        settings = changed(settings, change)
    assert fits(settings) or not found
