"""report.md: every sentence from the numbers that it tells of."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gradus.reporting.inputs import ReportInputs
from gradus.reporting.ledger import LedgerRow
from gradus.reporting.limits import limits
from gradus.reporting.loading import load_inputs
from gradus.reporting.words import report_text
from reporting.made_ablation import EXPERIMENTS, MadeStudy
from reporting.study_files import files_of, write_study

SECTIONS = [
    *(
        "Questions",
        "Against Baseline",
        "All results",
        "Votes",
        "How it was trained",
        "Stages of fine-tuning",
        "Domain tokens",
        "Costs",
        "Other graders",
        "Limits",
    ),
]


@pytest.fixture(scope="module")
def text(loaded: ReportInputs) -> str:
    return report_text(loaded)


def _section(text: str, title: str) -> str:
    return text.partition(f"## {title}\n\n")[2].partition("\n## ")[0]


def test_all_parts_are_there_once(text: str) -> None:
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == SECTIONS
    assert text.startswith(
        "# Does reinforcement learning need SFT?\n\nStudy `made`, seed 7: 5 experiments, 2 benchmarks,"
    )
    assert "360 graded answers" in text  # 5 experiments, 60 and 12 questions
    assert "\n\n\n" not in text
    assert text.endswith("\n")


def test_a_question_is_answered_with_numbers_interval_and_test(inputs: ReportInputs, text: str) -> None:
    [row] = [
        r for r in inputs.comparisons if (r["a"], r["b"], r["benchmark"]) == ("direct_rl", "sft_then_rl", "math500")
    ]
    said = _section(text, "Questions")
    assert said.startswith("**SFT → RL against Direct RL (GRPO v1)**\n\n- MATH-500: ")
    line = said.splitlines()[2]
    assert f"{100 * row['accuracy_b']:.1f}% against {100 * row['accuracy_a']:.1f}%, " in line
    assert f"{100 * row['delta']:+.1f} points".replace("-", "−") in line
    low, high = (f"{100 * row[end]:+.1f}".replace("-", "−") for end in ("ci95_lo", "ci95_hi"))
    assert f"(95% interval {low} to {high}, adjusted p " in line
    assert "paired on 60 problems)" in line
    gained, lost = map(int, re.findall(r"wrong to right (\d+), right to wrong (\d+)", line)[0])
    assert gained - lost == round(60 * row["delta"])


def test_experiments_are_better_or_worse_only_where_a_test_says_so(inputs: ReportInputs, text: str) -> None:
    lines = _section(text, "Against Baseline").splitlines()
    for line, benchmark in zip(lines, ("math500", "aime2024"), strict=True):
        for row in inputs.comparisons:
            if row["benchmark"] == benchmark and row["a"] == "baseline":
                title = next(entry[1] for entry in EXPERIMENTS if entry[0] == row["b"])
                parts = line.partition("not shown to differ: ")
                assert title in (parts[0] if row["p_adjusted"] < 0.05 else parts[2])


def test_the_costs_are_those_of_the_ledger(inputs: ReportInputs, text: str) -> None:
    wall = sum(row.wall_seconds for row in inputs.ledger)
    said = _section(text, "Costs")
    assert said.startswith(f"In all {int(wall) // 3600} h ")
    assert f"({len(inputs.ledger)} jobs, " in said
    chained = replace(
        inputs,
        ledger=[LedgerRow("sft", "models/sft", 90.0, 0.0, 1, 2, 0.0, "here", 1)],
        chains={"sft": [["models/sft"]]},
    )
    assert re.search(r"\| SFT \(custom traces\) \| 1\.5 +\| 1\.5 +\|", _section(report_text(chained), "Costs"))


def test_votes_are_told_with_what_the_tests_say(inputs: ReportInputs, text: str) -> None:
    cell = inputs.votes[0]
    vote = cell.vote(16)
    assert vote is not None
    line = next(line for line in _section(text, "Votes").splitlines() if line.startswith("- Baseline on MATH-500"))
    assert f"{100 * vote.value:.1f}%" in line
    assert f"maj@16: {100 * vote.gains['greedy'].delta:+.1f} points over greedy" in line


def test_recipes_say_what_differs(text: str) -> None:
    assert (
        "- **SFT → RL**: from SFT (custom traces); algorithm grpo; LoRA rank 16, scale α 32; learning rate 4e-05, "
        "constant; 80 steps of 16 problems × 8; on train; reward correct. Differs from Direct RL (GRPO v1) in `from` "
        "SFT (custom traces) (there Baseline)."
    ) in text


def test_experiments_with_one_training_run_are_named_as_such(inputs: ReportInputs) -> None:
    first = next(limits(inputs))
    assert first.startswith("One training run: intervals are over questions only for SFT (custom traces), Direct RL")
    assert "Baseline" not in first
    ablation = {**inputs.ablation, "experiments": [dict(entry) for entry in inputs.experiments]}
    runs = [{"run": f"direct_rl.{k}", "accuracy": 0.5} for k in range(3)]
    cells = inputs.experiments[2]["cells"].items()
    ablation["experiments"][2]["cells"] = {b: {**cell, "runs": runs} for b, cell in cells}
    once, several, *_ = limits(replace(inputs, ablation=ablation))  # ty: ignore[invalid-argument-type]
    assert "Direct RL" not in once
    assert several == "Several training runs, whose spread the intervals hold: Direct RL (GRPO v1) (3)."


def test_limits_count_what_was_cut_and_what_could_not_be_judged(inputs: ReportInputs) -> None:
    said = list(limits(inputs))
    score = inputs.evals["sft", "aime2024"]
    share = score["truncated"] / 12
    assert share > 0.05
    [cut] = [line for line in said if line.startswith("Answers on AIME 2024 that reached the longest length")]
    assert f"SFT (custom traces) {100 * share:.1f}%" in cut
    unknown = {(name, "aime2024"): {**score, "unknown": number} for name, number in (("sft", 3), ("baseline", 4))}
    judged = limits(replace(inputs, evals=unknown))  # ty: ignore[invalid-argument-type]
    assert "7 answers on AIME 2024 could not be judged and count as wrong." in list(judged)
    assert any(line.startswith("AIME 2024 has 12 questions: ") for line in said)


def test_what_a_study_has_not_got_is_not_in_it(inputs: ReportInputs) -> None:
    bare = report_text(ReportInputs(inputs.ablation))
    assert re.findall(r"^## (.*)", bare, re.MULTILINE) == ["All results", "Limits"]


def test_titles_cannot_break_the_markdown(tmp_path: Path) -> None:
    experiments = [(n, f"{t} | *x*", *rest) for n, t, *rest in EXPERIMENTS]
    results = write_study(tmp_path, MadeStudy(experiments=experiments))  # ty: ignore[invalid-argument-type]
    text = report_text(load_inputs(files_of(results), title="# <b>"))
    assert text.startswith("# # \\<b>\n")
    assert r"**SFT → RL \| \*x\* against Direct RL (GRPO v1) \| \*x\***" in text


def test_domain_tokens_are_told_where_a_model_has_any(text: str) -> None:
    lines = [line for line in _section(text, "Domain tokens").splitlines() if line.startswith("| SFT")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells == [
        ["SFT (custom traces)", "MATH-500", "mul", "60", "60", "1.00", "66.7%"],
        ["SFT (custom traces)", "AIME 2024", "mul", "12", "12", "1.00", "66.7%"],
    ]
