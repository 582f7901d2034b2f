"""What SFT trains on: traces cut to length, packed, held out; and what it says where nothing is left."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import job_of

from gradus.provenance.errors import GradusError
from gradus.training.examples import encode_traces
from gradus.training.optimizer import Optimizer
from gradus.training.torch import embedded, sft
from gradus.training.torch.embedded import Start
from model_folders import model_of


def trace(question: str, answer: str, named: str = "") -> dict[str, Any]:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"id": named or question, "messages": turns}


TRACES = [trace(f"Ada has {n} apples.", "3=3\n" * (n % 4) + "\\boxed{3}") for n in range(20)]


def run(root: Path, model: Path, traces: list[dict[str, Any]] = TRACES, **settings: Any) -> list[dict[str, Any]]:
    state = root / "state"
    state.mkdir(parents=True, exist_ok=True)
    job = job_of(root, "sft_custom", **({"batch_size": 4, "epochs": 2} | settings))
    return sft.train(job, model_of(model), traces, state, root / "out")


def test_a_trace_cut_before_its_answer_is_left_out(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = Start(model_of(model))
    lengths = [len(ids) for ids, _ in encode_traces(TRACES, start, 1000).examples]
    encoded = encode_traces([*TRACES, trace("Why? " * 200, "\\boxed{3}")], start, max(lengths))
    assert (len(encoded.examples), encoded.cut, encoded.lost) == (20, 1, 1)
    assert [len(ids) for ids, _ in encoded.examples] == lengths
    rows = run(tmp_path, model, [*TRACES, trace("Why? " * 200, "\\boxed{3}")], max_length=max(lengths))
    assert all(row["loss"] > 0 for row in rows if "loss" in row)
    assert "1 of 21 traces are longer than max_length" in capsys.readouterr().err


@pytest.mark.parametrize("settings", [{"max_length": 8}, {"held_out_share": 1.0}])
def test_nothing_to_train_on_is_one_clear_line(model: Path, tmp_path: Path, settings: dict[str, float]) -> None:
    with pytest.raises(GradusError, match=r"sft_custom\.json: no trace is left to train on; raise max_length \(\d+\)"):
        run(tmp_path, model, **settings)


def test_rows_and_checkpoints_of_a_run(model: Path, tmp_path: Path) -> None:
    rows = run(tmp_path, model, held_out_share=0.2)
    steps = [row for row in rows if "loss" in row]
    held_out = [row for row in rows if "held_out_loss" in row]
    assert [row["step"] for row in steps] == list(range(1, 9))  # 16 traces by 4, twice
    assert [row["step"] for row in held_out] == [4, 8]
    assert held_out[1]["held_out_loss"] < held_out[0]["held_out_loss"]
    assert steps[-1]["loss"] < steps[0]["loss"]
    assert steps[3]["epoch"] == 1.0
    saved = sorted(path.parent.name for path in (tmp_path / "out" / "checkpoints").rglob("adapter_model.safetensors"))
    assert saved == ["step-0004", "step-0008"]


def test_packed_rows_hold_all_traces_in_fewer_steps(model: Path, tmp_path: Path) -> None:
    apart = run(tmp_path / "apart", model, held_out_share=0.0, epochs=1)
    packed = run(tmp_path / "packed", model, held_out_share=0.0, epochs=1, packing=True, batch_size=2)
    assert sum(row["tokens"] for row in packed) == sum(row["tokens"] for row in apart)
    assert len(packed) < len(apart)


def test_micro_batches_add_up_to_the_batch(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gradients: list[dict[str, torch.Tensor]] = []

    def keep(self: Optimizer, learning_rate: float) -> float:
        gradients.append({name: p.grad.clone() for name, p in self.parameters.items()})
        return 1.0

    monkeypatch.setattr(Optimizer, "step", keep)
    for most in (1, 100_000):
        monkeypatch.setattr(embedded, "SFT_TOKENS", most)
        run(tmp_path / str(most), model, method="full", epochs=1, batch_size=20, held_out_share=0.0)
    one_by_one, at_once = gradients
    for name in one_by_one:
        assert torch.allclose(one_by_one[name], at_once[name], atol=1e-6), name
