from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from gradus.models.architecture import Architecture
from gradus.models.qwen3 import Weights, init_weights
from gradus.models.tokenizer import train_tokenizer
from models.made_models import Models


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def arch() -> Architecture:
    return Architecture(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=128,
        eos_token_id=2,
        pad_token_id=0,
    )


@pytest.fixture
def weights(arch: Architecture) -> Weights:
    """Large enough weights and uneven norms, so that a wrong norm, scale or position shows."""
    weights = init_weights(arch, seed=7, std=0.3)
    generator = torch.Generator().manual_seed(8)
    return {
        name: tensor + 0.3 * torch.randn(tensor.shape, generator=generator) if tensor.dim() == 1 else tensor
        for name, tensor in weights.items()
    }


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return train_tokenizer(["A baker sells 17 loaves.", "Find all real x."] * 5, 300)


@pytest.fixture
def models(tmp_path: Path, arch: Architecture, weights: Weights, tokenizer: Tokenizer) -> Models:
    return Models(tmp_path, arch, weights, tokenizer)
