from dataclasses import fields

import pytest

from evaluation.made_verdicts import made_verdicts
from gradus.evaluation.comparison_table import COLUMNS, read_csv, render_csv
from gradus.evaluation.comparisons import compare, pairs, typical_correlation
from gradus.evaluation.paired import correlation, holm, paired_bootstrap, tango_interval
from gradus.evaluation.verdicts import Verdicts
from gradus.provenance.errors import GradusError

VERDICTS = {
    ("base", "math"): made_verdicts("++++--------"),
    ("sft", "math"): made_verdicts("+++-+-------"),
    ("grpo", "math"): made_verdicts("++++++++++?-"),
    ("base", "aime"): made_verdicts(["+-", "--", "++"]),
    ("grpo", "aime"): made_verdicts(["++", "+-", "++"]),
}
STUDY = {"experiments": ["base", "sft", "grpo"], "benchmarks": ["math", "aime"], "baseline": "base"}


def test_rows_against_the_baseline_and_between_neighbours():
    rows = compare(VERDICTS, **STUDY, neighbours=[("sft", "grpo")])
    assert [(row["a"], row["b"], row["benchmark"]) for row in rows] == [
        ("base", "sft", "math"),
        ("base", "grpo", "math"),
        ("sft", "grpo", "math"),
        ("base", "grpo", "aime"),
    ]
    assert all(set(row) == set(COLUMNS) for row in rows)
    sft, grpo, neighbours, aime = rows
    assert (sft["delta"], sft["p"], sft["n"]) == (0.0, 1.0, 12)
    assert (sft["ci95_lo"], sft["ci95_hi"]) == tango_interval(1, 1, 12)
    assert grpo["delta"] == pytest.approx(0.5)
    assert grpo["accuracy_b"] == pytest.approx(10 / 12)
    assert grpo["p"] == pytest.approx(2 / 64)
    family = [row["p"] for row in (sft, grpo, neighbours)]
    assert [row["p_adjusted"] for row in (sft, grpo, neighbours)] == holm(family)
    expected = paired_bootstrap([0.5, 0.0, 1.0], [1.0, 0.5, 1.0], seed=0)
    assert (aime["delta"], aime["p"], aime["p_adjusted"]) == (expected.delta, expected.p, expected.p)


def shuffled(verdicts: Verdicts, order: list[int]) -> Verdicts:
    """The same rows in another order."""
    columns = {f.name: getattr(verdicts, f.name) for f in fields(Verdicts) if f.name != "source"}
    return Verdicts(verdicts.source, **{name: [column[i] for i in order] for name, column in columns.items()})


@pytest.mark.parametrize("order", [[1, 2, 3, 4, 5, 6, 7, 0], [7, 6, 5, 4, 3, 2, 1, 0], [4, 5, 6, 7, 0, 1, 2, 3]])
def test_questions_are_joined_by_id_in_any_order(order):
    """A question is paired with itself: b gains the last four, where by place it would lose some of a's."""
    a, b = made_verdicts("++++----"), made_verdicts("++++++++")
    mixed = made_verdicts("+++-++-+")
    for second in (b, mixed):
        study = {"experiments": ["a", "b"], "benchmarks": ["m"], "baseline": "a"}
        [straight] = compare({("a", "m"): a, ("b", "m"): second}, **study)
        for turned in (
            {("a", "m"): a, ("b", "m"): shuffled(second, order)},
            {("a", "m"): shuffled(a, order), ("b", "m"): second},
        ):
            assert compare(turned, **study) == [straight]
            assert typical_correlation(turned, **study) == typical_correlation(
                {("a", "m"): a, ("b", "m"): second}, **study
            )
    assert straight["p"] == pytest.approx(0.625)  # 3 gained, 1 lost: 2 * (1 + 4) / 16
    assert (straight["ci95_lo"], straight["ci95_hi"]) == tango_interval(3, 1, 8)


