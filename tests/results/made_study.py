"""A finished study of ten questions, small enough to count by hand."""

from collections.abc import Collection
from pathlib import Path

from gradus.evaluation.judging import write_verdicts
from gradus.evaluation.scores import summarise
from gradus.evaluation.verdicts import Verdicts
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.files import sha256_file, write_json, write_text
from gradus.sampling.samples import Sample, write_samples
from gradus.specs.base import JobSettings
from gradus.specs.evaluation import TableBenchmark, TableExperiment
from gradus.specs.reporting import MakeLedgerSpec, MakeReportSpec

PROBLEMS = {
    "sums": [("1+1", "2", 1, "plus"), ("2+2", "4", 1, "plus"), ("3*3", "9", 2, "times"), ("4*4", "16", 2, "times")],
    "long": [("1+1+1", "3", 3, "plus"), ("2+2+2", "6", 3, "plus")],
}
ANSWERS = {
    ("baseline", "sums"): ["2", "4", "8", None],
    ("baseline", "long"): ["3", "4", "4", "4"],
    ("rl", "sums"): ["2", "5", "9", "?"],
    ("rl", "long"): ["3", "3", "5", "6"],
    ("rl.seed-2", "sums"): ["2", "5", "9", "16"],
    ("rl.seed-2", "long"): ["4", "4", "6", "6"],
}
"""Found in the completions of each training run, sample by sample within each question: `sums` has one of each, `long`
two. Of `?` the grader could not tell whether it is right."""
VOTES = {("baseline", "sums"): ["2", "3", "4", "4", "9", "9", "1", "2"]}
"""Two samples of each question, drawn for votes."""
CURVES = {
    "base": '{"step": 1, "loss": 2.5}\n{"step": 2, "loss": 1.5}\n',
    "rl": '{"step": 1, "reward": 0.25}\n{"step": 1, "held_out_reward": 0.5}\n',
    "rl.seed-2": '{"step": 1, "reward": 0.75}\n',
}
COMPARISONS = (
    "a,b,benchmark,role,family,n,runs_a,runs_b,samples,accuracy_a,accuracy_b,delta,ci95_lo,ci95_hi,p,p_adjusted,"
    "detectable,margin,equivalence_p,question\n"
    "baseline,rl,sums,baseline,sums,4,1,2,2,0.5,0.5,0,-0.6,0.6,1,1,,,,\n"
)
LEDGER = """\
stage,name,wall_seconds,gpu_seconds,tokens_in,tokens_out,dollars,machine,attempts
grpo,models/rl,2.5,0.0,10,20,0.0,"Linux x86_64, 2 cores",1
"""


def write_study(results: Path, with_parts: Collection[str] = ()) -> Path:
    """Write the study `made` below a folder of results, and return its own.

    with_parts: the benchmarks that have parts, by the subject of their problems.
    """
    root = results / "made"
    for name, problems in PROBLEMS.items():
        rows = [Problem(f"{name}-{i}", f"What is {text}?", *rest, "made") for i, (text, *rest) in enumerate(problems)]
        write_problems(root / "problems" / f"{name}_set.parquet", rows)
    for cell, answers in ANSWERS.items():
        _write_cell(root, *cell, answers, parts=cell[1] in with_parts)
    for (run, benchmark), answers in VOTES.items():
        _write_cell(root, run, benchmark, answers, for_votes=True)
        write_job(root, "count_votes", f"votes/{run}/{benchmark}", MakeLedgerSpec(), ran=True)
    for model, lines in CURVES.items():
        write_text(root / "models" / model / "metrics.jsonl", lines)
        stage = "pretrain" if model == "base" else "grpo"
        write_job(root, stage, f"models/{model}", MakeLedgerSpec(), ran=True)  # of whose settings nothing is read
    write_text(root / "comparisons.csv", COMPARISONS)
    write_text(root / "ledger.csv", LEDGER)
    write_job(root, "make_report", "report", settings(with_parts), ran=False)
    return root


def settings(with_parts: Collection[str] = ()) -> MakeReportSpec:
    def experiment(name: str, stage: str, runs: list[str]) -> TableExperiment:
        about = {"title": name, "description": "", "backend": "", "method": "", "checkpoint": None}
        return TableExperiment(name=name, parent="base", stage=stage, runs=runs, trained=stage != "none", **about)

    return MakeReportSpec(
        study="made",
        title="Made",
        seed=0,
        benchmarks=[
            TableBenchmark(name=name, title=name, parts="subject" if name in with_parts else None) for name in PROBLEMS
        ],
        experiments=[experiment("baseline", "none", ["baseline"]), experiment("rl", "grpo", ["rl", "rl.seed-2"])],
        baseline="baseline",
        models=["base"],
        traces=[],
        votes=False,
        problem_sets={name: f"{name}_set" for name in PROBLEMS},
    )


def write_job(root: Path, stage: str, name: str, chosen: JobSettings, ran: bool) -> None:
    """A job's spec and, if it ran, its entry in the ledger."""
    path = root / "specs" / f"{name}.json"
    values = chosen.model_dump(mode="json")
    write_json(path, {"stage": stage, "name": name, "modules": [], "settings": values, "fingerprint": ""})
    if ran:
        write_json(root / "ledger" / f"{name}.json", {"spec": sha256_file(path), "wall_seconds": 0.5})


def _write_cell(
    root: Path, run: str, benchmark: str, answers: list[str | None], for_votes: bool = False, parts: bool = False
) -> None:
    references = [row[1] for row in PROBLEMS[benchmark]]
    each = len(answers) // len(references)
    keys = [(f"{benchmark}-{i // each}", i % each) for i in range(len(answers))]
    right = [None if said == "?" else said == references[i // each] for i, said in enumerate(answers)]
    ends = ["length" if said is None else "stop" for said in answers]
    samples = [
        Sample(*key, f"{run} says {said}", 10 + i, end, 7)
        for i, (key, said, end) in enumerate(zip(keys, answers, ends))
    ]
    path = root / "samples" / run / f"{benchmark}{'.votes' if for_votes else ''}.parquet"
    graded = root / ("votes" if for_votes else "eval") / run / f"{benchmark}.verdicts.parquet"
    write_samples(path, samples)
    verdicts = Verdicts(
        source="made",
        ids=[sample.id for sample in samples],
        samples=[sample.sample for sample in samples],
        answers=answers,
        correct=right,
        layers=["number"] * len(answers),
        reasons=["timeout" if mark is None else "equal" if mark else "different" for mark in right],
        finish_reasons=ends,
        tokens=[sample.tokens for sample in samples],
        parts={f"{benchmark}-{i}": row[3] for i, row in enumerate(PROBLEMS[benchmark])} if parts else None,
    )
    write_verdicts(graded, verdicts)
    digests = {"samples": sha256_file(path), "verdicts": sha256_file(graded)}
    if for_votes:
        write_json(graded.with_name(f"{benchmark}.json"), {"digests": digests})
        return
    digests["problems"] = sha256_file(root / "problems" / f"{benchmark}_set.parquet")
    protocol = {"temperature": 0.0, "max_tokens": 16, "samples": each}
    score = summarise(verdicts, experiment=run, benchmark=benchmark, protocol=protocol, digests=digests, prompt="")
    write_json(graded.with_name(f"{benchmark}.json"), score)
