"""The `transformers` sampler against the embedded one: the same model, the same numbers, the same answers."""

from pathlib import Path

import pytest
import torch
from tiny import save_tiny_model
from transformers import AutoModelForCausalLM

from gradus.provenance.errors import GradusError
from gradus.sampling.protocol import Decoding
from gradus.sampling.torch.sampler import TorchEngine
from gradus.sampling.transformers.engine import TransformersEngine
from gradus.sampling.transformers.pace import Pace

PROMPTS = [[5, 6, 7], [5, 6, 7], [9, 8, 7, 6, 5, 4], [11], [5, 6, 7], [13, 12]]
SEEDS = [1, 2, 3, 4, 5, 6]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model")).parent


@pytest.fixture(scope="module")
def sampler(folder: Path) -> TransformersEngine:
    return TransformersEngine(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval())


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_both_write_the_same(
    temperature: float, folder: Path, sampler: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradus.sampling.transformers.pace.CPU", Pace(rows=4, steps=3, length_step=8))
    decoding = Decoding(24, temperature, [2, *range(20, 40)], top_p=0.9)
    finished: list[tuple[int, int]] = []
    found = sampler.generate(
        PROMPTS, seeds=SEEDS, decoding=decoding, on_progress=lambda *counts: finished.append(counts)
    )
    for ours, theirs in zip(TorchEngine(folder).generate(PROMPTS, seeds=SEEDS, decoding=decoding), found, strict=True):
        assert theirs.token_ids == ours.token_ids
        assert theirs.finish_reason == ours.finish_reason
        assert theirs.logprobs == pytest.approx(ours.logprobs, abs=1e-4)
    assert [sum(column) for column in zip(*finished, strict=True)] == [
        len(PROMPTS),
        sum(len(completion.token_ids) for completion in found),
    ]


def test_an_answer_ends_at_the_models_last_position(sampler: TransformersEngine) -> None:
    prompt = [5] * 510
    (completion,) = sampler.generate([prompt], seeds=[1], decoding=Decoding(10, 1.0, []))
    assert len(completion.token_ids) == 2
    assert completion.finish_reason == "length"
    with pytest.raises(GradusError, match="512"):
        sampler.generate([[5] * 512], seeds=[1], decoding=Decoding(10, 1.0, []))
