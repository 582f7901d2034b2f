"""Models and requests of the tests of decoding in slots, and what of a model is said to be right."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.transformers.engine import TransformersEngine
from gradus.sampling.transformers.pace import Pace
from training.module.families import save_family

STOPS = [2, *range(20, 24)]
POSITIONS = 512

SetPace = Callable[..., None]


def some_prompts(seed: int, count: int = 9) -> list[list[int]]:
    """Of 1 to 30 tokens, some of them twice."""
    numbers = random.Random(seed)
    distinct = [[numbers.randrange(3, 60) for _ in range(numbers.choice([1, 2, 5, 9, 30]))] for _ in range(count)]
    return [*distinct, *distinct[::2]]


def plain(folder: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def in_slots(model: PreTrainedModel, prompts: list[list[int]], decoding: Decoding) -> list[Completion]:
    found = TransformersEngine(model)
    completions = found.generate(prompts, seeds=range(len(prompts)), decoding=decoding)
    assert found.way == "masked"
    return completions


@torch.no_grad()
def own_logprobs(model: PreTrainedModel, prompt: list[int], written: list[int], temperature: float) -> list[float]:
    logits = model(torch.tensor([[*prompt, *written]])).logits[0, len(prompt) - 1 : -1].float() / temperature
    return logits.log_softmax(-1).gather(-1, torch.tensor(written)[:, None]).squeeze(-1).tolist()


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> PreTrainedModel:
    folder = tmp_path_factory.mktemp("qwen2")
    save_family(folder, "qwen2")
    return plain(folder)


@pytest.fixture
def set_pace(monkeypatch: pytest.MonkeyPatch) -> SetPace:
    def changed(rows: int = 3, steps: int = 1, length_step: int = 32) -> None:
        monkeypatch.setattr("gradus.sampling.transformers.pace.CPU", Pace(rows, steps, length_step))

    return changed
