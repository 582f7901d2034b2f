"""The packs of problem sets: each planned without the network, and read once from a made file in its layout."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gradus.graph.graph import Graph
from gradus.hub.contents import matches
from gradus.hub.lock import LOCK_FILE, Lock, Pin, PinnedFile, Repo, read_lock, write_lock
from gradus.problems.filters import filtered
from gradus.problems.published import Published, read_published
from gradus.provenance.errors import GradusError
from gradus.study.problem_sets import SOURCES
from problems.made_packs import MADE

PROJECT = Path(__file__).resolve().parents[2]
PACKS = {path.stem: path for path in sorted((PROJECT / "config" / "packs").glob("*.yaml"))}
STUDY = """\
extends: [{packs}]
study: packed
models:
  base: {{source: hub, repo: Qwen/tiny}}
problems:
  test: {{source: pocket, split: evaluation, size: 20}}
benchmarks:
  test: {{problems: test}}
experiments:
  baseline: {{from: base, stage: none}}
"""


def settings_of(pack: str, **changes: Any) -> Any:
    own = yaml.safe_load(PACKS[pack].read_text(encoding="utf-8"))["problems"][pack]
    return SOURCES["file"].settings.model_validate(own | changes)


def test_every_pack_is_read_here() -> None:
    assert list(MADE) == [name for name in MADE if name in PACKS]
    assert set(MADE) == set(PACKS)


@pytest.mark.parametrize("pack", MADE)
def test_a_pack_reads_its_publishers_layout(pack: str, tmp_path: Path) -> None:
    made, own = MADE[pack], settings_of(pack)
    path = tmp_path / made.file
    path.parent.mkdir(exist_ok=True)
    made.write(path, made.rows)
    assert matches(made.file, own.files)
    read = read_whole(path, settings_of(pack, expect_rows=len(made.rows)))
    problems = filtered(pack, read.problems, own, 0)
    assert problems[0] == made.first
    assert (len(problems), read.left_out) == (made.left, made.left_out)
    assert own.licence
    assert (own.expect_rows, own.expect_problems) == (made.expect_rows, made.expect_problems)
    if made.expect_rows is not None:
        with pytest.raises(GradusError, match=rf"expected {made.expect_rows:,} rows \(all\), found {len(made.rows)}"):
            read_whole(path, own)


def read_whole(path: Path, own: Any) -> Published:
    return read_published(SOURCES["file"], path, own)


def pinned(lock: Lock) -> Lock:
    """The lock after `snakemake hub_pins`: the repositories' made files, and others beside them."""
    found = dict(lock)
    for name, made in MADE.items():
        repo = Repo("dataset", settings_of(name).repo)
        files = (made.file, "README.json", "other/data-0.parquet")
        found[repo] = Pin("ab" * 20, dict.fromkeys(files, PinnedFile(10, "git", "cd" * 20)))
    return found


def test_all_packs_are_planned_in_one_study_without_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").symlink_to(PROJECT / "config")
    study = tmp_path / "study.yaml"
    study.write_text(STUDY.format(packs=", ".join(f"config/packs/{name}.yaml" for name in PACKS)), encoding="utf-8")
    ours = read_lock(PROJECT / LOCK_FILE)
    monkeypatch.chdir(tmp_path)
    graph = Graph.read(study)
    assert set(PACKS) < set(graph.study.problems)
    measured = set(PACKS) - {"dapo_math", "deepmath", "deepscaler", "skywork_math"}
    assert set(graph.study.benchmarks) == measured | {"test"}
    assert {f"eval/baseline/{name}" for name in measured} <= set(graph.jobs)
    assert len([line for line in graph.unpinned if ": problems." in line]) == len(PACKS)
    (tmp_path / "config").unlink()
    study.write_text(study.read_text(encoding="utf-8").replace("config/", f"{PROJECT}/config/"), encoding="utf-8")
    write_lock(pinned(ours))
    graph = Graph.read(study)
    assert not [line for line in graph.unpinned if ": problems." in line]
    for name, made in MADE.items():
        assert list(graph.jobs[f"hub/problems/{name}"].settings.model_dump()["files"]) == [made.file]


def test_the_lock_wishes_for_commits_of_packs_alone() -> None:
    wished = {repo.name: pin for repo, pin in read_lock(PROJECT / LOCK_FILE).items() if not pin.resolved}
    assert wished.keys() <= {settings_of(name).repo for name in PACKS}
    assert all(len(pin.revision) == 40 for pin in wished.values())
