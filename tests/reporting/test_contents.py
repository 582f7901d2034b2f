"""What goes into the page: loaded from files, chosen for the browser, laid out in tables."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from gradus.evaluation.votes.cells import PLAIN
from gradus.provenance.errors import GradusError
from gradus.reporting import costs, formats, rebuild, results, samples, votes
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.plots.marks import marks_of
from reporting.made_ablation import VERDICTS
from reporting.study_files import files_of, write_study


def test_all_files_of_a_study_are_found(results: Path, inputs: ReportInputs) -> None:
    assert list(inputs.metrics) == ["sft", "direct_rl", "sft_then_rl", "grpo_v2", "student"]
    assert list(inputs.samples) == [(e["name"], b) for e in inputs.experiments for b in ("math500", "aime2024")]
    assert list(inputs.traces) == ["math_hard", "olympiad"]
    assert inputs.comparisons[0]["n"] == 60
    assert len(inputs.provenance.specs["models/sft"]) == 64


def test_runs_are_shown_in_the_order_of_the_table_and_others_after_them(results: Path) -> None:
    files = files_of(results)
    assert list(files.metrics) == sorted(files.metrics)
    backwards = replace(files, metrics=dict(reversed(files.metrics.items())))
    assert list(load_inputs(backwards).metrics) == ["sft", "direct_rl", "sft_then_rl", "grpo_v2", "student"]


def test_verdicts_that_lack_a_sample_are_refused(tmp_path: Path) -> None:
    results = write_study(tmp_path)
    path = results / "eval" / "sft" / "math500.verdicts.parquet"
    parquet.write_table(pa.Table.from_pylist(parquet.read_table(path).to_pylist()[1:], VERDICTS), path)
    with pytest.raises(GradusError, match=r"sft/math500\.verdicts\.parquet: no verdict for problem 'math500/0000'"):
        load_inputs(files_of(results))


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("models/sft/metrics.jsonl", '{"step": 1}\n{"step": ', r"metrics\.jsonl, line 2: not JSON"),
        ("comparisons.csv", "a,b,benchmark,n\nx,y,z,1\n", r"comparisons\.csv: no column role"),
        ("votes.csv", "experiment,benchmark\nx,y\n", r"votes\.csv: no column counting, k, maj"),
        ("pass_at_k.csv", "experiment,benchmark\nx,y\n", r"pass_at_k\.csv: no column k, pass, pass_lo"),
        ("stages.csv", "experiment,run\nx,y\n", r"stages\.csv: no column title, parent, stage"),
        ("lengths.csv", "experiment,benchmark\nx,y\n", r"lengths\.csv: no column outcome, completions"),
        ("ablation.json", '{"study": "made"}', r"ablation\.json: no `benchmarks`"),
    ],
)
def test_a_malformed_file_is_named(tmp_path: Path, file: str, text: str, message: str) -> None:
    results = write_study(tmp_path)
    (results / file).write_text(text, encoding="utf-8")
    with pytest.raises(GradusError, match=message):
        load_inputs(files_of(results))


def test_the_table_says_what_a_reader_needs(inputs: ReportInputs) -> None:
    section = results.section(inputs, marks_of(inputs))
    cell = inputs.experiments[4]["cells"]["math500"]
    shown = section["rows"][4]["cells"][0]
    assert shown["accuracy"] == f"{100 * cell['accuracy']:.1f}%"
    low, high = cell["ci95"]
    assert shown["arm"] == f"±{100 * max(cell['accuracy'] - low, high - cell['accuracy']):.1f}"
    # of one training run
    assert shown["star"] == ("☆" if cell["p_adjusted"] < 0.05 else "")
    assert shown["best"]
    assert shown["tip"].splitlines()[:2] == [
        "GRPO v2 (hard problems) on MATH-500",
        f"{cell['correct']} of 60 right: {100 * cell['accuracy']:.2f}%",
    ]
    assert section["rows"][0]["about"] == "no training"
    assert section["rows"][3]["about"] == "GRPO · LoRA · torch · one run"
    assert section["rows"][3]["parent"] == "SFT (custom traces)"
    assert section["rows"][1]["parent"] == ""


def test_an_experiment_without_an_evaluation_has_an_empty_cell(inputs: ReportInputs) -> None:
    ablation = json.loads(json.dumps(inputs.ablation))
    del ablation["experiments"][1]["cells"]["aime2024"]
    section = results.section(replace(inputs, ablation=ablation), marks_of(inputs))
    assert section["rows"][1]["cells"][1] is None


def test_completions_are_chosen_alike_in_all_cells(inputs: ReportInputs) -> None:
    marks = marks_of(inputs)
    section = samples.section(inputs, marks)
    assert section is not None
    assert section["limit"] == 24
    cells = section["data"]["cells"]
    assert sum(o["total"] for cell in cells for o in cell["outcomes"].values()) == section["total"] == 5 * 72
    for cell in cells:
        assert all(len(o["items"]) == min(24, o["total"]) for o in cell["outcomes"].values())
    # of two cells with many right answers, those chosen are the first in rank of each
    few = samples.section(inputs, marks, budget=30_000)
    assert few is not None
    assert few["limit"] < 24
    assert len(json.dumps(few["data"], ensure_ascii=False).encode()) <= 30_000
    cell = next(c for c in few["data"]["cells"] if "right" in c["outcomes"] and c["b"] == 0)
    name = few["data"]["experiments"][cell["e"]]["name"]
    right = [s["id"] for s in inputs.samples[name, "math500"] if s["correct"]]
    chosen = {few["data"]["problems"][0][item["p"]]["id"] for item in cell["outcomes"]["right"]["items"]}
    assert chosen == set(sorted(right, key=samples.rank)[: few["limit"]])


def test_every_shown_problem_knows_its_outcome_in_every_experiment(inputs: ReportInputs) -> None:
    section = samples.section(inputs, marks_of(inputs))
    assert section is not None
    for cell in section["data"]["cells"]:
        for key, found in cell["outcomes"].items():
            for item in found["items"]:
                assert section["data"]["problems"][cell["b"]][item["p"]]["outcomes"][cell["e"]] == key[0]


def test_votes_have_one_row_per_benchmark_and_experiment(inputs: ReportInputs) -> None:
    section = votes.section(inputs, [], marks_of(inputs))
    assert section is not None
    assert [(row["benchmark"], row["mark"].name) for row in section["rows"]] == [
        *[("MATH-500", "baseline"), ("MATH-500", "grpo_v2"), ("AIME 2024", "baseline"), ("AIME 2024", "grpo_v2")]
    ]
    assert [" ".join(title).strip() for title in section["columns"]] == [
        *("maj@1", "maj@2", "maj@4", "maj@8", "maj@16", "Greedy", "maj@16 over greedy", "maj@16 over maj@1")
    ]
    assert section["ks"] == ["2", "4", "8", "16"]
    assert all(len(row["cells"]) == 8 for row in section["rows"])


def test_bold_votes_are_those_that_are_shown_to_beat_greedy_and_one_sample(inputs: ReportInputs) -> None:
    section = votes.section(inputs, [], marks_of(inputs))
    assert section is not None
    cells = [cell for row in section["rows"] for cell in row["cells"]]
    known = [vote for own in inputs.votes for vote in own.votes if vote.counting == PLAIN]
    by_value = {f"{vote.value:.6g}": vote for vote in known}
    for cell in cells:
        vote = by_value.get(f"{cell['sort']:.6g}")
        if cell["best"]:
            assert vote is not None
            assert vote.gains["greedy"].better
            assert vote.gains["single"].better
    # the highest of each row, which was bold before, is not shown to be better everywhere
    assert 0 < sum(cell["best"] for cell in cells) < len(section["rows"]) * 4
    gain = section["rows"][1]["cells"][-1]
    own = inputs.votes[2].vote(16)
    assert own is not None
    assert gain["text"] == f"{formats.points(own.gains['single'].delta)} ☆"
    assert gain["arm"].startswith("[")
    assert "p\u00a0" in gain["tip"]


def test_every_number_has_its_interval(inputs: ReportInputs) -> None:
    section = votes.section(inputs, [], marks_of(inputs))
    assert section is not None
    for row in section["rows"]:
        assert all(cell["arm"].startswith(("±", "[")) for cell in row["cells"])


def test_weighted_votes_are_below_the_plain_ones(inputs: ReportInputs) -> None:
    section = votes.section(inputs, [], marks_of(inputs))
    assert section is not None
    assert [row["vote"] for row in section["weighted"][:4]] == ["one each", "by length", "by 1 / length", "one each"]
    plain, _, estimated = (row["cells"][0] for row in section["weighted"][:3])
    assert plain["best"] is False
    assert estimated["text"].startswith("≈")
    assert estimated["sort"] > plain["sort"]
    assert "A vote counts 1 / its tokens" in estimated["tip"]
    assert "standard error 0.20 points" in estimated["tip"]
    assert "a standard error of at most 0.20 points" in section["notes"][-1]
    hidden = "Votes by reward equal one each in all digits shown and have no rows"
    assert section["weighted_notes"][-1].startswith(hidden)


def test_votes_without_weights_have_one_table(inputs: ReportInputs) -> None:
    plain = [replace(own, votes=[vote for vote in own.votes if vote.counting == PLAIN]) for own in inputs.votes]
    section = votes.section(replace(inputs, votes=plain), [], marks_of(inputs))
    assert section is not None
    assert (section["weighted"], section["weighted_notes"]) == ([], [])


def test_costs_leave_out_what_nothing_was_spent_on(inputs: ReportInputs) -> None:
    section = costs.section(inputs)
    assert section is not None
    assert section["columns"] == ["Job time", "GPU time", "Tokens in", "Tokens out", "Attempts"]
    assert [row["name"] for row in section["stages"]] == ["sft", "grpo", "samples", "scores"]
    assert section["total"]["jobs"] == len(inputs.ledger)


def test_every_file_has_the_command_that_builds_it(results: Path, inputs: ReportInputs) -> None:
    section = rebuild.section(inputs)
    rows = {row["file"]: row for group in section["groups"] for row in group["rows"]}
    row = rows["samples/sft/math500.parquet"]
    assert row["command"] == f"snakemake {results}/samples/sft/math500.parquet"
    assert row["digest"] == inputs.evals["sft", "math500"]["digests"]["samples"][:12]
    assert row["spec"] == inputs.provenance.specs["samples/sft/math500"][:12]
    assert rows["ablation.json"]["command"] == f"snakemake {results}/ablation.json"
    assert "problems/math500.parquet" in rows
    assert "models/grpo_v2/metrics.jsonl" in rows
    assert section["seed"] == 7
    assert section["protocols"][0]["settings"] == [("max tokens", "2048"), ("temperature", "0")]
