"""Weights of trace sets: how often an epoch has each trace."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from test_sft_data import trace
from tiny import job_of

import sft as script
from gradus.models.manifest import MANIFEST
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json_lines
from gradus.traces.table import write_traces
from gradus.training.examples import training_rows
from gradus.training.repeats import copies_of
from gradus.training.torch.embedded import Start
from model_folders import model_of

WEIGHTED: dict[str, Any] = {"traces": ["a", {"b": 2.0}, {"c": 0.5}, {"d": 1.5}]}
OF_SETS = {"a": 4, "b": 3, "c": 10, "d": 6}


def made(name: str, number: int) -> dict[str, Any]:
    found = trace(f"Set {name}, problem {number}.", "\\boxed{3}")
    return found | {"answer": "3", "teacher": "t", "tokens": None, "chars": 9}


TRACES = [made(name, number) | {"set": name} for name, size in OF_SETS.items() for number in range(size)]


@pytest.mark.parametrize(
    ("weight", "size", "counts"),
    [
        (1.0, 5, {1: 5}),
        (3.0, 4, {3: 4}),
        (0.5, 10, {0: 5, 1: 5}),
        (0.25, 10, {0: 8, 1: 2}),  # 2.5, rounded to even
        (1.5, 6, {1: 3, 2: 3}),
        (2.25, 8, {2: 6, 3: 2}),
    ],
)
def test_a_fraction_is_drawn_and_the_rest_is_for_all(weight: float, size: int, counts: dict[int, int]) -> None:
    copies = copies_of(["other", *["set"] * size], {"set": weight, "other": 1.0}, seed=3)
    assert copies[0] == 1
    assert Counter(copies[1:]) == counts
    assert copies == copies_of(["other", *["set"] * size], {"set": weight, "other": 1.0}, seed=3)


def test_another_seed_draws_others_and_none_left_is_refused() -> None:
    drawn = {tuple(copies_of(["set"] * 20, {"set": 0.5}, seed)) for seed in range(5)}
    assert len(drawn) == 5
    with pytest.raises(GradusError, match=r"trace set 'set': a weight of 0\.1 leaves none of its 4 traces; raise it"):
        copies_of(["set"] * 4, {"set": 0.1}, seed=0)


def test_an_epoch_has_each_trace_as_often_as_its_weight_says(model: Path, tmp_path: Path) -> None:
    start = Start(model_of(model))
    job = job_of(tmp_path, "sft_custom", **WEIGHTED, held_out_share=0.0)
    rows, _ = training_rows(job, TRACES, start)
    found = Counter(start.tokenizer.decode(ids).split("Set ")[1][0] for ((ids, _),) in rows)
    assert found == {"a": 4, "b": 6, "c": 5, "d": 9}
    held = job_of(tmp_path, "sft_custom", **WEIGHTED, held_out_share=0.4)
    rows, held_out = training_rows(held, TRACES, start)
    assert len(held_out) == len({tuple(ids) for ids, _ in held_out}) == 9  # of 23 problems
    trained = {tuple(ids) for row in rows for ids, _ in row}
    assert not trained & {tuple(ids) for ids, _ in held_out}


def test_the_job_knows_the_sets_and_says_what_a_percentile_came_to(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / f"{name}.jsonl" for name in OF_SETS}
    for name, size in OF_SETS.items():
        write_traces(files[name], [made(name, number) for number in range(size)])
    write_traces(files["c"], [made("c", 0) | trace("Why? " * 60, "\\boxed{3}", named="long"), *TRACES[8:16]])
    out = tmp_path / "models/sft"
    paths = {"weights": [str(model.parent / MANIFEST)], "model": [str(out / MANIFEST)]}
    paths |= {"traces": list(map(str, files.values())), "metrics": [str(out / "metrics.jsonl")]}
    settings = WEIGHTED | {"epochs": 1, "batch_size": 4, "held_out_share": 0.0, "max_length": "p95"}
    script.build(job_of(tmp_path, "sft_custom", paths, **settings))
    first, *steps = read_json_lines(out / "metrics.jsonl")
    start = Start(model_of(model))
    longest = max(len(ids) for ((ids, _),) in training_rows(job_of(tmp_path, "sft_custom"), TRACES, start)[0])
    assert first == {"step": 0, "max_length": longest}  # one of 22 is longer
    assert len(steps) == 6  # 4 + 2 x 3 + 4 (of 9) + 9 rows by 4
    said = capsys.readouterr().err
    assert f"max_length: p95 is {longest} tokens, by the lengths of 22 traces" in said
    assert f"1 of 22 traces are longer than max_length = {longest}" in said
