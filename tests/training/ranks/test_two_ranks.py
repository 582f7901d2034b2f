"""Two ranks beside a process alone: the same losses, gradients, completions and weights, and the same files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.distributed.checkpoint import FileSystemReader

from gradus.provenance.files import read_json, write_json
from gradus.training.ranks import Ranks
from training.module.families import save_family
from training.ranks.processes import Processes
from training.ranks.runs import run, run_until, trained

TOLERANCE = 1e-5
LORA = {"rank": 4, "alpha": 8.0, "dropout": 0.0, "targets": ["q_proj", "o_proj", "down_proj"]}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    made = Processes(tmp_path_factory.mktemp("pair"), 2)
    yield made
    made.close()


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """A group of one, as where a job is granted one GPU of the two that it asks for."""
    made = Processes(tmp_path_factory.mktemp("single"), 1)
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
        assert {key for key in first if first[key] is None} == {key for key in second if second[key] is None}
        told = {key: value for key, value in second.items() if value is not None}
        assert {key: first[key] for key in told} == pytest.approx(told, rel=1e-4, abs=TOLERANCE)


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
    family: str, method: str, stage: str, pair: Processes, families: dict[str, Path], tmp_path: Path
) -> None:
    # AdamW divides a gradient by its own size: where it is 0 but for rounding, as of some biases of GPT-2, weights
    # differ by a share of the rate, 1.06e-5 of 1e-4 at the most that was seen.
    settings = {"method": method, "lora": LORA, "learning_rate": 5e-5, "micro_batch_tokens": 96}
    one, two = tmp_path / "one", tmp_path / "two"
    alone = run(one, stage, [families[family]], **settings)
    together = pair.call(run, two, stage, [families[family]], **settings)
    assert together[0] == together[1]
    assert_same(together[0], alone)
    assert_same_files(one / "out", two / "out")


def test_two_ranks_draw_ahead_what_one_process_does(pair: Processes, families: dict[str, Path], tmp_path: Path) -> None:
    """Each its share, in a thread that tells the other rank nothing; state is saved after every step."""
    settings = {"method": "full", "learning_rate": 1e-4, "overlap": 1}
    one, two = tmp_path / "one", tmp_path / "two"
    alone = run(one, "grpo", [families["qwen2"]], **settings)
    together = pair.call(run, two, "grpo", [families["qwen2"]], **settings)
    assert together[0] == together[1]
    assert [row["staleness"] for row in alone if "staleness" in row] == [0, 1, 1]
    assert_same(together[0], alone)
    assert_same_files(one / "out", two / "out")


@pytest.mark.parametrize(
    ("stage", "changed"),
    [
        ("sft", {"gradient_checkpointing": True}),
        ("grpo", {"gradient_checkpointing": True}),
        ("grpo", {"kl_coef": 0.0, "kl_guard": None}),  # no reference
        ("grpo", {"updates_per_batch": 2, "average_over": "informative_groups"}),
        # Not a row for each rank, in drawing or in learning.
        ("sft", {"batch_size": 1, "micro_batch_tokens": 8, "epochs": 1}),
        ("grpo", {"batch_size": 1, "micro_batch_tokens": 8}),
    ],
)
def test_whatever_is_set_two_ranks_do_what_one_process_does(
    stage: str, changed: dict[str, Any], pair: Processes, families: dict[str, Path], tmp_path: Path
) -> None:
    settings = {"method": "full", "learning_rate": 1e-4, "micro_batch_tokens": 96} | changed
    one, two = tmp_path / "one", tmp_path / "two"
    alone = run(one, stage, [families["qwen2"]], **settings)
    together = pair.call(run, two, stage, [families["qwen2"]], **settings)
    assert_same(together[0], alone)
    assert_same_files(one / "out", two / "out")


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_reference_of_a_continued_adapter_is_that_adapter(
    method: str, pair: Processes, families: dict[str, Path], tmp_path: Path
) -> None:
    lora = {"lora": LORA, "learning_rate": 1e-4}
    run(tmp_path / "first", "sft", [families["qwen2"]], method="lora", **lora)
    start = [families["qwen2"], tmp_path / "first/out/adapter_model.safetensors"]
    alone = run(tmp_path / "one", "grpo", start, kl_coef=0.1, method=method, **lora)
    together = pair.call(run, tmp_path / "two", "grpo", start, kl_coef=0.1, method=method, **lora)
    assert together[0][0]["kl"] == pytest.approx(0, abs=1e-6)
    assert_same(together[0], alone)
    assert_same_files(tmp_path / "one/out", tmp_path / "two/out")


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_run_goes_on_with_any_number_of_ranks(
    method: str, pair: Processes, single: Processes, families: dict[str, Path], tmp_path: Path
) -> None:
    settings = {"method": method, "lora": LORA, "learning_rate": 1e-4, "steps": 4}
    whole = pair.call(run, tmp_path / "whole", "grpo", [families["qwen2"]], **settings)[0]
    for first, then in ((pair, pair), (pair, single), (single, pair)):
        root = tmp_path / f"{first is pair}-{then is pair}"
        first.call(run_until, root, "grpo", [families["qwen2"]], 3, **settings)
        (kept,) = (root / "state/ranks").iterdir()
        assert kept.name == "step-00000002"
        rows = then.call(run, root, "grpo", [families["qwen2"]], **settings)[0]
        assert_same(rows, whole)
        assert_same_files(tmp_path / "whole/out", root / "out")


def test_in_bfloat16_what_trains_is_float32_and_losses_are_those_of_one_process_but_for_rounding(
    pair: Processes, families: dict[str, Path], tmp_path: Path
) -> None:
    settings = {"method": "full", "learning_rate": 1e-4, "bf16": True}
    alone = run(tmp_path / "one", "sft", [families["qwen2"]], **settings)
    together = pair.call(run, tmp_path / "two", "sft", [families["qwen2"]], **settings)[0]
    for first, second in zip(together, alone, strict=True):
        assert first == pytest.approx(second, rel=2e-2)
    (state,) = (tmp_path / "two/state/ranks").iterdir()
    known = FileSystemReader(state).read_metadata().state_dict_metadata
    assert {tensor.properties.dtype for tensor in known.values()} == {torch.float32}


def test_each_rank_has_as_many_passes_and_every_row_counts_once() -> None:
    for count in (1, 2, 3):
        for passes in ([], [[0]], [[0, 1, 2, 3, 4]], [[0, 1], [2]], [[0, 1, 2], [3], [4, 5]]):
            dealt = [Ranks(number, count, together=True).deal(passes) for number in range(count)]
            assert len({len(own) for own in dealt}) == 1
            counted = [row for own in dealt for rows, counts in own if counts for row in rows]
            assert sorted(counted) == [row for rows in passes for row in rows]
            if sum(map(len, passes)) >= count:
                assert all(counts for own in dealt for _, counts in own)


@pytest.mark.parametrize("master", ["float32", "bfloat16"])
def test_moments_on_the_host_are_divided_too(
    master: str, pair: Processes, families: dict[str, Path], tmp_path: Path
) -> None:
    """A stopped run ends as one that was not; in float32 as one without pages."""
    settings = {"method": "full", "bf16": master == "bfloat16", "learning_rate": 1e-4, "master_dtype": master}
    paged = settings | {"optimizer": "paged_adamw"}
    whole = pair.call(run, tmp_path / "whole", "grpo", [families["qwen2"]], **paged)
    pair.call(run_until, tmp_path / "resumed", "grpo", [families["qwen2"]], 2, **paged)
    assert pair.call(run, tmp_path / "resumed", "grpo", [families["qwen2"]], **paged) == whole
    first, second = trained(tmp_path / "whole/out"), trained(tmp_path / "resumed/out")
    assert all(torch.equal(first[name], second[name]) for name in first)
    if master == "float32":
        plain = pair.call(run, tmp_path / "plain", "grpo", [families["qwen2"]], **settings)
        assert_same(plain[0], whole[0])
        assert_same_files(tmp_path / "plain/out", tmp_path / "whole/out")
