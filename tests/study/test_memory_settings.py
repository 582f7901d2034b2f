"""Settings for models that are large for their GPUs: who has them, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError

ENGINE = Path(__file__).resolve().parents[2] / "config" / "reasoning_engine.yaml"


def planned(name: str, settings: dict[str, Any], **study: Any) -> Graph:
    return Graph.read(ENGINE, {"experiments": {name: settings}} | study)


def test_the_torch_backend_has_them_for_models_of_transformers() -> None:
    settings = planned("grpo", {"master_dtype": "bfloat16"}).jobs["models/grpo"].settings
    assert (settings.master_dtype, settings.optimizer, settings.top_p) == ("bfloat16", "paged_adamw", 0.95)
    lora = planned("grpo", {"master_dtype": "bfloat16", "method": "lora"}).jobs["models/grpo"].settings
    assert lora.master_dtype == "float32"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"master_dtype": "bfloat16", "bf16": False},
            "master_dtype: backend: torch computes in float32 here; set bf16: true beside it",
        ),
        (
            {"optimizer": "paged_adamw_8bit"},
            "optimizer: backend: torch keeps moments in float32; take paged_adamw, or set backend: trl",
        ),
        (
            {"network": "embedded"},
            "optimizer: backend: torch has no optimizer: paged_adamw; remove this key, or set network: transformers",
        ),
    ],
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(GradusError, match=f"experiments.grpo.{said}"):
        planned("grpo", settings)


def test_vllm_knows_no_log_probabilities_beside_top_p() -> None:
    what = "is told by rollouts.engine: vllm_colocate log-probabilities over the tokens of top_p alone, not over all"
    said = f"grpo.top_p: backend: torch {what}; set rollouts.engine: transformers, or top_p: 1"
    with pytest.raises(GradusError, match=said):
        planned("grpo", {}, rollouts={"engine": "vllm_colocate"})
    every = {name: {"top_p": 1} for name in ("grpo", "dr_grpo", "dapo", "dr_grpo_overlapped")}
    assert Graph.read(ENGINE, {"experiments": every, "rollouts": {"engine": "vllm_colocate"}}).jobs
