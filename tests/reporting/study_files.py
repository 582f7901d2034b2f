"""A small study with every kind of file that a report reads, in the shape of the published ablation it imitates."""

import csv
import json
from math import comb, log2
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as parquet

from evaluation.made_votes import counts as vote_counts
from evaluation.made_votes import score as vote_score
from gradus.evaluation import (
    ablation,
    answers,
    comparison_table,
    comparisons,
    completion_lengths,
    pass_csv,
    scores,
    second_opinion,
    stages_table,
)
from gradus.evaluation.pass_at_k import curve_of
from gradus.evaluation.published import one_share
from gradus.evaluation.verdicts import Verdicts, read_verdicts
from gradus.evaluation.votes import rows as votes_csv
from gradus.evaluation.votes.counts import CellCounts
from gradus.evaluation.votes.gains import cells_with_gains
from gradus.provenance.files import read_json, write_json, write_text
from gradus.reporting.loading import Cell, ReportFiles
from gradus.sampling.samples import read_samples
from gradus.specs.evaluation import ComparedPair, Table, TableBenchmark, TableExperiment, TrainedStage
from gradus.study.settings.published import PublishedLosses
from reporting.made_ablation import SAMPLES, VERDICTS, MadeStudy, answers_of, hash_of, losses, rewards

# by stage, a few of the settings that a spec has
SETTINGS: dict[str, dict[str, Any]] = {
    "sft": {
        **{"learning_rate": 1e-3, "schedule": "cosine", "epochs": 3, "batch_size": 32, "traces": ["olympiad"]},
        **{"method": "lora", "lora": {"rank": 16, "alpha": 32.0, "dropout": 0.0}, "seed": 11},
    },
    "grpo": {
        **{"algorithm": "grpo", "learning_rate": 4e-5, "schedule": "constant", "steps": 80, "batch_size": 16},
        **{"group_size": 8, "problems": "train", "method": "lora", "lora": {"rank": 16, "alpha": 32.0}, "seed": 12},
        "rewards": {"correct": {"weight": 1.0}},
    },
}


def write_study(root: Path, study: MadeStudy | None = None) -> Path:
    """Write `results/made` below `root` and return it."""
    study = study or MadeStudy()
    results = root / "results" / "made"
    verdicts, evals, known = {}, {}, {}
    for benchmark, _ in study.benchmarks:
        references = _write_problems(results, study, benchmark)
        known[benchmark] = {f"{benchmark}/{i:04d}": str(right) for i, right in enumerate(references)}
        for name, _, stage, _, _, skill in study.experiments:
            if (name, benchmark) in study.left_out:
                continue
            rows = answers_of(study, name, benchmark, references, skill, stage)
            _write_cell(results, name, benchmark, rows)
            path = results / "eval" / name / f"{benchmark}.verdicts.parquet"
            verdicts[name, benchmark] = read_verdicts(path)
            evals[name, benchmark] = scores.summarise(
                verdicts[name, benchmark],
                experiment=name,
                benchmark=benchmark,
                protocol={"temperature": 0.0, "max_tokens": 2048},
                digests={"samples": f"{hash_of(name, benchmark):064x}", "problems": f"{hash_of(benchmark):064x}"},
                prompt="<|im_start|>user\nHow many r's are in strawberry?<|im_end|>\n<|im_start|>assistant\n",
                domain_tokens=[{"mul": at % 3} for at in range(len(references))] if stage == "sft" else (),
            )
            write_json(results / "eval" / name / f"{benchmark}.json", evals[name, benchmark])
    _write_tables(results, study, verdicts, evals)
    lengths = [row for cell, found in verdicts.items() for row in completion_lengths.length_rows(*cell, found)]
    write_text(results / "lengths.csv", completion_lengths.render_csv(lengths))
    _write_opinions(results, study, verdicts, known)
    _write_training(results, study)
    _write_votes(results, study)
    _write_record(results, study)
    return results


def files_of(results: Path) -> ReportFiles:
    """All files that `write_study` left in a study's folder, and those that a test removed or added."""

    def there(name: str) -> Path | None:
        return results / name if (results / name).is_file() else None

    def cells(folder: str, suffix: str) -> dict[Cell, Path]:
        found = sorted((results / folder).glob(f"*/*{suffix}"))
        paths = {(path.parent.name, path.name.removesuffix(suffix)): path for path in found}
        return {cell: paths[cell] for cell in table_cells if cell in paths}

    table = read_json(results / "ablation.json")
    table_cells = [(e["name"], b["name"]) for e in table.get("experiments", []) for b in table.get("benchmarks", [])]
    summaries = sorted(results.glob("traces/*.summary.json"))
    return ReportFiles(
        ablation=results / "ablation.json",
        comparisons=there("comparisons.csv"),
        votes=there("votes.csv"),
        passes=there("pass_at_k.csv"),
        stages=there("stages.csv"),
        second_opinion=there("second_opinion.json"),
        completion_lengths=there("lengths.csv"),
        ledger=there("ledger.csv"),
        contamination=there("contamination.json"),
        metrics={path.parent.name: path for path in sorted(results.glob("models/*/metrics.jsonl"))},
        traces={path.name.removesuffix(".summary.json"): path for path in summaries},
        lengths={path.stem: path for path in sorted(results.glob("lengths/*.json"))},
        evals=cells("eval", ".json"),
        samples=cells("samples", ".parquet"),
        verdicts=cells("eval", ".verdicts.parquet"),
        problems={path.stem: path for path in sorted(results.glob("problems/*.parquet"))},
        specs={
            path.relative_to(results / "specs").as_posix().removesuffix(".json"): path
            for path in sorted((results / "specs").rglob("*.json"))
        },
    )


