import csv
import json
from io import StringIO

import pytest

from evaluation.made_verdicts import made_verdicts
from gradus.evaluation.ablation import build
from gradus.evaluation.ablation_table import NORMAL, render_csv, render_markdown
from gradus.evaluation.comparisons import compare, typical_correlation
from gradus.evaluation.power import minimum_detectable_mean_difference
from gradus.evaluation.scores import summarise
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import Table, TableBenchmark, TableExperiment

BENCHMARKS = [TableBenchmark(name="math", title="MATH | half"), TableBenchmark(name="aime", title="AIME 2024")]
ABOUT = {"description": "", "checkpoint": None, "backend": "torch"}
EXPERIMENTS = [
    TableExperiment(name="base", title="Baseline", stage="base", method="", parent="", **ABOUT),
    TableExperiment(name="sft", title="SFT", stage="sft", method="lora", parent="base", **ABOUT),
    TableExperiment(name="grpo", title="GRPO_v2", stage="grpo", method="full", parent="base", **ABOUT),
]
TABLE = Table(study="toy", title="Toy", seed=0, benchmarks=BENCHMARKS, experiments=EXPERIMENTS, baseline="base")
NAMES = [experiment.name for experiment in EXPERIMENTS]
VERDICTS = {
    ("base", "math"): made_verdicts("+" * 20 + "-" * 20),
    ("sft", "math"): made_verdicts("+" * 18 + "-" * 22),
    ("grpo", "math"): made_verdicts("+" * 32 + "-" * 7 + "?"),
    ("base", "aime"): made_verdicts("-" * 30),
    ("grpo", "aime"): made_verdicts("+" * 3 + "-" * 27),
}


@pytest.fixture
def inputs():
    study = {"experiments": NAMES, "benchmarks": ["math", "aime"], "baseline": "base"}
    return {
        "table": TABLE,
        "scores": {
            (e, b): summarise(v, experiment=e, benchmark=b, protocol={}, digests={}, prompt="")
            for (e, b), v in VERDICTS.items()
        },
        "comparisons": compare(VERDICTS, **study),
        "correlation": typical_correlation(VERDICTS, **study),
    }


def test_structure(inputs):
    ablation = json.loads(json.dumps(build(**inputs)))
    assert [b["n"] for b in ablation["benchmarks"]] == [40, 30]
    base, sft, grpo = (experiment["cells"] for experiment in ablation["experiments"])
    assert set(sft) == {"math"}
    assert "p_adjusted" not in base["math"]
    assert (base["math"]["best"], grpo["math"]["best"], grpo["math"]["correct"]) == (False, True, 32)
    assert grpo["math"]["delta_vs_baseline"] == pytest.approx(0.3)
    assert grpo["math"]["p_adjusted"] == pytest.approx(2 * 2 / 2**12)
    assert ablation["benchmarks"][0]["correlation_measured"]
    assert ablation["benchmarks"][1]["correlation"] == 0.5  # the baseline is always wrong there: nothing to measure
    assert 0.1 < ablation["benchmarks"][0]["detectable"] < 0.3


def test_cells_are_compared_with_the_baseline_whatever_else_is_compared(inputs):
    """Rows between neighbours are in comparisons.csv; they give the table neither a difference nor a star."""
    plain = build(**inputs)["experiments"]
    study = {"experiments": NAMES, "benchmarks": ["math", "aime"], "baseline": "base"}
    rows = compare(VERDICTS, **study, neighbours=[("sft", "grpo"), ("grpo", "sft")])
    assert {(row["a"], row["b"]) for row in rows if row["a"] != "base"} == {("sft", "grpo")}
    for comparisons in (rows, rows[::-1]):
        cells = [row["cells"] for row in build(**{**inputs, "comparisons": comparisons})["experiments"]]
        assert [cell["math"].get("delta_vs_baseline") for cell in cells] == [
            row["cells"]["math"].get("delta_vs_baseline") for row in plain
        ]
        # Of three comparisons, not two: Holm over the benchmark's family.
        assert cells[2]["math"]["p_adjusted"] == next(
            row["p_adjusted"] for row in rows if (row["a"], row["b"], row["benchmark"]) == ("base", "grpo", "math")
        )


def test_markdown(inputs):
    text = render_markdown(build(**inputs))
    lines = text.splitlines()
    table = lines[:5]
    assert len({len(line) for line in table}) == 1
    assert [len(line.replace(r"\|", "").split("|")) for line in table] == [5] * 5
    assert table[0].startswith(r"| Experiment   | MATH \| half (n=40)")
    assert "| 50.0% ±14.8" in table[2]
    assert "| 0.0% ±11.4" in table[2]
    assert "| – " in table[3]
    assert r"| **GRPO_v2**  | **80.0% ±14.8** * " in table[4]
    assert "| **10.0% ±15.6** " in table[4]
    assert "10.0% ±15.6** *" not in table[4]
    assert "Wilson" in text
    assert r"counted as wrong (all experiments): MATH \| half 1." in text
    assert "| 30  |" in text
    assert "0.70 measured" in text
    assert "0.50 assumed" in text


def test_markdown_with_the_published_interval(inputs):
    text = render_markdown(build(**inputs), interval=NORMAL)
    assert "| 50.0% ±15.5" in text
    assert "too narrow" in text


