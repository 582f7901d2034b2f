"""Pretraining on packed documents: the loss of transformers, a model that transformers loads, and resuming."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import job_of
from transformers import AutoModelForCausalLM

from gradus.models.qwen3 import hidden_states, init_weights, logits
from gradus.models.store import load_model, save_model
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.training.optimizer import Optimizer
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
    documents = [(f"Ada has {n} apples.", f"\\boxed{{{n}}}") for n in range(40)]
    rows = pack_documents(documents, template, tokenizer, rows=5, length=30)
    assert rows.shape == (5, 31)
    text = tokenizer.decode(rows.flatten().tolist(), skip_special_tokens=False)
    chat = (
        "<|im_start|>user\nAda has 0 apples.<|im_end|>\n<|im_start|>assistant\n\\boxed{0}<|im_end|>\n<|im_start|>user"
    )
    assert text.startswith(chat)
    with pytest.raises(ValueError, match="tokens, 31000 are needed"):
        pack_documents(documents, template, tokenizer, rows=1000, length=30)
