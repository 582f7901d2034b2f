"""A study that the release before this one built keeps its problems and traces, and loses nothing to a mistake.

Models that are pretrained in the graph are trained again, as they read a corpus that is a file of its own now.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from gradus.provenance.files import read_json, write_json
from graph.project import PROJECT, copy_project, snakemake

FORMER = "2e29637"
"""The last commit of the release before this one."""

STUDY = """\
study: small
models:
  base: {steps: 4, batch_size: 4}
problems:
  train: {source: pocket, split: train, size: 20}
  test: {source: pocket, split: evaluation, size: 6}
traces:
  public: {kind: pocket_public, size: 12}
benchmarks:
  test: {problems: test, max_tokens: 8}
experiments:
  baseline: {from: base, stage: none}
  sft: {from: base, stage: sft, traces: [public], epochs: 1, batch_size: 8}
  full: {from: sft, stage: sft, method: full, inherits: sft}
  rl: {from: sft, stage: grpo, problems: train, steps: 2, batch_size: 2, group_size: 2, max_tokens: 8,
       checkpoint_every: 1}
  row: {from: rl, checkpoint: 1, stage: none}
votes: {experiments: [baseline], samples: 2, k: [1, 2]}
"""
ROOT = Path("results/small")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of this release with the results of the one before."""
    folder = tmp_path_factory.mktemp("former")
    archive = subprocess.run(["git", "archive", FORMER], cwd=PROJECT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("the history of the project is not here")
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    (folder / "config/small.yaml").write_text(STUDY, encoding="utf-8")
    snakemake(folder, "all", "--configfile", "config/small.yaml")
    project = copy_project(folder.with_name("present"))
    for name in ("results", ".snakemake"):
        shutil.copytree(folder / name, project / name, symlinks=True)
    shutil.copy2(folder / "config/small.yaml", project / "config/small.yaml")
    return project


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "project", symlinks=True))


def adopt(project: Path) -> str:
    return snakemake(project, "adopt", "--configfile", "config/small.yaml")


def planned(project: Path) -> dict[str, int]:
    """Jobs of a dry-run by their rules."""
    said = snakemake(project, "all", "--configfile", "config/small.yaml", "--dry-run")
    table = said[said.index("Job stats:") :].split("\n\n")[0].splitlines()[3:]
    return {line.split()[0]: int(line.split()[1]) for line in table}


@pytest.mark.slow
def test_what_needs_no_model_is_kept_and_models_come_out_the_same(project: Path) -> None:
    before = {path: path.read_bytes() for path in (project / ROOT).rglob("*.safetensors")}
    assert {"make_problems", "make_public_traces"} <= planned(project).keys()  # without it everything is built again
    said = adopt(project)
    searched = "contamination/benchmarks, contamination/problems/train, contamination/traces/public"
    assert f"as the study says other settings now: {searched}" in said  # for near copies too
    assert "as models are pretrained on a corpus that is a file of its own now: models/base" in said
    assert not {"make_problems", "make_public_traces"} & planned(project).keys()
    snakemake(project, "all", "--configfile", "config/small.yaml")
    assert {path: path.read_bytes() for path in (project / ROOT).rglob("*.safetensors")} == before
    assert "Nothing to be done" in snakemake(project, "all", "--configfile", "config/small.yaml", "--dry-run")


@pytest.mark.slow
def test_what_the_release_did_not_make_is_built_again(project: Path) -> None:
    spec = project / ROOT / "specs/problems/train.json"
    write_json(spec, read_json(spec) | {"fingerprint": "0" * 64})  # no record names it
    (project / ROOT / "traces/public.jsonl").write_bytes(b"cut")
    said = adopt(project)
    assert "as it was made by another spec: problems/train" in said
    assert f"as {ROOT}/traces/public.jsonl is not what was made: traces/public" in said
    assert {"make_problems", "make_public_traces"} <= planned(project).keys()
