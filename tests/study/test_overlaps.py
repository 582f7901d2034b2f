"""Problems that are held out or measured and trained on all the same, as far as a study says so itself."""

import re
from pathlib import Path
from typing import Any

import pytest

from gradus.provenance.errors import GradusError
from study.made_study import study

Changes = list[tuple[str, Any]]
SUBSET = {"source": "subset", "of": "train"}
GSM = {"source": "gsm8k", "split": "train", "path": "gsm.jsonl"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("gsm.jsonl").write_text("{}\n", encoding="utf-8")
    Path("link.jsonl").symlink_to("gsm.jsonl")
    Path("math").mkdir()
    Path("math/train.jsonl").write_text("{}\n", encoding="utf-8")
    return tmp_path


def said(folder: Path, changes: Changes) -> str:
    try:
        study(folder, *changes)
    except GradusError as error:
        return str(error)
    return ""


HELD_OUT: dict[str, tuple[Changes, str, str]] = {
    "the set itself": ([], "train", "'train' may hold problems of 'train', which this experiment trains on"),
    "a part of it": ([("problems.part", SUBSET | {"size": 5})], "part", "'part' may hold problems of 'train', which"),
    "the whole of it": (
        [("problems.part", SUBSET | {"levels": [1, 2]}), ("experiments.rl.problems", "part")],
        "train",
        "'train' may hold problems of 'part', which this experiment trains on",
    ),
    "the same levels": (
        [
            ("problems.one", SUBSET | {"levels": [1, 2]}),
            ("problems.other", SUBSET | {"levels": [2, 3]}),
            ("experiments.rl.problems", "one"),
        ],
        "other",
        "'other' may hold problems of 'one', which this experiment trains on",
    ),
    "the same file by another name": (
        [
            ("problems.one", GSM),
            ("problems.other", GSM | {"path": "link.jsonl", "split": "test"}),
            ("experiments.rl.problems", "one"),
        ],
        "other",
        "'other' may hold problems of 'one', which this experiment trains on",
    ),
    "the same repository": (
        [
            ("problems.one", {"source": "math", "split": "train", "size": 9}),
            ("problems.other", {"source": "math", "split": "train", "size": 9}),
            ("experiments.rl.problems", "one"),
        ],
        "other",
        "'other' may hold problems of 'one', which this experiment trains on",
    ),
}


@pytest.mark.parametrize("case", HELD_OUT)
def test_what_is_trained_on_is_not_held_out(here: Path, case: str) -> None:
    changes, held_out, words = HELD_OUT[case]
    found = said(here, [*changes, ("experiments.rl.held_out", held_out)])
    assert f"experiments.rl.held_out: {words}" in found
    assert "; name another set, or levels that are not trained on" in found


@pytest.mark.parametrize("traces", ["custom", "mixed", "copied"])
def test_what_was_trained_on_before_is_not_held_out(here: Path, traces: str) -> None:
    changes = [
        ("problems.new", {"source": "pocket", "size": 9}),
        ("traces.mixed", {"kind": "mix", "parts": {"public": 1, "custom": 2}}),
        ("traces.copied", {"kind": "rows", "path": "results/small/traces/custom.jsonl"}),
        ("experiments.sft.traces", ["public", traces]),
        ("experiments.sft_rl.problems", "new"),
        ("experiments.sft_rl.held_out", "train"),
    ]
    words = "experiments.sft_rl.held_out: 'train' may hold problems of 'train', which 'sft' before it trains on"
    assert words in said(here, changes)
    taken = ("models.tuned", {"source": "folder", "path": "results/small/export/sft"})
    assert words in said(here, [*changes, taken, ("experiments.sft_rl.from", "tuned")])


def test_what_cannot_share_a_problem_may_be_held_out(here: Path) -> None:
    levels = [
        ("problems.one", SUBSET | {"levels": [1, 2]}),
        ("problems.other", SUBSET | {"levels": [3]}),
        ("experiments.rl.problems", "one"),
        ("experiments.rl.held_out", "other"),
        ("experiments.sft_rl", None),
    ]
    assert said(here, levels) == ""
    splits = [
        ("problems.one", {"source": "math", "split": "train", "path": "math"}),
        ("problems.other", {"source": "math", "split": "test", "path": "math"}),
        ("experiments.rl.problems", "one"),
        ("experiments.rl.held_out", "other"),
        ("experiments.sft_rl", None),
    ]
    assert said(here, splits) == ""
    subjects = [
        ("problems.all", {"source": "math", "split": "train", "path": "math"}),
        ("problems.one", {"source": "subset", "of": "all", "subjects": ["Algebra"]}),
        ("problems.other", {"source": "subset", "of": "all", "subjects": ["Geometry"]}),
        ("experiments.rl.problems", "one"),
        ("experiments.rl.held_out", "other"),
        ("experiments.sft_rl", None),
    ]
    assert said(here, subjects) == ""
    assert "may hold problems" in said(here, [*subjects, ("experiments.rl.held_out", "all")])


BENCHMARKS: dict[str, tuple[Changes, str]] = {
    "by name": ([("experiments.rl.problems", "test")], "experiments.rl.problems: trains on 'test', all of whose"),
    "a part of it": (
        [("problems.part", {"source": "subset", "of": "test", "size": 5}), ("experiments.rl.problems", "part")],
        "experiments.rl.problems: trains on 'part', all of whose problems are in the benchmark 'easy'",
    ),
    "some levels of what it has more of": (
        [
            ("problems.many", {"source": "subset", "of": "test", "levels": [1, 2, 3]}),
            ("problems.few", {"source": "subset", "of": "test", "levels": [2]}),
            ("benchmarks.easy.problems", "many"),
            ("experiments.rl.problems", "few"),
        ],
        "experiments.rl.problems: trains on 'few', all of whose",
    ),
    "by file": (
        [
            ("problems.one", GSM),
            ("problems.other", GSM),
            ("benchmarks.easy.problems", "other"),
            ("experiments.rl.problems", "one"),
        ],
        "experiments.rl.problems: trains on 'one', all of whose problems are in the benchmark 'easy'",
    ),
    "through a teacher": (
        [("traces.custom.problems", ["train", "test"])],
        "experiments.sft.traces: trains on 'test', all of whose problems are in the benchmark 'easy'",
    ),
    "its solutions": (
        [
            ("problems.gsm", GSM),
            ("benchmarks.easy.problems", "gsm"),
            ("traces.worked", {"kind": "solutions", "problems": "gsm"}),
            ("experiments.sft.traces", ["worked"]),
        ],
        "experiments.sft.traces: trains on 'gsm', all of whose",
    ),
    "its file as traces": (
        [
            ("problems.gsm", GSM),
            ("benchmarks.easy.problems", "gsm"),
            ("traces.rows", {"kind": "rows", "path": "link.jsonl"}),
            ("experiments.sft.traces", ["rows"]),
        ],
        "experiments.sft.traces: trains on 'rows', all of whose",
    ),
}


@pytest.mark.parametrize("case", BENCHMARKS)
def test_a_benchmark_is_not_trained_on(here: Path, case: str) -> None:
    changes, words = BENCHMARKS[case]
    found = said(here, changes)
    assert words in found
    assert re.match(r".*changed\.yaml:\d+: ", found)
    assert "; name another set, or set contamination: {policy: report}" in found
    assert words in said(here, [*changes, ("contamination", {"policy": "drop"})])  # nothing would be left
    assert said(here, [*changes, ("contamination", {"policy": "report"})]) == ""


def test_what_is_only_in_part_a_benchmark_is_left_to_the_gate(here: Path) -> None:
    part = [("problems.part", SUBSET | {"size": 5}), ("benchmarks.easy.problems", "part")]
    assert said(here, part) == ""
    drawn = [
        ("problems.one", SUBSET | {"size": 5}),
        ("problems.other", SUBSET | {"size": 5}),
        ("benchmarks.easy.problems", "one"),
        ("experiments.rl.problems", "other"),
    ]
    assert said(here, drawn) == ""
