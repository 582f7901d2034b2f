"""Pretraining on packed documents: the loss of transformers, a model that transformers loads, and resuming."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import job_of
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

from gradus.estimates.shape import Shape
from gradus.models.manifest import LATENTS
from gradus.models.qwen3 import hidden_states, init_weights, logits
from gradus.models.store import load_model, save_model
from gradus.models.ternary import continue_ternary, row_scales
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.errors import GradusError
from gradus.training.optimizer import Optimizer
from gradus.training.torch.module.untrained import gpt2_sizes, untrained_model
from gradus.training.torch.pretrain import pack_documents, pretrain
from gradus.training.torch.untrained import Untrained

SHORT = {"steps": 6, "batch_size": 4, "warmup_steps": 2}
ROWS = torch.randint(3, 300, (24, 17), generator=torch.Generator().manual_seed(0))


def run(root: Path, name: str, model: Path) -> list[dict[str, Any]]:
    arch, _ = load_model(model.parent)
    state = root / f"{name}-state"
    state.mkdir(exist_ok=True)
    job = job_of(root, "base", **SHORT)
    return pretrain(job, Untrained(arch, job.settings.seed), ROWS, state, root / name)


def test_the_first_loss_is_that_of_transformers(model: Path, tmp_path: Path) -> None:
    arch, _ = load_model(model.parent)
    rows = run(tmp_path, "out", model)
    save_model(tmp_path / "start", arch, init_weights(arch, job_of(tmp_path, "base").settings.seed))
    network = AutoModelForCausalLM.from_pretrained(tmp_path / "start", dtype=torch.float32)
    batch = ROWS[:4]
    expected = network(batch, labels=batch).loss
    expected.backward()
    assert rows[0]["loss"] == pytest.approx(expected.item(), rel=1e-4)
    norm = torch.cat([p.grad.flatten() for p in network.parameters()]).norm()
    assert rows[0]["grad_norm"] == pytest.approx(norm.item(), rel=1e-3)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[0]["learning_rate"] == pytest.approx(rows[1]["learning_rate"] / 2)


def test_transformers_loads_the_result(model: Path, tmp_path: Path) -> None:
    run(tmp_path, "out", model)
    arch, weights = load_model(tmp_path / "out")
    ids = ROWS[:2]
    with torch.no_grad():
        expected = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)(ids).logits
        assert torch.allclose(logits(weights, hidden_states(weights, arch, ids)), expected, atol=1e-4)


def test_a_resumed_run_ends_in_the_same_bytes(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gradus.training.recording.MIN_SECONDS_BETWEEN_SAVES", 0.0)
    monkeypatch.setattr("gradus.training.recording.MAX_SHARE_OF_TIME_SAVING", 1.0)
    whole = run(tmp_path, "whole", model)
    numbers, step = count(1), Optimizer.step

    def stopping(self: Optimizer, learning_rate: float) -> float:
        if next(numbers) == 4:
            raise KeyboardInterrupt
        return step(self, learning_rate)

    monkeypatch.setattr(Optimizer, "step", stopping)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "resumed", model)
    assert run(tmp_path, "resumed", model) == whole
    assert "resumes after step" in capsys.readouterr().err
    first, second = (tmp_path / name / "model.safetensors" for name in ("whole", "resumed"))
    assert first.read_bytes() == second.read_bytes()


def test_documents_fill_rows_one_after_the_other(model: Path) -> None:
    template, tokenizer = ChatTemplate.load(model.parent), load_tokenizer(model.parent)
    documents = [
        [{"role": "user", "content": f"Ada has {n} apples."}, {"role": "assistant", "content": f"\\boxed{{{n}}}"}]
        for n in range(40)
    ]
    rows = pack_documents(documents, template, tokenizer, rows=5, length=30)
    assert rows.shape == (5, 31)
    text = tokenizer.decode(rows.flatten().tolist(), skip_special_tokens=False)
    chat = (
        "<|im_start|>user\nAda has 0 apples.<|im_end|>\n<|im_start|>assistant\n\\boxed{0}<|im_end|>\n<|im_start|>user"
    )
    assert text.startswith(chat)
    with pytest.raises(GradusError, match="tokens, 31,000 are trained on; lower steps"):
        pack_documents(documents, template, tokenizer, rows=1000, length=30)


@pytest.mark.parametrize("family", ["qwen2", "llama", "gpt2"])
def test_a_family_of_transformers_is_pretrained_by_its_own_network(tmp_path: Path, family: str) -> None:
    shape = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    shape |= {"num_key_value_heads": 4 if family == "gpt2" else 2, "head_dim": 8}
    shape |= {"max_position_embeddings": 64, "vocab_size": 300}
    ends = {"eos_token_id": 2, "pad_token_id": 0}
    job, state = job_of(tmp_path, "base", **SHORT), tmp_path / "state"
    state.mkdir()
    same = ROWS[:4].repeat(6, 1)  # to be learned by heart
    rows = pretrain(job, untrained_model(family, shape | ends, seed=1, ternary=False), same, state, tmp_path / "out")
    assert not (tmp_path / "out" / LATENTS).exists()
    network = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    assert network.config.model_type == family
    assert network.generation_config.eos_token_id == 2
    start = untrained_model(family, shape | ends, seed=1, ternary=False)
    batch = ROWS[:4]
    loss = torch.nn.functional.cross_entropy(start.logits(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
    assert rows[0]["loss"] == pytest.approx(loss.item(), rel=1e-5)
    assert rows[-1]["loss"] < rows[0]["loss"]
    other = untrained_model(family, shape | ends, seed=2, ternary=False)
    matrices = [name for name, p in start.parameters.items() if "mlp" in name and p.ndim == 2]
    assert not any(torch.equal(start.parameters[name], other.parameters[name]) for name in matrices)


def test_gpt2_is_pretrained_in_its_published_shape_without_dropout() -> None:
    """Radford et al. 2019, table 2, with the vocabulary that nanoGPT pads."""
    shape = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
    shape |= {"num_key_value_heads": 12, "head_dim": 64, "max_position_embeddings": 1024, "vocab_size": 50_304}
    config = GPT2Config(**gpt2_sizes(shape | {"eos_token_id": 2, "pad_token_id": 0}))
    with torch.device("meta"):
        assert GPT2LMHeadModel(config).num_parameters() == 124_475_904
    assert (config.resid_pdrop, config.embd_pdrop, config.attn_pdrop) == (0, 0, 0)
    said = Shape.from_config(shape | {"model_type": "gpt2", "tie_word_embeddings": True})
    assert said.parameters == 124_475_904


def test_muon_updates_the_matrices_of_layers_and_no_embedding() -> None:
    shape = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 4}
    shape |= {"num_key_value_heads": 4, "head_dim": 8, "max_position_embeddings": 64, "vocab_size": 300}
    start = untrained_model("gpt2", shape | {"eos_token_id": 2, "pad_token_id": 0}, seed=1, ternary=False)
    start.logits(ROWS[:4]).sum().backward()
    optimizer = Optimizer(start.parameters, (0.9, 0.95), 0.1, max_grad_norm=1.0, muon=True)
    optimizer.step(1e-3)
    moved = {key.removeprefix("momentum_buffer/") for key in optimizer.state() if key.startswith("momentum_buffer/")}
    assert moved == {name for name, p in start.parameters.items() if p.ndim == 2 and ".h." in name}


@pytest.mark.parametrize(("lowest", "ends"), [(None, 0.0024), (0.0, 0.0015), (0.01, 0.01)])
def test_the_learning_rate_decays_to_its_minimum(
    model: Path, tmp_path: Path, lowest: float | None, ends: float
) -> None:
    arch, _ = load_model(model.parent)
    said = {"optimizer": "adamw", "learning_rate": 0.01, "minimum_learning_rate": lowest}
    job, state = job_of(tmp_path, "base", **SHORT, **said), tmp_path / "state"
    state.mkdir()
    rates = [row["learning_rate"] for row in pretrain(job, Untrained(arch, 1), ROWS, state, tmp_path / "out")]
    assert rates[1:3] == [0.01, 0.01]
    assert rates[-1] == pytest.approx(ends, rel=0.05)


def test_a_ternary_model_is_pretrained_with_its_latent_weights(tmp_path: Path) -> None:
    shape = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    shape |= {"num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64, "vocab_size": 300}
    job, state, out = job_of(tmp_path, "base", **SHORT), tmp_path / "state", tmp_path / "out"
    state.mkdir()
    model = untrained_model("qwen3", shape | {"eos_token_id": 2, "pad_token_id": 0}, seed=1, ternary=True)
    rows = pretrain(job, model, ROWS[:4].repeat(6, 1), state, out)
    assert rows[-1]["loss"] < rows[0]["loss"]
    _, weights = load_model(out)  # which the embedded network reads as any other
    assert row_scales(weights["model.layers.1.mlp.down_proj.weight"]) is not None
    continued = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32)
    continue_ternary(continued, out)
    with torch.no_grad():
        assert torch.equal(continued(ROWS[:2]).logits, model.logits(ROWS[:2]))
