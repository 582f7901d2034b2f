"""AIME of both years: ids from every way to name a problem."""

import pytest

from problems.published_sets import read, write_jsonl


@pytest.mark.parametrize(
    "name_it",
    [
        lambda contest, n: {"id": f"{contest}-{n}"},
        lambda contest, n: {"ID": f"2025-{contest}-{n}"},
        lambda contest, n: {"id": 100 + n, "url": f"https://x.org/2025_AIME_{contest}_Problems/Problem_{n}"},
        lambda contest, n: {"problem_idx": n if contest == "I" else n + 15},
    ],
)
def test_every_way_to_name_a_problem_of_aime(tmp_path, name_it):
    rows = [
        name_it(contest, n) | {"problem": f"{contest} {n}?", "answer": n}
        for contest in ("II", "I")
        for n in range(1, 16)
    ]
    problems = read("aime2025", write_jsonl(tmp_path / "aime.jsonl", rows)).problems
    assert [p.id for p in problems] == [f"AIME2025-{c}-{n}" for c in ("I", "II") for n in range(1, 16)]
    assert [p.problem for p in problems] == [f"{c} {n}?" for c in ("I", "II") for n in range(1, 16)]


def test_aime_in_two_files_without_numbers_and_with_degrees(tmp_path):
    for contest in ("I", "II"):
        rows = [{"question": f"{contest} {n}?", "answer": f"0{n}"} for n in range(1, 16)]
        if contest == "II":
            rows[4]["answer"] = r"336^\circ"
        write_jsonl(tmp_path / f"aime2025-{contest}.jsonl", rows)
    both = read("aime2025", tmp_path)
    assert [(p.id, p.answer) for p in both.problems][14:17] == [
        ("AIME2025-I-15", "15"),
        ("AIME2025-II-1", "1"),
        ("AIME2025-II-2", "2"),
    ]
    assert [(fix.id, fix.was, fix.now) for fix in both.fixes] == [("AIME2025-II-5", r"336^\circ", "336")]
