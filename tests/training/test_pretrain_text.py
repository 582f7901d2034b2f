"""Pretraining on a text: the loss of transformers on the rows of the order, micro-batches, resuming, held-out loss."""

from itertools import count
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from gradus.corpora.shards import Shards
from gradus.training.optimizer import Optimizer
from gradus.training.text_rows import TextRows, row_order
from training.text_runs import LENGTH, ROWS, run, save_shards, text_job, untrained


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    save_shards(folder)
    return folder


def rows_of(shards: Path, split: str) -> TextRows:
    return TextRows(Shards.read(shards / "shards.json"), shards, split, LENGTH)


def test_rows_are_windows_of_the_stream_in_the_order_of_the_seed(shards: Path) -> None:
    rows = rows_of(shards, "train")
    assert len(rows) == ROWS
    whole = rows.batch(range(ROWS))
    assert torch.equal(whole[:-1, -1], whole[1:, 0])  # the token that a row predicts last is the next one's first
    assert sorted(row_order(ROWS, 3).tolist()) == list(range(ROWS))
    assert row_order(ROWS, 3).tolist() == row_order(ROWS, 3).tolist() != row_order(ROWS, 4).tolist()


def test_loss_and_gradient_are_those_of_transformers(shards: Path, tmp_path: Path) -> None:
    found = run(tmp_path, shards)
    start = untrained(text_job(tmp_path).settings).model
    batch = rows_of(shards, "train").batch(row_order(ROWS, 3)[:8].tolist())
    loss = start(batch, labels=batch).loss
    loss.backward()
    norm = torch.cat([parameter.grad.flatten() for parameter in start.parameters()]).norm()
    assert found[0]["loss"] == pytest.approx(loss.item(), rel=1e-5)
    assert found[0]["grad_norm"] == pytest.approx(norm.item(), rel=1e-4)
    assert found[0]["tokens"] == 8 * LENGTH
    assert [row["step"] for row in found] == [1, 2, 3, 4, 4, 5, 6, 6]
    rates = [row["learning_rate"] for row in found if "loss" in row]
    assert rates[:3] == [0.005, 0.01, 0.01]
    assert rates[-1] == pytest.approx(0.001 + 0.009 * 0.1464, rel=1e-3)  # a quarter before the end of a cosine


def test_the_held_out_loss_is_that_of_the_final_weights(shards: Path, tmp_path: Path) -> None:
    found = run(tmp_path, shards)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32)
    batch = rows_of(shards, "eval").batch(range(5))
    with torch.no_grad():
        assert found[-1] == {
            "step": 6,
            "held_out_loss": pytest.approx(model(batch, labels=batch).loss.item(), rel=1e-4),
        }
    assert found[-2]["loss"] < found[0]["loss"]


def test_passes_change_no_result_but_for_rounding(shards: Path, tmp_path: Path) -> None:
    one, other = run(tmp_path / "one", shards, micro_batch=8), run(tmp_path / "other", shards, micro_batch=1)
    for first, second in zip(one, other, strict=True):
        assert first == pytest.approx(second, rel=1e-4)


def test_bfloat16_computes_and_keeps_float32(shards: Path, tmp_path: Path) -> None:
    exact, rounded = run(tmp_path / "exact", shards), run(tmp_path / "rounded", shards, bf16=True)
    assert rounded[0]["loss"] != exact[0]["loss"]
    assert rounded[0]["loss"] == pytest.approx(exact[0]["loss"], rel=5e-3)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "rounded/out", dtype="auto")
    assert model.dtype == torch.float32


def test_a_killed_run_ends_in_the_same_bytes(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = run(tmp_path / "whole", shards, optimizer="muon_adamw")
    numbers, step = count(1), Optimizer.step

    def stopping(self: Optimizer, learning_rate: float) -> float:
        if next(numbers) == 5:
            raise KeyboardInterrupt
        return step(self, learning_rate)

    with monkeypatch.context() as patched:
        patched.setattr(Optimizer, "step", stopping)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "resumed", shards, optimizer="muon_adamw")
    assert run(tmp_path / "resumed", shards, optimizer="muon_adamw") == whole
    assert "resumes after step 4 of 6" in capsys.readouterr().err
    first, second = (tmp_path / name / "out/model.safetensors" for name in ("whole", "resumed"))
    assert first.read_bytes() == second.read_bytes()
