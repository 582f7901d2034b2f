"""The index finds what comparing every pair finds, in texts of any size."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.problems.contamination.alike import likeness
from gradus.problems.contamination.index import BenchmarkIndex, without_common_ends
from gradus.problems.contamination.search import between_benchmarks, by_benchmark, in_training
from gradus.problems.contamination.texts import BATCH_ROWS, Text, all_texts, problem_texts
from gradus.problems.contamination.tokens import tokenise
from gradus.problems.pocket.generate import generate_problems
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from problems.contamination.planting import planted

SHARES = {8: 0.9, 13: 0.8}


def texts(*lines: str, name: str = "t") -> list[Text]:
    return [Text(row, f"{name}-{row}", line) for row, line in enumerate(lines, start=1)]


def pocket(split: str, size: int, family: str = "familiar") -> list[Text]:
    rows = generate_problems(name=split, split=split, size=size, levels=[1, 2, 3, 4, 5], family=family, seed=3)
    return [Text(row, problem.id, problem.problem) for row, problem in enumerate(rows, start=1)]


words = st.lists(st.sampled_from(["a", "b", "c", "d", "1", "2"]), max_size=30).map(" ".join)


@given(st.lists(words, max_size=6), st.lists(words, min_size=1, max_size=6), st.sampled_from([0.2, 0.6, 1.0]))
def test_all_pairs_are_found(ours: list[str], theirs: list[str], share: float) -> None:
    shares = {8: share, 13: share}
    found = BenchmarkIndex({"b": texts(*ours)}, shares).search(texts(*theirs))
    every = {
        (a, b): like
        for a, one in enumerate(ours, start=1)
        for b, other in enumerate(theirs, start=1)
        if (like := likeness(tokenise(one), tokenise(other), shares))
    }
    pairs = {(f.ours.row, f.theirs.row): f.likeness for f in found}
    assert {pair: pairs[pair] for pair in every} == every
    # What is found besides is exact once the ends that all texts share are gone.
    bare = without_common_ends([tokenise(text) for text in theirs])
    for a, b in pairs.keys() - every.keys():
        assert bare[b - 1].key == tokenise(ours[a - 1]).key


def test_all_planted_copies_of_generated_problems_are_found_and_nothing_else() -> None:
    """Sets of one generator share their frames by construction; only the copies are copies."""
    rng = random.Random(5)
    main, small = pocket("evaluation/main", 200), pocket("evaluation/small", 20)
    training = [text.text for text in pocket("train", 2000)]
    chosen = rng.sample(main, 40) + rng.sample(small, 5)
    places = rng.sample(range(len(training)), len(chosen))
    for place, text in zip(places, chosen):
        training[place] = planted(text.text, rng)
    rows, pairs = in_training("train", [texts(*training)], BenchmarkIndex({"main": main, "small": small}, SHARES))
    assert rows == 2000
    assert {(p["other_row"], p["id"]) for p in pairs} == {(at + 1, text.id) for at, text in zip(places, chosen)}
    assert by_benchmark(pairs) == {"main": 40, "small": 5}


def save(path: Path, problems: list[str]) -> Path:
    write_problems(path, [Problem(f"p-{n}", text, "1", 0, "", "t") for n, text in enumerate(problems, start=1)])
    return path


@pytest.mark.parametrize("size", [BATCH_ROWS - 1, BATCH_ROWS, BATCH_ROWS + 1, 2 * BATCH_ROWS + 3])
def test_rows_go_on_over_batches(tmp_path: Path, size: int) -> None:
    """A row's number is its place in the file, in whichever batch it is read: by it, rows are dropped."""
    wanted = {1, 2, size - 1, size, *(row for row in (BATCH_ROWS, BATCH_ROWS + 1, 2 * BATCH_ROWS + 1) if row <= size)}
    lines = ["What is 2 + 3?" if row in wanted else f"Note {row}." for row in range(1, size + 1)]
    batches = list(problem_texts(save(tmp_path / "set.parquet", lines)))
    assert [text for batch in batches for text in batch] == [
        Text(row, f"p-{row}", line) for row, line in enumerate(lines, start=1)
    ]
    assert max(map(len, batches)) <= BATCH_ROWS
    rows, pairs = in_training("set", batches, BenchmarkIndex({"b": texts("what is 2+3")}, SHARES))
    assert rows == size
    assert [(p["other_row"], p["other_id"], p["kind"], p["share"]) for p in pairs] == [
        (row, f"p-{row}", "exact", 1.0) for row in sorted(wanted)
    ]
    assert all_texts(tmp_path / "set.parquet") == [text for batch in batches for text in batch]


def test_a_short_problem_is_found_under_the_prompt_that_all_rows_share() -> None:
    prompts = [f"Solve: {problem} Write your answer in \\boxed{{}} format." for problem in ("7*8", "2+2", "9-1")]
    found = BenchmarkIndex({"probes": texts("2 + 2", "7 + 8")}, SHARES).search(texts(*prompts))
    assert [(f.ours.text, f.theirs.row) for f in found] == [("2 + 2", 2)]


def test_common_ends_are_never_the_whole_text() -> None:
    def bare(*lines: str) -> list[str]:
        return ["".join(text.words) for text in without_common_ends([tokenise(line) for line in lines])]

    assert bare("ask a now", "ask b now") == ["a", "b"]
    assert bare("ask a now", "ask now") == []
    assert bare("ask a") == bare("ask a", "ask a") == bare() == bare("a b", "c d") == []


@pytest.mark.parametrize("training", [[], [""], ["short"]])
def test_nothing_to_find(training: list[str]) -> None:
    assert BenchmarkIndex({"b": texts("a problem")}, SHARES).search(texts(*training)) == []
    assert BenchmarkIndex({}, SHARES).search(texts("a problem")) == []


def test_benchmarks_are_compared_once_each_way() -> None:
    long = "How many positive integers less than 500 are divisible by 7 and leave the remainder 2 when divided by 5?"
    sets = {"one": texts(long, "Compute 2+2.", name="a"), "two": texts("compute 2 + 2", f"Note 9. {long}", name="b")}
    pairs = between_benchmarks(sets, SHARES)
    assert {(p["benchmark"], p["id"], p["other"], p["other_id"], p["kind"]) for p in pairs} == {
        ("one", "a-1", "two", "b-2", "13-gram"),
        ("one", "a-2", "two", "b-1", "exact"),
    }
