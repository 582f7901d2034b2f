"""Choices by vLLM, for real, against transformers, with and without an adapter."""

from pathlib import Path

import pytest
import torch

from gradus.sampling.transformers.chooser import TransformersChoiceEngine
from sampling.vllm.asking import ask_vllm

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("trained", ["model", "adapter"])
def test_both_choose_alike(
    trained: str, vllm_python: str, tmp_path: Path, model: Path, adapter: Path, prompts: list[list[int]]
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    choices = [(ids, 40 + place, 90 - place) for place, ids in enumerate(prompts[:20])]
    used = adapter if trained == "adapter" else None
    (found,) = ask_vllm(vllm_python, tmp_path, model, used, [{"choices": choices}])
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    if used is not None:
        network = PeftModel.from_pretrained(network, used).get_base_model()
    expected = TransformersChoiceEngine(network.eval()).choose(choices, lambda _count: None)
    assert found == pytest.approx(expected, abs=1e-4)
    assert max(expected) - min(expected) > 0.2  # or a constant would pass