def _write_problems(results: Path, study: MadeStudy, benchmark: str) -> list[int]:
    references = [hash_of("gold", benchmark, i) % 900 for i in range(study.sizes[benchmark])]
    rows = [
        {
            "id": f"{benchmark}/{i:04d}",
            "problem": study.problems.get((benchmark, i))
            or f"A clerk counts the {right % 7 + 3} seals of every letter in box {i}. How many seals does she count?",
            "answer": str(right),
            "level": 1 + i % 5,
            "subject": "counting",
            "source": "made",
        }
        for i, right in enumerate(references)
    ]
    path = results / "problems" / f"{benchmark}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.Table.from_pylist(rows), path)
    return references


def _write_cell(results: Path, name: str, benchmark: str, rows) -> None:
    rows = list(rows)
    for folder, suffix, schema in (("samples", ".parquet", SAMPLES), ("eval", ".verdicts.parquet", VERDICTS)):
        path = results / folder / name / f"{benchmark}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.Table.from_pylist([{k: row[k] for k in schema.names} for row in rows], schema), path)


def _write_tables(results: Path, study: MadeStudy, verdicts: dict, evals: dict) -> None:
    names = [entry[0] for entry in study.experiments]
    benchmarks = [name for name, _ in study.benchmarks]
    pairs = [("direct_rl", "sft_then_rl")] if "sft_then_rl" in names else []
    compared = [ComparedPair(a="baseline", b=name, role="baseline") for name in names if name != "baseline"]
    compared += [ComparedPair(a=a, b=b, role="pair") for a, b in pairs]
    runs = {name: [name] for name in names}
    rows = comparisons.compare(verdicts, runs=runs, benchmarks=benchmarks, compared=compared)
    write_text(results / "comparisons.csv", comparison_table.render_csv(rows))
    experiments = [
        TableExperiment(
            name=name,
            title=title,
            description=about_it,
            parent=parent,
            checkpoint=None,
            stage=stage,
            backend="" if stage == "none" else "torch",
            method="" if stage == "none" else "lora",
            runs=[name],
            trained=stage != "none",
            published={b: one_share(share) for b, share in study.published.get(name, {}).items()},
        )
        for name, title, stage, parent, about_it, _ in study.experiments
    ]
    settings = Table(
        study="made",
        title="Made",
        seed=7,
        benchmarks=[TableBenchmark(name=name, title=title) for name, title in study.benchmarks],
        experiments=experiments,
        baseline="baseline",
        published_from="Someone & others 2025" if study.published else "",
    )
    table = ablation.build(settings, evals, answers.all_answers(verdicts, runs), rows)
    write_json(results / "ablation.json", table)


def _write_opinions(results: Path, study: MadeStudy, verdicts: dict[tuple[str, str], Verdicts], known: dict) -> None:
    """math-verify is played: it calls what ends in 7 wrong, and cannot tell where something ends in 9."""
    played = {
        "math_verify": lambda right, text: (
            None if right[-1] == "9" else rf"\boxed{{{right}}}" in text and right[-1] != "7"
        )
    }
    graded = {
        cell: second_opinion.with_texts(found, read_samples(results / "samples" / cell[0] / f"{cell[1]}.parquet"))
        for cell, found in verdicts.items()
    }
    with patch.dict(second_opinion.GRADERS, played), patch.object(second_opinion, "warm_up"):
        names = [entry[0] for entry in study.experiments]
        found = second_opinion.second_opinions(graded, known, experiments=names, pairs=40)
    write_json(results / "second_opinion.json", {"pairs": 40, "benchmarks": found})