def test_samples_of_a_question_are_paired_by_its_id():
    a, b = made_verdicts(["++", "+-", "--", "--"]), made_verdicts(["++", "++", "+-", "--"])
    study = {"experiments": ["a", "b"], "benchmarks": ["m"], "baseline": "a"}
    [row] = compare({("a", "m"): a, ("b", "m"): shuffled(b, [6, 7, 2, 3, 0, 1, 4, 5])}, **study)
    expected = paired_bootstrap([1.0, 0.5, 0.0, 0.0], [1.0, 1.0, 0.5, 0.0], seed=0)
    assert (row["delta"], row["p"], (row["ci95_lo"], row["ci95_hi"])) == (expected.delta, expected.p, expected.ci95)


def test_different_questions_name_both_files():
    verdicts = {
        ("a", "m"): made_verdicts("+++", "eval/a/m.verdicts.parquet"),
        ("b", "m"): made_verdicts("++", "eval/b/m.verdicts.parquet"),
    }
    for experiments in (["a", "b"], ["b", "a"]):
        with pytest.raises(GradusError, match=r"eval/a/m\.verdicts\.parquet.*q2 is only in the") as caught:
            compare(verdicts, experiments=experiments, benchmarks=["m"], baseline="a")
        assert "eval/b/m.verdicts.parquet" in str(caught.value)


def test_pairs_once_each_and_known():
    assert pairs(["b", "x", "y"], "b", [("x", "b"), ("y", "x"), ("x", "y")]) == [("b", "x"), ("b", "y"), ("y", "x")]
    with pytest.raises(GradusError, match="no experiment z"):
        pairs(["b", "x"], "b", [("x", "z")])
    with pytest.raises(GradusError, match="itself"):
        pairs(["b", "x"], "b", [("x", "x")])


def test_typical_correlation_is_the_median_of_what_was_measured():
    base = [1.0] * 4 + [0.0] * 8
    others = [[1, 1, 1, 0, 1] + [0] * 7, [1] * 10 + [0] * 2]
    expected = sum(correlation(base, other) for other in others) / 2
    # of the question means on aime, .5 0 1 and 1 .5 1: .25 / sqrt(.5 * 1/6)
    assert typical_correlation(VERDICTS, **STUDY) == {
        "math": pytest.approx(expected),
        "aime": pytest.approx(0.25 / (0.5 / 6) ** 0.5),
    }
    same = {("base", "math"): VERDICTS["base", "math"], ("sft", "math"): VERDICTS["base", "math"]}
    assert typical_correlation(same, **STUDY) == {}


def test_a_negative_correlation_counts_as_none():
    """Power is computed for a correlation of at least 0, the more cautious assumption."""
    opposed = {("base", "math"): made_verdicts("+++---"), ("sft", "math"): made_verdicts("---+++")}
    assert typical_correlation(opposed, **STUDY) == {"math": 0.0}
    one_of_each = opposed | {("grpo", "math"): made_verdicts("+++--+")}
    # Of -1 and 1/sqrt(2): the mean of these two is below 0 too.
    assert typical_correlation(one_of_each, **STUDY) == {"math": 0.0}
    assert typical_correlation({**one_of_each, ("sft", "math"): made_verdicts("+++--+")}, **STUDY) == {
        "math": pytest.approx(0.5**0.5)
    }


def test_csv_is_read_back(tmp_path):
    rows = compare(VERDICTS, **STUDY)
    path = tmp_path / "comparisons.csv"
    path.write_text(render_csv(rows), encoding="utf-8")
    header = "a,b,benchmark,n,accuracy_a,accuracy_b,delta,ci95_lo,ci95_hi,p,p_adjusted"
    assert path.read_text().splitlines()[0] == header
    assert path.read_text().splitlines()[2].startswith("base,grpo,math,12,0.333333,0.833333,0.5,")
    names = ["a", "b", "benchmark"]
    for row, read in zip(rows, read_csv(path), strict=True):
        assert [read[c] for c in names] == [row[c] for c in names]
        numbers = [c for c in COLUMNS if c not in names]
        assert [read[c] for c in numbers] == pytest.approx([row[c] for c in numbers], rel=1e-5)
    path.write_text(f"{header}\nbase,grpo,math,12,0.3,0.8,half,0,1,0.5,0.5\n", encoding="utf-8")
    with pytest.raises(GradusError, match=r"comparisons\.csv, line 2: `delta` is 'half', not a number"):
        read_csv(path)
    path.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(GradusError, match="no column benchmark"):
        read_csv(path)
