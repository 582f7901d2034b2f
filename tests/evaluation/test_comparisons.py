from dataclasses import fields, replace

import pytest
from scipy.stats import norm, t

from evaluation.made_verdicts import made_verdicts
from gradus.evaluation.answers import all_answers
from gradus.evaluation.comparison_table import COLUMNS, read_csv, render_csv
from gradus.evaluation.comparisons import compare, typical_correlation
from gradus.evaluation.judging import write_verdicts
from gradus.evaluation.verdicts import Verdicts, read_verdicts
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import ComparedPair
from gradus.statistics.mean_difference import mean_difference
from gradus.statistics.paired import correlation, holm, tango_interval
from gradus.statistics.power import minimum_detectable_difference, minimum_detectable_gain

VERDICTS = {
    ("base", "math"): made_verdicts("++++--------"),
    ("sft", "math"): made_verdicts("+++-+-------"),
    ("grpo", "math"): made_verdicts("++++++++++?-"),
    ("base", "aime"): made_verdicts(["+-", "--", "++"]),
    ("grpo", "aime"): made_verdicts(["++", "+-", "++"]),
}


def pair(a: str, b: str, role: str = "baseline", **about) -> ComparedPair:
    return ComparedPair(a=a, b=b, role=role, **about)


def one_run_each(*names: str) -> dict[str, list[str]]:
    return {name: [name] for name in names}


STUDY = {
    "runs": one_run_each("base", "sft", "grpo"),
    "benchmarks": ["math", "aime"],
    "compared": [pair("base", "sft"), pair("base", "grpo")],
}
TWO = {"runs": one_run_each("a", "b"), "benchmarks": ["m"], "compared": [pair("a", "b")]}


def typical(verdicts, runs=STUDY["runs"], baseline="base"):
    return typical_correlation(all_answers(verdicts, runs), benchmarks=["math", "aime", "m"], baseline=baseline)


def test_rows_against_the_baseline_and_between_neighbours():
    rows = compare(VERDICTS, **{**STUDY, "compared": [*STUDY["compared"], pair("sft", "grpo", "pair")]})
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
    expected = mean_difference([[0.5, 0.0, 1.0]], [[1.0, 0.5, 1.0]])
    assert (aime["delta"], aime["p"], aime["p_adjusted"]) == (expected.delta, expected.p(), expected.p())
    assert [row["role"] for row in rows] == ["baseline", "baseline", "pair", "baseline"]
    assert [row["family"] for row in rows] == ["math", "math", "math", "aime"]
    assert [row["samples"] for row in rows] == [1, 1, 1, 2]
    assert {(row["runs_a"], row["runs_b"], row["margin"], row["equivalence_p"]) for row in rows} == {(1, 1, None, None)}


def test_the_primary_comparison_is_outside_the_family():
    compared = [pair("base", "sft"), pair("base", "grpo", "primary"), pair("sft", "grpo", "pair")]
    by_benchmark = compare(VERDICTS, **{**STUDY, "compared": compared})
    sft, grpo, neighbours, aime = by_benchmark
    assert grpo["p_adjusted"] == grpo["p"] < neighbours["p_adjusted"]
    assert [sft["p_adjusted"], neighbours["p_adjusted"]] == holm([sft["p"], neighbours["p"]])
    assert [row["family"] for row in by_benchmark] == ["math", "math, primary", "math", "aime, primary"]
    whole = compare(VERDICTS, **{**STUDY, "compared": compared}, family="table")
    assert [row["family"] for row in whole] == ["table", "table, primary", "table", "table, primary"]
    assert [whole[1]["p_adjusted"], whole[3]["p_adjusted"]] == holm([grpo["p"], aime["p"]])


