"""The study of the Tinker path, built by Snakemake on the server: from the teacher's traces to the table."""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import yaml
from serving import KEY, Server

from gradus.sampling.samples import read_samples
from graph.project import copy_project, snakemake

pytestmark = pytest.mark.slow
STUDY = "config/loopback.yaml"
RESULTS = Path("results/tinker_loopback")
THERE = ("models/sft", "models/grpo_v1", "models/grpo_v3", "samples/grpo_v3/test", "traces/own.completions")


SHRUNK = {
    "problems": {"train": {"size": 40}},
    "traces": {"own": {"samples": 2}},
    "experiments": {"sft": {"epochs": 1}, "grpo_v3": {"steps": 4, "checkpoint_every": 4}},
    "votes": {"problems": 8},
}
"""What is not needed to learn."""


def write_study(project: Path, **changes: Any) -> None:
    text = yaml.safe_dump({"extends": "tinker_loopback.yaml", "study": "tinker_loopback"} | SHRUNK | changes)
    (project / STUDY).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def project(installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with the study built, and its server still there."""
    project = copy_project(tmp_path_factory.mktemp("study") / "project")
    server = Server(project / RESULTS / "models/base", "gradus/pocket", project.parent / "server")
    write_study(project, tinker={"url": server.url})
    # The server can serve the base once it is there.
    snakemake(project, f"{RESULTS}/models/base/model.json", "--configfile", STUDY)
    server.start()
    snakemake(project, "all", "--configfile", STUDY, TINKER_API_KEY=KEY)
    yield project
    server.stop()


def rewards(project: Path, experiment: str) -> list[float]:
    lines = (project / RESULTS / f"models/{experiment}/metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["reward"] for line in lines]


def test_every_row_of_the_table_is_there(project: Path) -> None:
    table = json.loads((project / RESULTS / "ablation.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in table["experiments"]] == ["baseline", "sft", "grpo_v1", "grpo_v3"]
    votes = (project / RESULTS / "votes.csv").read_text(encoding="utf-8")
    assert "grpo_v3" in votes
    assert (project / RESULTS / "report.html").is_file()


def test_the_reward_rises_over_both_runs(project: Path) -> None:
    """From boxes in every other answer to boxes in most; that alone is worth 0.25, and right answers count twice."""
    first, second = rewards(project, "grpo_v1"), rewards(project, "grpo_v3")
    assert (len(first), len(second)) == (12, 4)
    assert mean(second) > mean(first[:3]) + 0.15


def test_nothing_is_left_to_do(project: Path) -> None:
    said = snakemake(project, "all", "--configfile", STUDY, "--dry-run")
    assert "Nothing to be done" in said


def test_what_was_spent_stands_in_the_ledger_and_the_key_nowhere(project: Path) -> None:
    entries = {name: json.loads((project / RESULTS / f"ledger/{name}.json").read_text()) for name in THERE}
    assert all(entry["dollars"] > 0 for entry in entries.values())
    lines = [json.loads(line) for line in (project / RESULTS / "spending.jsonl").read_text().splitlines()]
    for name, entry in entries.items():
        assert sum(line["dollars"] for line in lines if line["job"] == name) == pytest.approx(entry["dollars"])
    files = [path for path in (project / "results").rglob("*") if path.is_file()]
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


def test_an_adapter_from_there_is_sampled_and_exported_here(project: Path) -> None:
    """By the torch sampler, greedily, it answers as the server did; and it is merged into a plain model."""
    cell = f"{RESULTS}/samples/grpo_v3/test.parquet"
    there = read_samples(project / cell)
    tinker = yaml.safe_load((project / STUDY).read_text(encoding="utf-8"))["tinker"]
    write_study(project, tinker=tinker, sampling={"sampler": "torch"})
    snakemake(project, cell, f"{RESULTS}/export/grpo_v3", "--configfile", STUDY)
    here = read_samples(project / cell)
    same = [a.text == b.text for a, b in zip(here, there, strict=True)]
    assert mean(same) > 0.9
    assert (project / RESULTS / "export/grpo_v3/model.safetensors").is_file()
