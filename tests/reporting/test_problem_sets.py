"""The table of problem sets, by hand."""

from gradus.reporting.problem_sets import count_overlaps, problems_table


def summary(name: str, levels: list[int], **origin: object) -> dict[str, object]:
    lengths = {"median": 1200, "p95": 3000, "largest": 9000}
    counts = {str(level): 1 for level in levels}
    return {"source": "math", "set": name, "rows": 7500, "levels": counts, "problem_characters": lengths, **origin}


def pair(benchmark: str, name: str, other: str, other_name: str = "") -> dict[str, str]:
    return {"benchmark": benchmark, "id": name, "other": other, "other_id": other_name}


def test_each_set_has_its_row() -> None:
    hub = {"repo": "someone/math", "revision": "0123456789abcdef"}
    summaries = [
        summary("train", [0, 1, 2, 3, 4, 5], licence="MIT; but look", path="../data/x|y", sha256="f" * 64),
        summary("hard", [4, 5], of="train"),
        summary("test", [0], licence="MIT", hub=hub, path="results/raw"),
        summary("unused", [3], licence="generated"),
    ]
    train = {
        "set": "train",
        "pairs": [pair("test", "1", "train"), pair("test", "1", "train"), pair("test", "2", "train")],
    }
    overlaps = count_overlaps([train, {"set": "hard", "pairs": []}], {"rows": {"test": 9}, "pairs": []})
    assert overlaps == {"train": {"test": 2}, "hard": {}, "test": {"train": 2}}
    rows = [[cell.strip() for cell in line.split(" | ")] for line in problems_table(summaries, overlaps).splitlines()]
    assert rows[2][1:] == [
        *("7,500", "1–5, none", "1,200", "3,000", "2 with test", "MIT", "../data/x\\|y", "ffffffffffff |"),
    ]
    assert rows[3][1:] == ["7,500", "4, 5", "1,200", "3,000", "none", "MIT", "part of train", "ffffffffffff |"]
    assert rows[4][1:] == ["7,500", "–", "1,200", "3,000", "2 with train", "MIT", "someone/math", "0123456789ab |"]
    assert rows[5][5:8] == ["–", "generated", "math"]


def test_benchmarks_share_problems_both_ways() -> None:
    shared = {"rows": {"a": 3, "b": 3, "c": 1}, "pairs": [pair("a", "1", "b", "7"), pair("a", "2", "b", "7")]}
    assert count_overlaps([], shared) == {"a": {"b": 2}, "b": {"a": 1}, "c": {}}