def test_the_smallest_difference_found_is_that_of_the_star():
    """At the level of the family's first comparison, by the pair's own correlation."""
    sft, grpo, aime = compare(VERDICTS, **STUDY)
    base = [1] * 4 + [0] * 8
    own = correlation(base, [1, 1, 1, 0, 1] + [0] * 7)
    assert sft["detectable"] == minimum_detectable_difference(12, 1 / 3, alpha=0.025, correlation=own)
    assert grpo["detectable"] == minimum_detectable_difference(
        12, 1 / 3, alpha=0.025, correlation=correlation(base, [1] * 10 + [0] * 2)
    )
    error = mean_difference([[0.5, 0.0, 1.0]], [[1.0, 0.5, 1.0]]).standard_error
    assert aime["detectable"] == minimum_detectable_gain(error, 2, 0.5)


def test_where_nothing_is_solved_a_difference_can_still_be_found():
    """Of 30 questions six have to be gained, by all samples of each at the worst: as with one sample a question."""
    nothing = {("a", "m"): made_verdicts(["--"] * 30), ("b", "m"): made_verdicts(["--"] * 30)}
    [row] = compare(nothing, **TWO)
    assert row["detectable"] == minimum_detectable_difference(30, 0.0, correlation=0.5) == pytest.approx(0.26, abs=0.01)
    assert row["ci95_lo"] == -row["ci95_hi"] < -0.1
    assert row["p"] == 1.0


RUNS = {
    ("a", "m"): made_verdicts("++++------"),
    ("a.seed-1", "m"): made_verdicts("+++-------"),
    ("b", "m"): made_verdicts("++++++----"),
    ("b.seed-1", "m"): made_verdicts("+++++-----"),
}
SEEDS = {"runs": {"a": ["a", "a.seed-1"], "b": ["b", "b.seed-1"]}, "benchmarks": ["m"]}


@pytest.mark.parametrize("paired", [False, True])
def test_training_runs_are_compared_by_their_means(paired):
    [row] = compare(RUNS, **SEEDS, compared=[pair("a", "b", paired_runs=paired)])
    a = [[1] * 4 + [0] * 6, [1] * 3 + [0] * 7]
    b = [[1] * 6 + [0] * 4, [1] * 5 + [0] * 5]
    expected = mean_difference(a, b, paired_runs=paired)
    assert (row["runs_a"], row["runs_b"], row["accuracy_a"], row["accuracy_b"]) == (2, 2, 0.35, 0.55)
    assert (row["p"], (row["ci95_lo"], row["ci95_hi"])) == (expected.p(), expected.interval())


def test_the_order_of_questions_may_differ_between_runs():
    straight = compare(RUNS, **SEEDS, compared=[pair("a", "b")])
    turned = {key: shuffled(v, [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]) if "seed" in key[0] else v for key, v in RUNS.items()}
    assert compare(turned, **SEEDS, compared=[pair("a", "b")]) == straight


def test_equivalence_has_its_own_test():
    """Of 400 questions 10 only the one solves and 10 the other: within 5 points, not within 1."""
    a, b = "+" * 200 + "-" * 200, "+" * 190 + "-" * 10 + "+" * 10 + "-" * 190
    verdicts = {("a", "m"): made_verdicts(a), ("b", "m"): made_verdicts(b)}
    [wide], [narrow] = (compare(verdicts, **TWO, margin=margin) for margin in (0.05, 0.01))
    assert wide["equivalence_p"] < 0.001
    assert narrow["equivalence_p"] > 0.05
    # Tango's statistic at a difference of -1 point: with q the share that only a solves, 800 q^2 - 12 q - 7.92 = 0...
    linear = -20 / 400 + 2 * -0.01
    share = ((linear**2 + 8 * 10 / 400 * -0.01 * 1.01) ** 0.5 - linear) / 4
    statistic = 0.01 / ((2 * share - 0.01 * 1.01) / 400) ** 0.5
    assert narrow["equivalence_p"] == pytest.approx(norm.sf(statistic))