def test_ties_are_all_best_and_equal_columns_have_none(inputs):
    inputs["scores"]["sft", "math"] = inputs["scores"]["grpo", "math"]
    inputs["scores"]["grpo", "aime"] = inputs["scores"]["base", "aime"]
    rows = build(**inputs)["experiments"]
    assert [row["cells"]["math"]["best"] for row in rows] == [False, True, True]
    assert [row["cells"].get("aime", {}).get("best") for row in rows] == [False, None, False]


def test_csv(inputs):
    header, *rows = csv.reader(StringIO(render_csv(build(**inputs))))
    assert header[:7] == ["experiment", "title", "parent", "checkpoint", "stage", "backend", "method"]
    assert header[7:11] == ["math_accuracy", "math_lo", "math_hi", "math_n"]
    assert rows[0][:11] == ["base", "Baseline", "", "", "base", "torch", "", "0.5", "0.351995", "0.648005", "40"]
    assert rows[1][11:] == [""] * 4


def test_several_samples_a_question(inputs):
    verdicts = {"base": made_verdicts(["++", "+-", "--", "-+", "++"]), "grpo": made_verdicts(["++"] * 4 + ["+-"])}
    evals = {
        (e, "aime"): summarise(v, experiment=e, benchmark="aime", protocol={}, digests={}, prompt="")
        for e, v in verdicts.items()
    }
    math = {key: value for key, value in inputs["scores"].items() if key[1] == "math"}
    table = build(**{**inputs, "scores": math | evals})
    expected = minimum_detectable_mean_difference(5, 0.6, evals["base", "aime"]["question_sd"])
    assert table["benchmarks"][1]["detectable"] == expected
    assert table["benchmarks"][1]["samples"] == 2
    text = render_markdown(table)
    assert "AIME 2024 (n=5, avg@2)" in text
    assert "sign-flip" in text


def test_unequal_benchmarks_and_unknown_baselines_are_refused(inputs):
    with pytest.raises(GradusError, match="baseline other is no experiment"):
        build(**{**inputs, "table": TABLE.model_copy(update={"baseline": "other"})})
    inputs["scores"]["sft", "aime"] = {**inputs["scores"]["base", "aime"], "n": 29}
    with pytest.raises(GradusError, match="aime: sft answered 29 questions but base 30"):
        build(**inputs)
    gsm = TableBenchmark(name="gsm", title="GSM8K")
    with pytest.raises(GradusError, match="gsm: no experiment was evaluated"):
        build(**{**inputs, "table": TABLE.model_copy(update={"benchmarks": [gsm]})})


def test_a_study_of_the_baseline_alone(inputs):
    evals = {key: value for key, value in inputs["scores"].items() if key[0] == "base"}
    ablation = build(TABLE.model_copy(update={"experiments": EXPERIMENTS[:1]}), evals, [])
    text = render_markdown(ablation)
    assert "0.50 assumed" in text
    assert "**50.0%" not in text


PUBLISHED = {"grpo": {"math": 0.902, "aime": 0.1}, "sft": {"aime": 0.35}}


def with_published(inputs):
    experiments = [e.model_copy(update={"published": PUBLISHED.get(e.name, {})}) for e in EXPERIMENTS]
    table = TABLE.model_copy(update={"experiments": experiments, "published_from": "Some_one 2025"})
    return {**inputs, "table": table}


def test_published_values_are_below_the_measured_ones(inputs):
    ablation = json.loads(json.dumps(build(**with_published(inputs))))
    base, sft, grpo = ablation["experiments"]
    assert "published" not in base
    assert sft["published"] == {"aime": {"value": 0.35, "delta": None, "inside": None}}
    # 32 of 40: Wilson's interval is 65.2 to 89.5%, which 90.2% is beyond; that of 3 of 30 holds 10%
    assert grpo["published"]["math"] == {"value": 0.902, "delta": pytest.approx(-0.102), "inside": False}
    assert grpo["published"]["aime"] == {"value": 0.1, "delta": 0.0, "inside": True}
    text = render_markdown(ablation)
    lines = text.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:7]] == [
        *("**Baseline**", "**SFT**", "published", "**GRPO_v2**", "published")
    ]
    assert [cell.strip() for cell in lines[4].split("|")[2:4]] == ["", "35.0%"]
    assert [cell.strip() for cell in lines[6].split("|")[2:4]] == ["90.2% (−10.2) †", "10.0% (0.0)"]
    assert len({len(line) for line in lines[:7]}) == 1
    assert "- published: Some_one 2025. In brackets" in text


def test_published_values_in_the_csv(inputs):
    header, base, sft, grpo = csv.reader(StringIO(render_csv(build(**with_published(inputs)))))
    assert header[15:] == [
        f"{b}_{part}" for b in ("math", "aime") for part in ("published", "less_published", "published_inside")
    ]
    assert base[15:] == [""] * 6
    assert sft[15:] == ["", "", "", "0.35", "", ""]
    assert grpo[15:] == ["0.902", "-0.102", "false", "0.1", "0", "true"]


def test_a_benchmark_of_published_values_alone(inputs):
    given = with_published(inputs)
    given["scores"] = {key: value for key, value in given["scores"].items() if key[1] == "math"}
    ablation = build(**given)
    assert ablation["benchmarks"][1]["n"] is None
    text = render_markdown(ablation)
    assert "AIME 2024 (not measured)" in text
    assert "35.0%" in text
    assert render_csv(ablation).splitlines()[3].endswith(",0.902,-0.102,false,0.1,,")
