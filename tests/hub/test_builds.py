"""Builds against the hub on loopback: pinned, offline, after a new revision, and after a cleared cache."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gradus.hub.lock import Repo, read_lock, write_lock
from graph.project import copy_project, environment, snakemake
from hub.double import HubDouble
from hub.jobs import CLOSED
from hub.made_repos import TEMPLATE, gsm8k, math500, qwen3

GSM8K, MATH, MODEL = "datasets/openai/gsm8k", "datasets/HuggingFaceH4/MATH-500", "models/Qwen/tiny"
STUDY = "config/real.yaml"
ROOT = Path("results/real")
PROBLEMS = (f"{ROOT}/problems/gsm.parquet", f"{ROOT}/problems/few.parquet", f"{ROOT}/problems/math.parquet")
TEXT = """\
study: real
models:
  base: {source: hub, repo: Qwen/tiny}
  own: {steps: 1}
problems:
  gsm: {source: gsm8k, split: test, expect_rows: 6}
  few: {source: subset, of: gsm, size: 2}
  math: {source: math500, expect_rows: 5}
  train: {source: pocket, size: 10}
benchmarks:
  gsm: {problems: few, max_tokens: 4}
  math: {problems: math, max_tokens: 4}
experiments:
  baseline: {from: base, stage: none}
  full: {from: base, stage: grpo, problems: train, method: full, steps: 1, batch_size: 2, group_size: 2, max_tokens: 4}
  other: {from: own, stage: none}
"""


class Project:
    """A copy of the project with a study of its own, and the hub that it asks."""

    def __init__(self, folder: Path, hub: HubDouble) -> None:
        self.folder = copy_project(folder / "project")
        self.cache = folder / "hf"
        self.hub = hub
        (self.folder / STUDY).write_text(TEXT, encoding="utf-8")
        (self.folder / "config/hub.lock.yaml").unlink(missing_ok=True)

    def snakemake(self, *arguments: str, **variables: str) -> str:
        known = {"HF_ENDPOINT": self.hub.url, "HF_HOME": str(self.cache), "HF_HUB_OFFLINE": "0"}
        return snakemake(self.folder, *arguments, "--configfile", STUDY, **known | variables)

    def failing(self, *arguments: str, **variables: str) -> str:
        """What a build said that failed."""
        known = {"HF_ENDPOINT": self.hub.url, "HF_HOME": str(self.cache), "HF_HUB_OFFLINE": "0"}
        done = subprocess.run(
            ["snakemake", *arguments, "--configfile", STUDY],
            cwd=self.folder,
            env=environment(**known | variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode != 0, done.stdout
        return done.stdout

    def planned(self, *targets: str) -> set[str]:
        """The jobs of a dry run by the names of their specs; it asks nobody."""
        said = self.snakemake(*targets, "--dry-run", HF_ENDPOINT=CLOSED)
        return set(re.findall(rf"^    input: {ROOT}/specs/(\S+)\.json", said, re.MULTILINE))

    def repin(self, repo: Repo) -> None:
        """Take the repository's newest commit, as the README says to."""
        path = self.folder / "config/hub.lock.yaml"
        write_lock({known: pin for known, pin in read_lock(path).items() if known != repo}, path)
        self.snakemake("hub_pins")


@pytest.fixture
def project(hub: HubDouble, tmp_path: Path) -> Project:
    hub.commit(GSM8K, gsm8k(6))
    hub.commit(MATH, math500(5))
    hub.commit(MODEL, qwen3())
    return Project(tmp_path, hub)


@pytest.mark.slow
def test_problem_sets_from_the_first_pin_to_a_new_revision(project: Project, hub: HubDouble) -> None:
    project.snakemake("hub_pins")
    hub.commit(GSM8K, gsm8k(6, of="bags"))  # the branch moves on, the pin does not
    project.snakemake(*PROBLEMS)

    # A cleared results folder is filled again from the cache alone.
    shutil.rmtree(project.folder / ROOT)
    asked = len(hub.asked)
    project.snakemake(*PROBLEMS, HF_ENDPOINT=CLOSED, HF_HUB_OFFLINE="1")
    assert len(hub.asked) == asked

    project.repin(Repo("dataset", "openai/gsm8k"))
    assert project.planned(*PROBLEMS) == {"hub/problems/gsm", "problems/gsm", "problems/few"}


@pytest.mark.slow
def test_a_build_without_pins_names_the_command_that_adds_them(project: Project) -> None:
    said = project.failing(*PROBLEMS)
    lines = [line for line in said.splitlines() if "has no revision" in line]
    assert len(lines) == 3
    assert all(f"snakemake hub_pins --configfile {STUDY}" in line for line in lines)
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_cleared_cache_is_fetched_again_and_without_a_network_that_is_said(project: Project, hub: HubDouble) -> None:
    target = f"{ROOT}/problems/math.parquet"
    project.snakemake("hub_pins")
    project.snakemake(target)
    shutil.rmtree(project.cache)
    assert project.planned(f"{ROOT}/hub/problems/math") == {"hub/problems/math"}
    (project.folder / target).unlink()
    said = project.failing(target, HF_ENDPOINT=CLOSED)
    assert "HuggingFaceH4/MATH-500 cannot be reached" in said
    assert "name a local copy in the study file: problems.math.path" in said
    assert "Traceback" not in said
    assert not (project.folder / ROOT / "hub/problems/math").exists()
    project.snakemake(target)
    assert (project.folder / target).is_file()


@pytest.mark.slow
def test_a_model_of_the_hub_through_the_graph(project: Project, hub: HubDouble) -> None:
    project.snakemake("hub_pins")
    project.snakemake("all")
    assert project.planned("all") == set()
    # What is trained from it speaks its template, not the pocket models'.
    trained = project.folder / ROOT / "models/full/chat_template.jinja"
    assert trained.read_text() == TEMPLATE

    hub.commit(GSM8K, gsm8k(6, of="bags"))
    hub.commit(MODEL, qwen3(template=TEMPLATE.replace("says", "asks")))  # the same weights
    # Exactly what comes after the download in the graph.
    behind = project.planned("all", "--forcerun", f"{ROOT}/hub/problems/gsm")
    assert {"hub/problems/gsm", "problems/few", "samples/full/gsm", "eval/baseline/gsm", "report"} <= behind
    assert not behind & {"models/base", "models/full", "problems/math", "samples/full/math"}
    behind_model = project.planned("all", "--forcerun", f"{ROOT}/models/base/model.json")
    assert {"models/base", "models/full", "samples/full/math", "samples/baseline/gsm"} <= behind_model
    assert not behind_model & {"models/own", "samples/other/gsm", "hub/problems/gsm", "problems/math"}
    project.repin(Repo("dataset", "openai/gsm8k"))
    assert project.planned("all") == behind
    project.repin(Repo("model", "Qwen/tiny"))
    assert project.planned("all") == behind | behind_model
    project.snakemake("all")
    assert "asks" in trained.read_text()