def shuffled(verdicts: Verdicts, order: list[int]) -> Verdicts:
    """The same rows in another order."""
    names = {f.name for f in fields(Verdicts)} - {"source", "clusters", "parts"}
    columns = {name: getattr(verdicts, name) for name in names}
    return Verdicts(verdicts.source, **{name: [column[i] for i in order] for name, column in columns.items()})


@pytest.mark.parametrize("order", [[1, 2, 3, 4, 5, 6, 7, 0], [7, 6, 5, 4, 3, 2, 1, 0], [4, 5, 6, 7, 0, 1, 2, 3]])
def test_questions_are_joined_by_id_in_any_order(order):
    """A question is paired with itself: b gains the last four, where by place it would lose some of a's."""
    a, b = made_verdicts("++++----"), made_verdicts("++++++++")
    mixed = made_verdicts("+++-++-+")
    for second in (b, mixed):
        [straight] = compare({("a", "m"): a, ("b", "m"): second}, **TWO)
        for turned in (
            {("a", "m"): a, ("b", "m"): shuffled(second, order)},
            {("a", "m"): shuffled(a, order), ("b", "m"): second},
        ):
            assert compare(turned, **TWO) == [straight]
            assert typical(turned, TWO["runs"], "a") == typical({("a", "m"): a, ("b", "m"): second}, TWO["runs"], "a")
    assert straight["p"] == pytest.approx(0.625)  # 3 gained, 1 lost: 2 * (1 + 4) / 16
    assert (straight["ci95_lo"], straight["ci95_hi"]) == tango_interval(3, 1, 8)


def test_samples_of_a_question_are_paired_by_its_id():
    a, b = made_verdicts(["++", "+-", "--", "--"]), made_verdicts(["++", "++", "+-", "--"])
    [row] = compare({("a", "m"): a, ("b", "m"): shuffled(b, [6, 7, 2, 3, 0, 1, 4, 5])}, **TWO)
    expected = mean_difference([[1.0, 0.5, 0.0, 0.0]], [[1.0, 1.0, 0.5, 0.0]])
    assert (row["delta"], row["p"]) == (expected.delta, expected.p())
    assert (row["ci95_lo"], row["ci95_hi"]) == expected.interval()


def test_different_questions_name_both_files():
    verdicts = {
        ("a", "m"): made_verdicts("+++", "eval/a/m.verdicts.parquet"),
        ("b", "m"): made_verdicts("++", "eval/b/m.verdicts.parquet"),
    }
    runs = {"runs": {"x": ["a", "b"]}, "benchmarks": ["m"], "compared": []}
    for study in (TWO, {**TWO, "compared": [pair("b", "a")]}, runs):
        with pytest.raises(GradusError, match=r"eval/a/m\.verdicts\.parquet.*q2 is only in the") as caught:
            compare(verdicts, **study)
        assert "eval/b/m.verdicts.parquet" in str(caught.value)


def test_typical_correlation_is_the_median_of_what_was_measured():
    base = [1.0] * 4 + [0.0] * 8
    others = [[1, 1, 1, 0, 1] + [0] * 7, [1] * 10 + [0] * 2]
    expected = sum(correlation(base, other) for other in others) / 2
    # of the question means on aime, .5 0 1 and 1 .5 1: .25 / sqrt(.5 * 1/6)
    assert typical(VERDICTS) == {
        "math": pytest.approx(expected),
        "aime": pytest.approx(0.25 / (0.5 / 6) ** 0.5),
    }
    same = {("base", "math"): VERDICTS["base", "math"], ("sft", "math"): VERDICTS["base", "math"]}
    assert typical(same) == {}


def test_a_negative_correlation_counts_as_none():
    """Power is computed for a correlation of at least 0, the more cautious assumption."""
    opposed = {("base", "math"): made_verdicts("+++---"), ("sft", "math"): made_verdicts("---+++")}
    assert typical(opposed) == {"math": 0.0}
    one_of_each = opposed | {("grpo", "math"): made_verdicts("+++--+")}
    # Of -1 and 1/sqrt(2): the mean of these two is below 0 too.
    assert typical(one_of_each) == {"math": 0.0}
    assert typical({**one_of_each, ("sft", "math"): made_verdicts("+++--+")}) == {"math": pytest.approx(0.5**0.5)}


