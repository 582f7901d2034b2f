"""Conversations to answers, around engines that know only tokens."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tiny import save_tiny_model

from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.messages import messages_for
from gradus.provenance.errors import GradusError
from gradus.sampling.chat import ChatSampler
from gradus.sampling.checks import check_requests
from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.sampler import Answer, StreamingSampler
from gradus.sampling.torch.sampler import open_sampler
from gradus.specs.prompts import PromptSpec
from model_folders import model_of
from sampling.sample_jobs import sample_job

PROMPT = PromptSpec(system="Be short.", few_shot=[], suffix="")
TEXT = "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\n2 + 2<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model")).parent


class Parrot:
    """Writes the prompt's last tokens and the end."""

    def __init__(self) -> None:
        self.prompts: Sequence[Sequence[int]] = []
        self.settings: dict[str, Any] = {}

    def generate(self, prompts: Sequence[Sequence[int]], **settings: Any) -> list[Completion]:
        self.prompts, self.settings = prompts, settings
        return [Completion([*prompt[-3:], 2], [], "stop") for prompt in prompts]


def test_an_engine_gets_the_template_in_tokens_and_texts_come_back(folder: Path) -> None:
    engine = Parrot()
    sampler = ChatSampler(folder, engine)
    conversation = messages_for("2 + 2", PROMPT)
    assert sampler.render(conversation) == TEXT
    (answer,) = sampler.sample([conversation], seeds=[5], max_tokens=8, temperature=0.5)
    ids = load_tokenizer(folder).encode(TEXT, add_special_tokens=False).ids
    assert engine.prompts == [ids]
    assert engine.settings == {"seeds": [5], "decoding": Decoding(8, 0.5, (2,)), "on_progress": None}
    written = load_tokenizer(folder).decode(ids[-3:])
    assert answer == Answer(written, 4, len(ids), "stop")  # the end counts, and is not shown


def test_a_local_engine_is_sampled_in_parts(folder: Path, tmp_path: Path) -> None:
    sampler = open_sampler(sample_job(tmp_path, samples=1), model_of(folder / "model.safetensors"))
    assert not isinstance(sampler, StreamingSampler)
    conversations = [messages_for(question, PROMPT) for question in ("2 + 2", "3 + 3")]
    both = sampler.sample(conversations, seeds=[1, 2], max_tokens=12, temperature=1.0)
    assert sampler.sample(conversations[1:], seeds=[2], max_tokens=12, temperature=1.0) == both[1:]


@pytest.mark.parametrize(
    ("prompts", "seeds", "max_tokens", "words"),
    [
        ([[1]], [1, 2], 4, "1 prompts and 2 seeds"),
        ([[1]], [1], 0, "max_tokens is 0"),
        ([[1], []], [1, 2], 4, "prompt 1 has 0 tokens, the model takes 1 to 9"),
        ([[1] * 10], [1], 4, "prompt 0 has 10 tokens"),
    ],
)
def test_requests_that_no_engine_takes(prompts: list, seeds: list, max_tokens: int, words: str) -> None:
    with pytest.raises(GradusError, match=words):
        check_requests(prompts, seeds, max_tokens, 10)
    check_requests([[1] * 9], [1], 4, 10)
