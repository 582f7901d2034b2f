"""`learning_rate: auto`: the cookbook's rule, found when a job begins, and what follows it from then on."""

from pathlib import Path
from typing import Any

import pytest
from test_loops import SHORT
from test_new_adapter import trained
from tiny import job_of

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, read_json_lines, write_json
from gradus.training.learning_rate import auto_rate, peak_rate, resolve_learning_rate
from model_folders import model_of


@pytest.mark.parametrize(
    ("family", "hidden", "rate"),
    [
        # 5e-5 x 10 x (2000 / hidden) ^ exponent, by a calculator
        ("qwen", 2560, 4.9053e-4),  # Qwen3-4B
        ("qwen", 4096, 4.7298e-4),  # Qwen3-8B
        ("llama", 2048, 4.9082e-4),  # Llama-3.2-1B
        ("llama", 3072, 3.5759e-4),  # Llama-3.2-3B
        ("llama", 4096, 2.8564e-4),  # Llama-3.1-8B
    ],
)
def test_the_rule_is_that_of_the_cookbook(family: Any, hidden: int, rate: float) -> None:
    assert auto_rate(family, hidden) == pytest.approx(rate, rel=1e-4)


def test_the_width_is_that_of_the_text_model(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "model"
    write_json(folder / "config.json", {"model_type": "qwen3_5", "text_config": {"hidden_size": 2560}})
    job = job_of(tmp_path, "sft_custom", learning_rate="auto", rate_family="qwen")
    resolve_learning_rate(job, model_of(folder / "model.safetensors"))
    assert peak_rate(job.settings) == pytest.approx(4.9053e-4, rel=1e-4)
    said = "learning_rate: auto is 0.0004905 = 5e-05 x 10 x (2000 / 2560) ^ 0.0775, the cookbook's rule for adapters"
    assert said in capsys.readouterr().err
    write_json(folder / "config.json", {"model_type": "gpt2", "n_embd": 768})
    with pytest.raises(GradusError, match=r"config\.json: says no hidden_size, by which learning_rate: auto goes"):
        resolve_learning_rate(job, model_of(folder / "model.safetensors"))


@pytest.mark.parametrize(("backend", "name"), [("torch", "sft_custom"), ("torch", "direct_rl"), ("trl", "sft_custom")])
def test_a_training_has_the_rate_that_its_first_row_says(backend: str, name: str, model: Path, tmp_path: Path) -> None:
    hidden = read_json(model.parent / "config.json")["hidden_size"]
    expected = auto_rate("qwen", hidden)
    short = {"epochs": 1, "batch_size": 4, "held_out_share": 0.0} if name == "sft_custom" else SHORT
    settings = short | {"schedule": "linear", "warmup_share": 0.0}
    for rate in ("auto", expected):
        family = {"rate_family": "qwen"} if rate == "auto" else {}
        trained(backend, tmp_path / str(rate), name, [model.parent], **settings, learning_rate=rate, **family)
    folders = [tmp_path / str(rate) / "models" / name for rate in ("auto", expected)]
    auto, number = (read_json_lines(folder / "metrics.jsonl") for folder in folders)
    assert auto[0] == {"step": 0, "peak_learning_rate": expected}
    assert [row["learning_rate"] for row in auto[1:]] == [row["learning_rate"] for row in number]
    assert auto[1]["learning_rate"] == pytest.approx(expected, rel=1e-5)
    adapters = [(folder / "adapter_model.safetensors").read_bytes() for folder in folders]
    assert adapters[0] == adapters[1]