def test_csv_is_read_back(tmp_path):
    asked = pair("base", "grpo", "primary", question='RL, and "only" RL?')
    rows = compare(VERDICTS, **{**STUDY, "compared": [pair("base", "sft"), asked]})
    path = tmp_path / "comparisons.csv"
    path.write_text(render_csv(rows), encoding="utf-8")
    header = (
        "a,b,benchmark,role,family,n,runs_a,runs_b,samples,accuracy_a,accuracy_b,delta,ci95_lo,ci95_hi,p,p_adjusted,"
        "detectable,margin,equivalence_p,question"
    )
    assert path.read_text().splitlines()[0] == header
    second = path.read_text().splitlines()[2]
    assert second.startswith('base,grpo,math,primary,"math, primary",12,1,1,1,0.333333,0.833333,0.5,')
    names = ["a", "b", "benchmark", "role", "family", "question"]
    for row, read in zip(rows, read_csv(path), strict=True):
        assert [read[c] for c in names] == [row[c] for c in names]
        numbers = [c for c in COLUMNS if c not in names and row[c] is not None]
        assert [read[c] for c in numbers] == pytest.approx([row[c] for c in numbers], rel=1e-5)
        assert [c for c in COLUMNS if read[c] is None] == [c for c in COLUMNS if row[c] is None]
    path.write_text(f"{header}\nbase,grpo,math,pair,math,12,1,1,1,0.3,0.8,half,0,1,0.5,0.5,,,,\n", encoding="utf-8")
    with pytest.raises(GradusError, match=r"comparisons\.csv, line 2: `delta` is 'half', not a number"):
        read_csv(path)
    path.write_text(f"{header}\nbase,grpo,math,rival,math,12,1,1,1,0.3,0.8,0,0,1,0.5,0.5,,,,\n", encoding="utf-8")
    with pytest.raises(GradusError, match=r"line 2: `role` is 'rival'"):
        read_csv(path)
    path.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(GradusError, match="no column benchmark"):
        read_csv(path)


def test_questions_of_a_cluster_are_no_independent_evidence():
    """Ten chains of four links that are solved or not as a whole are worth ten questions."""
    chains = {f"q{i}": f"chain {i // 4}" for i in range(40)}
    a, b = (replace(made_verdicts(marks), clusters=chains) for marks in ("-" * 40, "+" * 24 + "-" * 16))
    [row] = compare({("a", "m"): a, ("b", "m"): b}, **TWO)
    ten = {("a", "m"): made_verdicts("-" * 10), ("b", "m"): made_verdicts("+" * 6 + "-" * 4)}
    [alone] = compare(ten, **TWO)
    assert (row["n"], row["delta"]) == (40, alone["delta"])
    # the variance of ten means is .24 / 9, which is that of .6 (1 - .6) / 9, and McNemar's statistic (.6 9)^(1/2)
    assert row["p"] == pytest.approx(2 * t.sf(5.4**0.5, 9))
    ten_means = mean_difference([[0] * 10], [[1] * 6 + [0] * 4])
    assert (row["ci95_lo"], row["ci95_hi"]) == pytest.approx(ten_means.interval())


def test_clusters_are_kept_with_the_verdicts(tmp_path):
    labelled = replace(made_verdicts(["+-", "-+"]), clusters={"q0": "x", "q1": "y"})
    write_verdicts(tmp_path / "v.parquet", labelled)
    assert read_verdicts(tmp_path / "v.parquet").clusters == {"q0": "x", "q1": "y"}
    write_verdicts(tmp_path / "w.parquet", made_verdicts("+"))
    assert read_verdicts(tmp_path / "w.parquet").clusters is None
