import csv
import json
from io import StringIO

import pytest

from evaluation.made_verdicts import made_verdicts
from gradus.evaluation import ablation_csv
from gradus.evaluation.ablation import build
from gradus.evaluation.ablation_table import NORMAL, render_markdown
from gradus.evaluation.answers import all_answers
from gradus.evaluation.comparisons import compare
from gradus.evaluation.scores import summarise
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import ComparedPair, Table, TableBenchmark, TableExperiment
from gradus.statistics.crossed import accuracy_interval

BENCHMARKS = [TableBenchmark(name="math", title="MATH | half"), TableBenchmark(name="aime", title="AIME 2024")]
ABOUT = {"description": "", "checkpoint": None, "backend": "torch"}
BASE, TRAINED = {"trained": False, "parent": "", **ABOUT}, {"trained": True, "parent": "base", **ABOUT}
EXPERIMENTS = [
    TableExperiment(name="base", runs=["base"], title="Baseline", stage="base", method="", **BASE),
    TableExperiment(name="sft", runs=["sft"], title="SFT", stage="sft", method="lora", **TRAINED),
    TableExperiment(name="grpo", runs=["grpo"], title="GRPO_v2", stage="grpo", method="full", **TRAINED),
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


COMPARED = [ComparedPair(a="base", b=name, role="baseline") for name in NAMES[1:]]


def made_inputs(verdicts, table=TABLE, compared=COMPARED, **about):
    """What `build` is given, where experiments have the table's runs."""
    runs = {experiment.name: experiment.runs for experiment in table.experiments}
    benchmarks = [benchmark.name for benchmark in table.benchmarks]
    scores = {
        (e, b): summarise(v, experiment=e, benchmark=b, protocol={}, digests={}, prompt="")
        for (e, b), v in verdicts.items()
    }
    rows = compare(verdicts, runs=runs, benchmarks=benchmarks, compared=compared, **about)
    return {"table": table, "scores": scores, "answers": all_answers(verdicts, runs), "comparisons": rows}


@pytest.fixture
def inputs():
    return made_inputs(VERDICTS)


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
    assert 0.1 < ablation["benchmarks"][0]["detectable"] < 0.4
    assert grpo["math"]["star"] == "☆"
    assert grpo["math"]["runs"] == [{"run": "grpo", "accuracy": 0.8}]


def test_the_smallest_gain_is_that_of_the_median_experiment(inputs):
    found = [row["detectable"] for row in inputs["comparisons"] if row["benchmark"] == "math"]
    assert build(**inputs)["benchmarks"][0]["detectable"] == pytest.approx(sum(found) / 2)
    for row in inputs["comparisons"]:
        row["detectable"] = None
    assert build(**inputs)["benchmarks"][0]["detectable"] is None


def test_cells_are_compared_with_the_baseline_whatever_else_is_compared(inputs):
    """Rows between neighbours are in comparisons.csv; they give the table neither a difference nor a star."""
    plain = build(**inputs)["experiments"]
    rows = made_inputs(VERDICTS, compared=[*COMPARED, ComparedPair(a="sft", b="grpo", role="pair")])["comparisons"]
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
    assert "| 0.0% [0.0, 11.4]" in table[2]
    assert "| – " in table[3]
    assert "| **GRPO_v2**  | **80.0% ±14.8** ☆ " in table[4]
    assert "| **10.0% [3.5, 25.6]** " in table[4]
    assert "25.6]** ☆" not in table[4]
    assert "Wilson" in text
    assert r"counted as wrong (all experiments): MATH \| half 1." in text
    assert "| 30  |" in text
    assert "0.70 measured" in text
    assert "One training run: intervals are over questions only" in text
    assert "study's questions" not in text
    assert "0.50 assumed" in text


def test_markdown_with_the_published_interval(inputs):
    text = render_markdown(build(**inputs), interval=NORMAL)
    assert "| 50.0% ±15.5" in text
    assert "too narrow" in text


def test_ties_are_all_best_and_equal_columns_have_none():
    verdicts = {**VERDICTS, ("sft", "math"): VERDICTS["grpo", "math"], ("grpo", "aime"): VERDICTS["base", "aime"]}
    rows = build(**made_inputs(verdicts))["experiments"]
    assert [row["cells"]["math"]["best"] for row in rows] == [False, True, True]
    assert [row["cells"].get("aime", {}).get("best") for row in rows] == [False, None, False]


def test_csv(inputs):
    header, *rows = csv.reader(StringIO(ablation_csv.render(build(**inputs))))
    assert header[:8] == ["experiment", "run", "title", "parent", "checkpoint", "stage", "backend", "method"]
    assert header[8:14] == [f"math_{part}" for part in ("accuracy", "lo", "hi", "n", "samples", "runs")]
    assert rows[0][:8] == ["base", "", "Baseline", "", "", "base", "torch", ""]
    assert rows[0][8:14] == ["0.5", "0.351995", "0.648005", "40", "1", "1"]
    assert rows[1][14:] == [""] * 6


def test_several_samples_a_question():
    aime = {"base": made_verdicts(["++", "+-", "--", "-+", "++"]), "grpo": made_verdicts(["++"] * 4 + ["+-"])}
    inputs = made_inputs({**VERDICTS, **{(name, "aime"): verdicts for name, verdicts in aime.items()}})
    table = build(**inputs)
    [row] = [row for row in inputs["comparisons"] if row["benchmark"] == "aime"]
    assert table["benchmarks"][1]["detectable"] == row["detectable"]
    assert table["benchmarks"][1]["samples"] == 2
    text = render_markdown(table)
    assert "AIME 2024 (n=5, avg@2)" in text
    assert "score test of means over samples and runs" in " ".join(text.split())


def test_a_benchmark_that_the_baseline_is_not_asked_has_its_samples_and_no_stars():
    left = {cell: of for cell, of in VERDICTS.items() if cell[1] == "math"}
    table = build(**made_inputs(left | {("grpo", "aime"): made_verdicts(["++"] * 4 + ["+-"])}))
    column, cells = table["benchmarks"][1], [row["cells"] for row in table["experiments"]]
    assert (column["n"], column["samples"], column["detectable"]) == (5, 2, None)
    assert [list(of) for of in cells] == [["math"], ["math"], ["math", "aime"]]
    assert "delta_vs_baseline" not in cells[2]["aime"]
    text = " ".join(render_markdown(table).split())
    assert "AIME 2024 (n=5, avg@2)" in text
    assert "–: the experiment was not asked this benchmark." in text


SEEDS = {
    ("base", "math"): VERDICTS["base", "math"],
    ("sft", "math"): made_verdicts("+" * 30 + "-" * 10),
    ("sft.seed-1", "math"): made_verdicts("+" * 28 + "-" * 11 + "?"),
    ("sft.seed-2", "math"): made_verdicts("+" * 32 + "-" * 8),
    ("grpo", "math"): VERDICTS["grpo", "math"],
}
SEED_TABLE = TABLE.model_copy(
    update={
        "benchmarks": BENCHMARKS[:1],
        "experiments": [
            EXPERIMENTS[0],
            EXPERIMENTS[1].model_copy(update={"runs": ["sft", "sft.seed-1", "sft.seed-2"]}),
            EXPERIMENTS[2],
        ],
    }
)


def test_several_training_runs():
    ablation = build(**made_inputs(SEEDS, SEED_TABLE))
    base, sft, grpo = (row["cells"]["math"] for row in ablation["experiments"])
    values = [[1] * right + [0] * (40 - right) for right in (30, 28, 32)]
    assert sft["accuracy"] == pytest.approx(0.75)
    assert sft["ci95"] == list(accuracy_interval(values))
    assert (sft["correct"], sft["n"], sft["unknown"], sft["samples"]) == (90, 40, 1, 1)
    assert [run["accuracy"] for run in sft["runs"]] == [0.75, 0.7, 0.8]
    assert [run["run"] for run in sft["runs"]] == ["sft", "sft.seed-1", "sft.seed-2"]
    assert (base["star"], sft["star"], grpo["star"]) == ("", "★", "☆")
    text = render_markdown(ablation)
    assert "| **SFT** (3 runs) | 75.0% ±" in text
    assert "★ " in text.splitlines()[3]
    assert "an interval over questions and runs" in " ".join(text.split())
    header, *rows = csv.reader(StringIO(ablation_csv.render(ablation)))
    runs = ["", "", "sft", "sft.seed-1", "sft.seed-2", ""]
    assert [row[1] for row in rows] == runs
    assert [row[8] for row in rows[1:5]] == ["0.75", "0.75", "0.7", "0.8"]
    assert rows[3][9:] == ["", "", "40", "1", "1"]
    assert {len(row) for row in rows} == {len(header)}


def test_runs_that_agree_have_the_width_of_questions():
    alike = {key: VERDICTS["sft", "math"] if key[0].startswith("sft") else v for key, v in SEEDS.items()}
    cell = build(**made_inputs(alike, SEED_TABLE))["experiments"][1]["cells"]["math"]
    assert cell["ci95"][1] - cell["ci95"][0] == pytest.approx(0.295, abs=0.02)


def test_the_studys_questions():
    compared = [*COMPARED, ComparedPair(a="sft", b="grpo", role="primary", question="RL | more than SFT")]
    verdicts = {**VERDICTS, ("sft", "aime"): made_verdicts("+" * 2 + "-" * 28)}
    inputs = made_inputs(verdicts, compared=compared, margin=0.2)
    text = render_markdown(build(**inputs), inputs["comparisons"])
    part = text.split("## The study's questions\n\n")[1].splitlines()
    assert part[0] == r"- **RL \| more than SFT (GRPO_v2 against SFT)**, the primary comparison:"
    # A difference beyond the margin is not called "not shown to be alike" besides.
    assert part[1] == r"  - +35.0 points [+22.1, +50.5] on MATH \| half, shown to differ ☆ (p < 0.001)."
    assert part[2].startswith("  - +3.3 points [−8.4, +16.7] on AIME 2024, not shown to differ (p = 1.00), could have")
    assert part[2].endswith("; shown to be alike within 20 points (p = 0.011).")
    assert part[3] == ""


def test_unequal_benchmarks_and_unknown_baselines_are_refused(inputs):
    with pytest.raises(GradusError, match="baseline other is no experiment"):
        build(**{**inputs, "table": TABLE.model_copy(update={"baseline": "other"})})
    inputs["scores"]["sft", "aime"] = {**inputs["scores"]["base", "aime"], "n": 29}
    with pytest.raises(GradusError, match="aime: sft answered 29 questions but base 30"):
        build(**inputs)
    gsm = TableBenchmark(name="gsm", title="GSM8K")
    with pytest.raises(GradusError, match="gsm: no experiment was evaluated"):
        build(**{**inputs, "table": TABLE.model_copy(update={"benchmarks": [gsm]})})


def test_a_study_of_the_baseline_alone():
    alone = {key: value for key, value in VERDICTS.items() if key[0] == "base"}
    ablation = build(**made_inputs(alone, TABLE.model_copy(update={"experiments": EXPERIMENTS[:1]}), []))
    text = render_markdown(ablation)
    assert "0.50 assumed" in text
    assert "**50.0%" not in text
