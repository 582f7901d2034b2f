"""An experiment that others start from and a benchmark are renamed in a study that is built: nothing is trained or
sampled for it, and a fresh build under the new names has the same bytes."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from graph.project import RESULTS, STUDY, build, edit, environment, plan, snakemake
from graph.results import digests

KEPT = ("models/", "samples/", "traces/", "problems/", "contamination", "references", "lengths/")
"""All but scores and tables."""


@pytest.fixture
def renamed(project: Path) -> Path:
    """`grpo_hard` is `hard_rl`, and the benchmark `pocket30`, not its problem set, is `small`."""
    for name in ("pocket.yaml", "ci.yaml"):
        path = project / "config" / name
        text = re.sub(r"\bgrpo_hard\b", "hard_rl", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    edit(project / "config/pocket.yaml", "  pocket30: {title", "  small: {title")
    return project


def say_seeds(project: Path) -> None:
    edit(project / "config/pocket.yaml", "  hard_rl:\n", "  hard_rl:\n    seed: grpo_hard\n")
    edit(project / "config/pocket.yaml", "  small: {title", "  small: {seed: pocket30, title")


def accuracies(project: Path) -> dict[str, float]:
    """By experiment and benchmark, under the former names."""
    names = {"hard_rl": "grpo_hard", "small": "pocket30"}
    found = {}
    for row in json.loads((project / RESULTS / "ablation.json").read_text())["experiments"]:
        for benchmark, cell in row["cells"].items():
            key = f"{names.get(row['name'], row['name'])}/{names.get(benchmark, benchmark)}"
            found[key] = cell["accuracy"]
    return found


def test_a_build_stops_before_it_trains_what_is_there(renamed: Path) -> None:
    before = digests(renamed)
    assert {"models/hard_rl", "samples/baseline/small"} <= plan(renamed)
    for command, code in (("all", 1), ("adopt", 1)):
        done = subprocess.run(
            ["snakemake", command, "--configfile", STUDY],
            cwd=renamed,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert f"{STUDY}: experiments.hard_rl: 'grpo_hard' by another name" in said
        assert "write `seed: grpo_hard` there" in said
        assert f"{STUDY}: benchmarks.small: 'pocket30' by another name" in said
    assert digests(renamed) == before
    edit(renamed / "config/pocket.yaml", "  hard_rl:\n", "  hard_rl:\n    seed: hard_rl\n")
    edit(renamed / "config/pocket.yaml", "  small: {title", "  small: {seed: small, title")
    said = snakemake(renamed, "all", "--configfile", STUDY, "--dry-run")
    assert "by another name" not in said, "who wants them drawn anew says so"


def test_what_was_renamed_is_kept_and_a_fresh_build_has_the_same_bytes(renamed: Path) -> None:
    before, measured = digests(renamed), accuracies(renamed)
    say_seeds(renamed)
    said = snakemake(renamed, "all", "--configfile", STUDY, "--dry-run")
    assert f"{STUDY}: experiments.hard_rl: was 'grpo_hard', whose results are there; to keep them run: " in said
    said = snakemake(renamed, "adopt", "--configfile", STUDY)
    assert "grpo_hard is hard_rl now" in said
    assert "pocket30 is small now" in said
    planned = plan(renamed)
    assert {"eval/hard_rl/small", "ablation"} <= planned, "they have names in them"
    assert not [job for job in planned if job.startswith(KEPT)]
    build(renamed)
    assert plan(renamed) == set()
    assert accuracies(renamed) == measured
    after = digests(renamed)
    for name in ("adapter_model.safetensors", "model.json", "metrics.jsonl"):
        assert after[f"models/hard_rl/{name}"] == before[f"models/grpo_hard/{name}"]
        assert after[f"models/grpo_hard_continued/{name}"] == before[f"models/grpo_hard_continued/{name}"]
    assert after["samples/hard_rl/small.parquet"] == before["samples/grpo_hard/pocket30.parquet"]
    shutil.rmtree(renamed / RESULTS / "models/hard_rl")
    for job in ("models/hard_rl", "samples/hard_rl/small"):
        (renamed / RESULTS / "ledger" / f"{job}.json").unlink()
    fresh = [f"{RESULTS}/models/hard_rl/model.json", f"{RESULTS}/samples/hard_rl/small.parquet"]
    snakemake(renamed, *fresh, "--configfile", STUDY)
    again = digests(renamed)
    assert {name for name in after if again.get(name) != after[name]} <= {"seeds.json"}
