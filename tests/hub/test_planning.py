"""What a study needs of the lock, told before anything runs."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.hub.lock import Lock, Pin, PinnedFile, Repo, pin_of, write_lock
from gradus.provenance.errors import GradusError
from gradus.specs.base import PinnedFiles

TEXT = """\
study: real
models:
  base: {source: hub, repo: Qwen/tiny}
problems:
  gsm: {source: gsm8k, split: test}
  math: {source: math, split: test}
benchmarks:
  gsm: {problems: gsm}
experiments:
  baseline: {from: base, stage: none}
"""
FILE = PinnedFile(10, "git", "ab" * 20)
MODEL = ("config.json", "tokenizer.json", "model.safetensors")


def pinned(*names: str, revision: str = "12" * 20) -> Pin:
    return Pin(revision, dict.fromkeys(names, FILE))


LOCK: Lock = {
    Repo("model", "Qwen/tiny"): pinned(*MODEL, "pytorch_model.json", "onnx/model.safetensors"),
    Repo("dataset", "openai/gsm8k"): pinned("main/test-0.parquet", "main/train-0.parquet", "socratic/test-0.parquet"),
    Repo("dataset", "EleutherAI/hendrycks_math"): pinned("algebra/test-0.parquet", "geometry/test-0.parquet"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(TEXT)
    return tmp_path


def plan(lock: Lock) -> Graph:
    write_lock(lock)
    return Graph.read("study.yaml")


def settings_of(graph: Graph, name: str) -> dict[str, Any]:
    return graph.jobs[name].settings.model_dump(mode="json")


def without(kind: str, name: str) -> Lock:
    return {repo: pin for repo, pin in LOCK.items() if repo != Repo(kind, name)}


def test_what_the_lock_lacks_is_named_with_its_place_and_the_command(folder: Path) -> None:
    assert plan(LOCK).unpinned == []
    command = "add it with: snakemake hub_pins --configfile study.yaml"
    (line,) = plan(without("dataset", "openai/gsm8k")).unpinned
    assert line.startswith("study.yaml:5: problems.gsm: openai/gsm8k has no revision in config/hub.lock.yaml")
    assert command in line
    assert "`path:`" in line
    (line,) = plan(without("model", "Qwen/tiny")).unpinned
    assert line.startswith("study.yaml:3: models.base: Qwen/tiny has no revision")
    assert "`source: folder`" in line
    assert len(plan({}).unpinned) == 3
    (line,) = plan(LOCK | {Repo("model", "Qwen/tiny"): Pin("main")}).unpinned
    assert command in line


def test_a_job_knows_its_files_and_their_revision(folder: Path) -> None:
    graph = plan(LOCK)
    assert list(settings_of(graph, "hub/problems/gsm")["files"]) == ["main/test-0.parquet"]
    assert list(settings_of(graph, "hub/problems/math")["files"]) == [
        "algebra/test-0.parquet",
        "geometry/test-0.parquet",
    ]
    model = settings_of(graph, "models/base")
    assert sorted(model["hub"]["files"]) == sorted(MODEL)
    assert model["hub"]["revision"] == "12" * 20
    assert model["backends"] == ["torch"]


def test_a_revision_is_in_the_specs_of_what_depends_on_it_and_nowhere_else(folder: Path) -> None:
    before = plan(LOCK).jobs

    def changed_by(kind: str, name: str) -> set[str]:
        repo = Repo(kind, name)
        after = plan(LOCK | {repo: Pin("34" * 20, LOCK[repo].files)}).jobs
        assert after.keys() == before.keys()
        return {name for name, job in after.items() if job.spec != before[name].spec}

    assert changed_by("dataset", "openai/gsm8k") == {"hub/problems/gsm", "problems/gsm"}
    assert changed_by("model", "Qwen/tiny") == {"models/base", "samples/baseline/gsm", "export/baseline"}


@pytest.mark.parametrize(
    ("repo", "pin", "words"),
    [
        (
            Repo("dataset", "openai/gsm8k"),
            pinned("data/test.parquet"),
            "has no file main/test-*.parquet; it has data/test",
        ),
        (Repo("model", "Qwen/tiny"), pinned("config.json", "model.safetensors"), "has no tokenizer.json"),
        (Repo("model", "Qwen/tiny"), pinned("config.json", "tokenizer.json"), "has no weights as safetensors"),
    ],
)
def test_a_pinned_repository_without_what_is_needed(folder: Path, repo: Repo, pin: Pin, words: str) -> None:
    (line,) = plan(LOCK | {repo: pin}).unpinned
    assert words in line


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Qwen/tiny", "../../etc"), "models.base.repo: '../../etc' is not the name of a repository"),
        (("source: hub, repo: Qwen/tiny", "source: folder, path: nowhere"), "models.base.path: there is no 'nowhere'"),
        (
            ("source: hub, repo: Qwen/tiny", "source: folder, path: empty"),
            "models.base.path: 'empty' has no config.json",
        ),
        (("source: hub, repo: Qwen/tiny", "source: hub"), "models.base.repo: this key is required"),
        (("split: test}\n  math", "split: test, repo: a b}\n  math"), "problems.gsm.repo: 'a b' is not the name"),
    ],
)
def test_mistakes_in_the_study_file(folder: Path, change: tuple[str, str], words: str) -> None:
    (folder / "empty").mkdir()
    (folder / "study.yaml").write_text(TEXT.replace(*change))
    with pytest.raises(GradusError) as error:
        Graph.read("study.yaml")
    assert words in str(error.value)


def test_what_is_pinned_keeps_its_pin_beside_what_is_not(folder: Path) -> None:
    graph = plan(without("dataset", "openai/gsm8k"))
    assert settings_of(graph, "hub/problems/gsm") == {"repo": "openai/gsm8k", "revision": None, "files": {}}
    assert settings_of(graph, "models/base")["hub"]["revision"] == "12" * 20


def test_a_job_without_a_pin_downloads_nothing() -> None:
    with pytest.raises(GradusError, match="no revision of openai/gsm8k: run snakemake hub_pins"):
        pin_of(PinnedFiles(repo="openai/gsm8k", revision=None, files={}))


def test_a_study_without_downloads_never_looks_at_the_lock(folder: Path) -> None:
    (folder / "config").mkdir()
    (folder / "config/hub.lock.yaml").write_text("broken: [")
    text = TEXT.replace("source: hub, repo: Qwen/tiny", "steps: 1").replace(
        "source: gsm8k, split: test", "source: pocket"
    )
    (folder / "study.yaml").write_text(text.replace("  math: {source: math, split: test}\n", ""))
    assert Graph.read("study.yaml").unpinned == []
