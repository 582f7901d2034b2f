"""A pocket-sized model with an adapter, and 200 pocket prompts."""

import dataclasses
from pathlib import Path

import pytest
import torch

from gradus.models.architecture import Architecture
from gradus.models.describe import write_manifest
from gradus.models.lora import init_adapter, save_adapter
from gradus.models.manifest import MANIFEST
from gradus.models.qwen3 import init_weights
from gradus.models.store import save_model
from gradus.models.tokenizer import copy_tokenizer, save_tokenizer, train_tokenizer
from gradus.problems.pocket.generate import generate_problems
from gradus.problems.problem import Problem
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import Message, messages_for
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.sampling.vllm.capabilities import ENVIRONMENT
from gradus.specs.prompts import PromptSpec

PROMPT = PromptSpec(system="", few_shot=[], suffix=" Box the answer.")


@pytest.fixture(scope="session")
def vllm_python() -> str:
    try:
        ENVIRONMENT.expect()
    except GradusError as error:
        pytest.skip(str(error))
    return ENVIRONMENT.python


@pytest.fixture(scope="session")
def problems() -> list[Problem]:
    return generate_problems(name="p", split="train", size=200, levels=[1, 2, 3, 4, 5], family="familiar", seed=1)


@pytest.fixture(scope="session")
def conversations(problems: list[Problem]) -> list[list[Message]]:
    return [messages_for(problem.problem, PROMPT) for problem in problems]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory, problems: list[Problem]) -> Path:
    """Untrained weights, large enough that few tokens are nearly as likely as others; many tokens end an answer."""
    folder = tmp_path_factory.mktemp("model")
    tokenizer = train_tokenizer((problem.problem for problem in problems), 400)
    save_tokenizer(folder, tokenizer)
    arch = Architecture(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=32,
        eos_token_id=2,
        pad_token_id=0,
    )
    save_model(folder, arch, init_weights(arch, seed=3, std=0.1))
    generation = read_json(folder / "generation_config.json")
    write_json(folder / "generation_config.json", generation | {"eos_token_id": [2, *range(20, 30)]})
    write_manifest(folder)
    return folder


@pytest.fixture(scope="session")
def adapter(model: Path) -> Path:
    """An adapter that changes the answers."""
    arch = Architecture.from_config(read_json(model / "config.json"))
    fresh = init_adapter(arch, rank=12, alpha=24.0, seed=5)
    generator = torch.Generator().manual_seed(6)
    b = {name: 0.05 * torch.randn(tensor.shape, generator=generator) for name, tensor in fresh.b.items()}
    folder = model.with_name("adapter")
    save_adapter(folder, dataclasses.replace(fresh, b=b), str(model))
    copy_tokenizer(model, folder)
    write_manifest(folder, base=model / MANIFEST)
    return folder


@pytest.fixture(scope="session")
def prompts(model: Path, conversations: list[list[Message]]) -> list[list[int]]:
    from transformers import AutoTokenizer

    tokenizer, template = AutoTokenizer.from_pretrained(model), ChatTemplate.load(model)
    texts = [template.render(messages, add_generation_prompt=True) for messages in conversations]
    return [tokenizer(text, add_special_tokens=False).input_ids for text in texts]
