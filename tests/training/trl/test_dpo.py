"""DPO by TRL on a tiny model: its loss by hand, a batch however it is split, and that it learns, stops and goes on."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from judged_solutions import dpo_job, judged
from safetensors.torch import load_file
from stopping import stopped_before
from test_loops import without_times
from tiny import save_tiny_model

from gradus.training.pairs import Pair, training_pairs
from gradus.training.torch.embedded import Start
from gradus.training.trl import dpo
from model_folders import model_of

SETTINGS: dict[str, Any] = {"batch_size": 4, "epochs": 2, "held_out_share": 0.2, "learning_rate": 3e-3}


def run(root: Path, weights: list[Path], **settings: Any) -> list[dict[str, Any]]:
    (root / "state").mkdir(parents=True, exist_ok=True)
    return dpo.train(dpo_job(root, **SETTINGS | settings), model_of(*weights), judged(), root / "state", root / "out")


@pytest.mark.parametrize("method", ["lora", "full", "qlora"])
def test_the_margin_of_held_out_pairs_rises(method: str, tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model", hidden=64, inner=64)
    optimizer = {"optimizer": "paged_adamw"} if method == "qlora" else {}
    rows = run(tmp_path, [model], method=method, epochs=4, **optimizer)
    steps = [row for row in rows if "loss" in row]
    # At the start it is its own reference, so that nothing is preferred yet.
    assert (steps[0]["loss"], steps[0]["margin"]) == (pytest.approx(math.log(2), abs=1e-5), pytest.approx(0, abs=1e-5))
    measured = [row for row in rows if "held_out_margin" in row]
    margins = [row["held_out_margin"] for row in measured]
    assert margins[0] > 0
    assert margins[-1] > 1.5 * margins[0]
    assert measured[-1]["held_out_loss"] < measured[0]["held_out_loss"] < math.log(2)
    assert measured[-1]["held_out_accuracy"] > 0.5
    assert len(list((tmp_path / "out/checkpoints").iterdir())) == 4


def test_the_loss_is_that_of_the_paper(model: Path, tmp_path: Path) -> None:
    """Of an adapter that another run left, with log-probabilities by the embedded network."""
    run(tmp_path / "first", [model])
    left = [model, tmp_path / "first/out/adapter_model.safetensors"]
    (tmp_path / "state").mkdir()
    job = dpo_job(tmp_path, **SETTINGS, beta=0.5)
    pairs, _ = training_pairs(job, judged(), Start(model_of(model)))
    before, after = (_logprobs(Start(model_of(*files)), pairs[:3]) for files in ([model], left))
    right, wrong = (0.5 * (after - before)).unbind(1)
    trainer = dpo.DpoTrainer(dpo.load(model_of(model), job.settings, tmp_path / "state"), pairs, tmp_path / "state")
    for name, tensor in load_file(left[1]).items():
        key = name.replace(".weight", ".default.weight")
        trainer.model.get_parameter(key).data.copy_(tensor)
    found = trainer.measure(pairs[:3])
    expected = {
        "loss": -torch.nn.functional.logsigmoid(right - wrong).mean(),
        "margin": (right - wrong).mean(),
        "accuracy": (right > wrong).float().mean(),
        "right_reward": right.mean(),
        "wrong_reward": wrong.mean(),
    }
    assert found == {name: pytest.approx(float(value), rel=1e-3, abs=1e-4) for name, value in expected.items()}


def _logprobs(start: Start, pairs: list[Pair]) -> torch.Tensor:
    """[pairs, 2]: of the right and of the wrong answer."""
    policy = start.policy("full", 0, 0.0, (), 0)
    with torch.no_grad():
        return torch.stack(
            [
                torch.stack(
                    [
                        policy.example_logprobs(
                            policy.weights(), [(pair.prompt + ids, [False] * len(pair.prompt) + [True] * len(ids))]
                        ).sum()
                        for ids in (pair.right, pair.wrong)
                    ]
                )
                for pair in pairs
            ]
        )


def test_how_a_batch_is_split_decides_nothing(model: Path, tmp_path: Path) -> None:
    """The last batch of an epoch has fewer pairs than the others: 20 in steps of 8."""
    settings = {"batch_size": 8, "held_out_share": 0.16}
    whole = run(tmp_path / "whole", [model], **settings)
    split = run(tmp_path / "split", [model], **settings, micro_batch=4)
    assert [row["step"] for row in whole if "loss" in row] == [1, 2, 3, 4, 5, 6]
    assert [list(row) for row in whole] == [list(row) for row in split]
    for one, other in zip(whole, split, strict=True):
        assert other == {key: pytest.approx(value, rel=1e-3, abs=1e-5) for key, value in one.items()}


@pytest.mark.usefixtures("_saves_always")
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_run_that_was_stopped_ends_as_if_it_had_not(method: str, model: Path, tmp_path: Path) -> None:
    """From an adapter, which stays the reference where the run goes on."""
    run(tmp_path / "first", [model], learning_rate=1e-2)
    start = [model, tmp_path / "first/out/adapter_model.safetensors"]
    whole = run(tmp_path / "whole", start, method=method)
    assert whole[0]["margin"] == pytest.approx(0, abs=1e-5)
    with stopped_before(4):
        run(tmp_path / "resumed", start, method=method)
    resumed = run(tmp_path / "resumed", start, method=method)
    assert without_times(resumed) == without_times(whole)
    for file in (tmp_path / "whole" / "out").rglob("*.safetensors"):
        other = load_file(tmp_path / "resumed" / file.relative_to(tmp_path / "whole"))
        for key, tensor in load_file(file).items():
            assert torch.allclose(tensor, other[key], atol=1e-6), (file, key)