def _write_training(results: Path, study: MadeStudy) -> None:
    runs: dict[str, list[dict[str, Any]]] = {"student": list(losses("student", 400, 5.2, 0.9))}
    stages: list[stages_table.StageLosses] = []
    for name, title, stage, parent, _, skill in study.experiments:
        if stage == "sft":
            runs[name] = list(losses(name, 119, 0.9, 0.42))
            runs[name] += [
                {"step": step, "held_out_loss": loss} for step, loss in ((40, 0.62), (79, 0.55), (119, 0.57))
            ]
            fine_tuning = TrainedStage(
                experiment=name,
                title=title,
                parent=parent,
                number=1,
                traces=["olympiad"],
                runs=[name],
                published=study.published_losses.get(name, PublishedLosses()),
            )
            stages += stages_table.stage_rows(fine_tuning, runs)
        elif stage == "grpo":
            runs[name] = list(rewards(name, study.steps.get(name, 60), skill))
    write_text(results / "stages.csv", stages_table.render_csv(stages))
    for name, rows in runs.items():
        write_text(results / "models" / name / "metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def _write_votes(results: Path, study: MadeStudy) -> None:
    """16 samples a question, of which the most frequent answer is right where more than 3 in 20 are; by 1 / length is a
    point better by Monte Carlo, and by reward is the plain vote."""
    ks, found = (1, 2, 4, 8, 16), []
    for name in ("baseline", "grpo_v2"):
        skill = {entry[0]: entry[5] for entry in study.experiments}[name]
        for benchmark in (b for b, _ in study.benchmarks if (name, b) not in study.left_out):
            n = study.sizes[benchmark]
            base = skill * (0.45 if benchmark.startswith("aime") else 0.95)
            shares = [round(16 * min(1.0, max(0.0, base * 2 * (i + 1) / (n + 1)))) / 16 for i in range(n)]
            maj = {k: [share + (float(share > 0.15) - share) * log2(k) / 4 for share in shares] for k in ks}
            above = {k: vote_score([min(1.0, x + 0.01) for x in maj[k]], 0.002) for k in ks}
            plain = {k: vote_score(maj[k]) for k in ks}
            own = vote_counts(
                name,
                [float(hash_of(name, benchmark, i) % 16 < 16 * share) for i, share in enumerate(shares)],
                maj,
                benchmark=benchmark,
                benchmark_n=2 * n,
                mixed=1,
                weighted={"length": plain | {16: vote_score(maj[8])}, "inverse_length": above, "reward": plain},
            )
            found.append(CellCounts(name, name != "baseline", [own]))
    cells = cells_with_gains(found, published=study.published_votes)
    write_text(results / "votes.csv", votes_csv.render_csv(cells))
    curves = [curve_of(own, 0.7, study.published_votes) for own in found]
    write_text(results / "pass_at_k.csv", pass_csv.render_csv(curves))


def _write_record(results: Path, study: MadeStudy) -> None:
    dropped = {"wrong": 310, "truncated": 120, "no_answer": 41, "not_chosen": comb(9, 3)}
    for name, kept in (("olympiad", 390), ("math_hard", 3435)):
        counts = {"problems": kept + 300, "completions": kept + sum(dropped.values()), "kept": kept}
        summary = counts | {"dropped": dropped}
        write_json(
            results / "traces" / f"{name}.summary.json",
            summary | {"yield": kept / summary["completions"], "tokens": {"median": 610, "p95": 1480, "max": 2047}},
        )
    stages = {"sft": "sft", "direct_rl": "grpo", "sft_then_rl": "grpo", "grpo_v2": "grpo"}
    rows = [(stages.get(entry[0], "grpo"), f"models/{entry[0]}", 7411.2, 7411.2, 0) for entry in study.experiments[1:]]
    rows += [
        ("samples", f"samples/{e[0]}/{b}", 212.5, 212.5, 91000) for e in study.experiments for b, _ in study.benchmarks
    ]
    rows += [("scores", f"eval/{e[0]}/{b}", 3.5, 0.0, 0) for e in study.experiments for b, _ in study.benchmarks]
    for stage, name, wall, gpu, tokens in rows:
        entry = {"stage": stage, "name": name, "wall_seconds": wall, "gpu_seconds": gpu, "tokens_in": tokens // 3}
        entry |= {"tokens_out": tokens, "dollars": 0.0, "machine": "Linux x86_64, 16 cores", "attempts": 1}
        write_json(results / "ledger" / stage / f"{name}.json", entry)
    written = [name for _, name, *_ in rows] + ["ablation", "comparisons", "votes", "ledger", "report"]
    for name in [*written, "models/student", *(f"problems/{b}" for b, _ in study.benchmarks)]:
        spec = {"name": name, "fingerprint": f"{hash_of('spec', name):064x}"}
        stage = stages.get(name.removeprefix("models/"), "")
        write_json(results / "specs" / f"{name}.json", spec | {"stage": stage, "settings": SETTINGS.get(stage, {})})
    with open(results / "ledger.csv", "w", encoding="utf-8", newline="") as file:
        columns = ("stage", "name", "wall_seconds", "gpu_seconds", "tokens_in", "tokens_out")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*columns, "dollars", "machine", "attempts"])
        writer.writerows([*row, row[4], 0.0, "Linux x86_64, 16 cores", 1] for row in rows)
