"""The gate at work on a finished study: what it stops, and what a set without some rows reruns."""

from pathlib import Path

import pytest

from gradus.problems.table import read_problems
from graph.project import RESULTS, plan, snakemake, study_with

# A benchmark that is part of what direct_rl trains on.
LEAK = {
    "problems": {"leak": {"source": "subset", "of": "train", "levels": [3]}},
    "benchmarks": {"leak": {"problems": "leak", "max_tokens": 50}},
}
NEW = {
    "problems": {"new": {"source": "pocket", "split": "evaluation/reworded", "size": 5}},
    "benchmarks": {"new": {"problems": "new", "max_tokens": 50}},
}
# Of the experiments only two besides the baseline, as all others would be sampled on the new benchmark too.
TWO = {
    "experiments": dict.fromkeys(
        ("sft_packed_full", "grpo_hard", "grpo_hard_continued", "grpo_full", "dapo", "random_reward")
    ),
    "votes": {"experiments": ["baseline"]},
    "comparisons": {"primary": None, "pairs": []},
}
MODELS = [f"{RESULTS}/models/{name}/metrics.jsonl" for name in ("sft_custom", "direct_rl")]


def made_anew(project: Path, study: str, *targets: str) -> set[str]:
    """Files below models/, samples/ and traces/ that building the targets touched."""
    folders = [project / RESULTS / name for name in ("models", "samples", "traces")]

    def times() -> dict[str, int]:
        files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(project / RESULTS)): path.stat().st_mtime_ns for path in files}

    before = times()
    snakemake(project, *targets, "--configfile", study)
    return {path for path, time in times().items() if before.get(path) != time}


def test_a_leak_stops_the_build_before_anything_is_sampled(project: Path) -> None:
    target = f"{RESULTS}/samples/direct_rl/leak.parquet"
    study = study_with(project, **LEAK)
    for _ in range(2):  # a second try changes nothing
        with pytest.raises(
            AssertionError, match=r"problems/train: 40 of 200 rows hold benchmark problems \(40 of leak"
        ):
            snakemake(project, target, "--configfile", study)
        assert not (project / target).exists()
    with pytest.raises(AssertionError, match="40 of 200 rows hold benchmark problems"):
        snakemake(project, f"{RESULTS}/ablation.md", "--configfile", study_with(project, **LEAK, **TWO))
    reported = study_with(project, **LEAK, contamination={"policy": "report"})
    assert made_anew(project, reported, target) == {"samples/direct_rl/leak.parquet"}
    assert not any(job.startswith(("models/", "samples/", "traces/")) for job in plan(project))  # the leak taken back


def test_a_new_benchmark_hides_no_other_change(project: Path) -> None:
    """Of what comes after a job that has to run anyway, Snakemake sees what is due to other changes as well."""
    new, other = study_with(project, **NEW), {"grpo_hard": {"learning_rate": 1e-3}}
    new_alone = plan(project, new)
    other_alone = plan(project, study_with(project, experiments=other))
    assert "models/grpo_hard" in other_alone - new_alone
    assert plan(project, study_with(project, **NEW, experiments=other)) == new_alone | other_alone | {
        "samples/grpo_hard/new",
        "eval/grpo_hard/new",
    }
    verdict = project / "scripts/gradus/grading/verdict.py"
    verdict.write_text(verdict.read_text(encoding="utf-8") + "\nSEEN = 1\n", encoding="utf-8")
    graded = plan(project)
    assert "eval/baseline/pocket30" in graded - new_alone
    assert plan(project, study_with(project, **NEW)) == new_alone | graded


def test_dropping_overlaps_retrains_what_had_any(project: Path) -> None:
    drop = {"policy": "drop"}
    snakemake(project, *MODELS, "--configfile", study_with(project, contamination=drop))
    changed = made_anew(project, study_with(project, **LEAK, contamination=drop), *MODELS)
    assert {path.split("/")[1] for path in changed if path.startswith("models/")} == {"direct_rl"}
    rows, left = (read_problems(project / RESULTS / f"problems/train{kind}.parquet") for kind in ("", ".clean"))
    assert left == [problem for problem in rows if problem.level != 3]


@pytest.mark.slow
def test_where_overlaps_are_dropped_a_clean_benchmark_retrains_nothing(project: Path) -> None:
    some = TWO | {"contamination": {"policy": "drop"}}
    snakemake(project, "all", "--configfile", study_with(project, **some))
    study = study_with(project, **NEW, **some)
    assert not any(path.startswith("models/") for path in made_anew(project, study, "contamination"))
    changed = made_anew(project, study, "all")
    assert changed
    assert all("/new." in path for path in changed)
    assert plan(project, study) == set()
