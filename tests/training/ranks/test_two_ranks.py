"""Two ranks beside a process alone: the same losses, gradients, completions and weights, and the same files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from gradus.provenance.files import read_json, write_json
from training.module.families import save_family
from training.ranks.pair import Pair
from training.ranks.runs import run, trained

TOLERANCE = 1e-5
LORA = {"rank": 4, "alpha": 8.0, "dropout": 0.0, "targets": ["q_proj", "o_proj", "down_proj"]}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    made = Pair(tmp_path_factory.mktemp("pair"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tied, untied, and one whose layers, head and names are like no other's."""
    made = {name: save_family(tmp_path_factory.mktemp(name), name) for name in ("qwen2", "qwen3", "gpt2")}
    config = made["gpt2"].with_name("config.json")
    write_json(config, read_json(config) | dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0))
    return made


def assert_same(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    assert len(one) == len(other)
    for first, second in zip(one, other, strict=True):
        assert first == pytest.approx(second, rel=1e-4, abs=TOLERANCE)


def assert_same_files(one: Path, other: Path) -> None:
    """Of the result and of every checkpoint."""
    folders = [folder.relative_to(one) for folder in (one, *sorted(one.glob("checkpoints/*")))]
    assert len(folders) > 1
    for folder in folders:
        assert {p.name for p in (one / folder).iterdir()} == {p.name for p in (other / folder).iterdir()}
        first, second = trained(one / folder), trained(other / folder)
        assert first.keys() == second.keys()
        for name in first:
            assert first[name].dtype == second[name].dtype
            torch.testing.assert_close(first[name], second[name], atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("stage", ["sft", "grpo"])
@pytest.mark.parametrize(
    ("family", "method"), [("qwen3", "full"), ("qwen2", "full"), ("gpt2", "full"), ("qwen2", "lora")]
)
def test_two_ranks_do_what_one_process_does(
    family: str, method: str, stage: str, pair: Pair, families: dict[str, Path], tmp_path: Path
) -> None:
    settings = {"method": method, "lora": LORA, "learning_rate": 1e-4, "micro_batch_tokens": 96}
    one, two = tmp_path / "one", tmp_path / "two"
    alone = run(one, stage, [families[family]], **settings)
    together = pair.call(run, two, stage, [families[family]], **settings)
    assert together[0] == together[1]
    assert_same(together[0], alone)
    assert_same_files(one / "out", two / "out")


def test_two_ranks_draw_ahead_what_one_process_does(pair: Pair, families: dict[str, Path], tmp_path: Path) -> None:
    """Each its share, in a thread that tells the other rank nothing; state is saved after every step."""
    settings = {"method": "full", "learning_rate": 1e-4, "overlap": 1}
    one, two = tmp_path / "one", tmp_path / "two"
    alone = run(one, "grpo", [families["qwen2"]], **settings)
    together = pair.call(run, two, "grpo", [families["qwen2"]], **settings)
    assert together[0] == together[1]
    assert [row["staleness"] for row in alone if "staleness" in row] == [0, 1, 1]
    assert_same(together[0], alone)
    assert_same_files(one / "out", two / "out")
