"""A model with further tokens computes what it computed before, and begins near the pieces of their texts."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from gradus.models.describe import write_manifest
from gradus.models.domain_tokens import read_domain_tokens
from gradus.models.extended import extend_model
from gradus.models.manifest import MANIFEST, Manifest
from gradus.models.store import load_model
from gradus.models.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer
from gradus.provenance.errors import GradusError
from models.made_models import Models

TOKENS = ["<MUL_6_9_54>", "<MUL_2_3_6>"]
SHAPES: dict[str, dict[str, Any]] = {
    "gpt2": {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 32},
    "qwen2": {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    | {"num_key_value_heads": 1, "tie_word_embeddings": False},
    "phi": {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2},
}
"""Tied embeddings; a head of its own; one with a bias."""


def base_of(folder: Path, family: str, rows: int = 272, dtype: torch.dtype = torch.float32) -> Manifest:
    """With ten more embeddings than tokens."""
    config = AutoConfig.for_model(family, vocab_size=rows, eos_token_id=2, pad_token_id=0, **SHAPES[family])
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).to(dtype)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    model.save_pretrained(folder)
    save_tokenizer(folder, train_tokenizer(["6*9=54, and so on"], 262))
    return write_manifest(folder)


def logits(folder: Path, ids: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return AutoModelForCausalLM.from_pretrained(folder)(torch.tensor([ids])).logits[0]


@pytest.mark.parametrize("family", SHAPES)
def test_old_tokens_are_computed_as_before(family: str, tmp_path: Path) -> None:
    base, out = base_of(tmp_path / "base", family), tmp_path / "out"
    ids = extend_model(base, out, "mul", TOKENS, reserved=False, initial="pieces")
    assert ids.tokens == {"<MUL_6_9_54>": 272, "<MUL_2_3_6>": 273}
    text = load_tokenizer(out).encode("6*9=54 and").ids
    assert text == load_tokenizer(base.folder).encode("6*9=54 and").ids
    before, after = logits(base.folder, text), logits(out, text)
    assert after.shape == (len(text), 274)
    assert torch.equal(after[:, :272], before)
    pieces = load_tokenizer(base.folder).encode(TOKENS[0]).ids
    assert torch.allclose(after[:, 272], before[:, pieces].mean(-1), atol=1e-4)
    assert AutoTokenizer.from_pretrained(out)("<MUL_2_3_6>").input_ids == [273]


def test_all_rows_in_place_of_pieces(tmp_path: Path) -> None:
    base = base_of(tmp_path / "base", "gpt2")
    extend_model(base, tmp_path / "out", "mul", TOKENS, reserved=False, initial="mean")
    before, after = logits(base.folder, [5, 6]), logits(tmp_path / "out", [5, 6])
    assert torch.allclose(after[:, 272:], before.mean(-1, keepdim=True).expand(-1, 2), atol=1e-4)


def test_a_baseline_has_the_same_weights_and_an_unchanged_tokenizer(tmp_path: Path) -> None:
    base = base_of(tmp_path / "base", "gpt2")
    for name, reserved in (("mul", False), ("baseline", True)):
        extend_model(base, tmp_path / name, "mul", TOKENS, reserved=reserved, initial="pieces")
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("mul", "baseline")]
    assert weights[0] == weights[1]
    assert (tmp_path / "baseline" / "tokenizer.json").read_bytes() == (base.folder / "tokenizer.json").read_bytes()
    families = [read_domain_tokens(tmp_path / name)["mul"] for name in ("mul", "baseline")]
    assert [family.reserved for family in families] == [False, True]
    assert families[0].tokens == families[1].tokens


def test_the_precision_stays(tmp_path: Path) -> None:
    base = base_of(tmp_path / "base", "qwen2", dtype=torch.bfloat16)
    extend_model(base, tmp_path / "out", "mul", TOKENS, reserved=False, initial="pieces")
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype="auto").dtype == torch.bfloat16


def test_the_embedded_network_reads_it_and_a_second_family_follows(models: Models, tmp_path: Path) -> None:
    base = models.dense()
    extend_model(Manifest.read(base / MANIFEST), tmp_path / "mul", "mul", TOKENS, reserved=False, initial="pieces")
    write_manifest(tmp_path / "mul")
    mul = Manifest.read(tmp_path / "mul" / MANIFEST)
    extend_model(mul, tmp_path / "units", "units", ["km/h"], reserved=True, initial="pieces")
    arch, weights = load_model(tmp_path / "units")
    before = load_model(base)[1]
    rows = len(before["model.embed_tokens.weight"])
    assert arch.vocab_size == rows + 3
    assert torch.equal(weights["model.embed_tokens.weight"][:rows], before["model.embed_tokens.weight"])
    found = read_domain_tokens(tmp_path / "units")
    assert list(found) == ["mul", "units"]
    assert (found["units"].reserved, found["units"].tokens) == (True, {"km/h": rows + 2})
    with pytest.raises(GradusError, match="has domain tokens 'mul' already"):
        extend_model(mul, tmp_path / "again", "mul", ["<MUL_1_1_1>"], reserved=False, initial="pieces")
