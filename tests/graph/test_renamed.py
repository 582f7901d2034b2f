"""Names in the study file that are not those in the results: what is found to be the same, and how it is kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradus.graph import renaming, spec_files
from gradus.graph.graph import Graph
from gradus.graph.renamed import find_renamed
from gradus.graph.renaming import keep_renamed
from gradus.graph.spec_files import plan_specs
from gradus.models.manifest import BaseModelRef, Manifest
from gradus.provenance.files import read_json, write_json
from graph.renamed_study import ROOT, SFT, adopt, build, content, found, renaming_sft
from study.made_study import changed

FULL = ("experiments.sft.method", "full")
ROW = ("experiments.row", {"from": "sft", "stage": "none", "checkpoint": 1})
"""A row of the table that is a checkpoint of another one."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec_files, "fingerprint", lambda script, modules: f"{script}-1")
    return tmp_path


def test_nothing_is_found_where_nothing_was_renamed(folder: Path) -> None:
    build(changed(folder))
    assert found(changed(folder)) is None
    assert found(changed(folder, ("experiments.sft_rl", None))) is None, "removed"
    assert found(changed(folder, ("experiments.more", SFT))) is None, "added"
    assert found(changed(folder, ("experiments.sft.epochs", 9))) is None
    assert found(changed(folder, ("experiments.sft.seeds", 2))) is None


def test_an_experiment_and_what_starts_from_it_are_found_by_what_they_are(folder: Path) -> None:
    build(changed(folder))
    renamed = found(renaming_sft(folder))
    assert renamed is not None
    assert renamed.names.experiments == {"new": "sft"}
    assert renamed.lacking == {"experiments.new": "sft"}
    (line,) = renamed.lines(Path("changed.yaml"))
    assert line == (
        "changed.yaml: experiments.new: 'sft' by another name, whose results are there; to keep them write `seed: sft` "
        "there and run: snakemake adopt --configfile changed.yaml (to draw anew instead: `seed: new`)"
    )
    said = found(renaming_sft(folder, seed="sft"))
    assert said is not None
    assert said.lacking == {}
    (line,) = said.lines(Path("changed.yaml"))
    assert line == (
        "changed.yaml: experiments.new: was 'sft', whose results are there; to keep them run: "
        "snakemake adopt --configfile changed.yaml"
    )
    kept = {(job.name, now.name) for job, now in said.kept}
    cells = {(f"samples/sft/{b}", f"samples/new/{b}") for b in ("easy", "hard")}
    assert kept == cells | {("models/sft", "models/new"), ("models/sft_rl", "models/sft_rl")}


@pytest.mark.parametrize("settings", [{"epochs": 9}, {"seed": "new"}, {"seed": 3}, {"traces": ["public"]}])
def test_another_setting_or_a_seed_of_its_own_is_another_experiment(folder: Path, settings: dict[str, Any]) -> None:
    build(changed(folder))
    assert found(renaming_sft(folder, **settings)) is None


def test_results_that_no_record_proves_are_not_kept(folder: Path) -> None:
    build(changed(folder))
    for entry in ("models/sft", "samples/sft/easy"):
        path = ROOT / "ledger" / f"{entry}.json"
        write_json(path, read_json(path) | {"spec": "0" * 64})
    assert found(renaming_sft(folder, seed="sft")) is None


def test_a_parent_and_its_child_are_renamed_at_once(folder: Path) -> None:
    build(changed(folder, FULL, ROW))
    row = ("experiments.last", {"from": "new", "stage": "none", "checkpoint": 1, "seed": "row"})
    child = {"from": "new", "inherits": "rl", "steps": 7, "seed": "sft_rl"}
    more = (("experiments.child", child), row, ("experiments.sft_rl", None))
    before = content()
    path = renaming_sft(folder, *more, method="full", seed="sft")
    renamed = found(path)
    assert renamed is not None
    assert renamed.names.experiments == {"new": "sft", "child": "sft_rl", "last": "row"}
    adopt(path)
    after = content()
    assert {_former(name): _former(text) for name, text in after.items()} == before
    assert not {name for name in after if {"sft", "sft_rl", "row"} & {*name.replace(".", "/").split("/")}}
    child_model = Manifest.read(ROOT / "models/child/model.json")
    assert child_model.base is not None
    assert child_model.base.folder == "../new"
    for config in ("models/child/adapter_config.json", "models/child/checkpoints/1/adapter_config.json"):
        assert read_json(ROOT / config)["base_model_name_or_path"] == str((ROOT / "models/new").resolve())


def _former(text: str) -> str:
    for now, before in (("child", "sft_rl"), ("new", "sft"), ("last", "row")):
        text = text.replace(f"/{now}", f"/{before}")
    return text


def test_traces_of_a_teacher_that_is_renamed_are_kept(folder: Path) -> None:
    build(changed(folder, ("traces.custom.teacher", "rl")))
    values = {"from": "base", "stage": "grpo", "problems": "train", "seed": "rl"}
    more = (("votes.experiments", ["baseline", "new"]), ("experiments.sft_rl.inherits", "new"))
    path = changed(
        folder, ("traces.custom.teacher", "new"), ("experiments.new", values), *more, ("experiments.rl", None)
    )
    renamed = found(path)
    assert renamed is not None
    assert {"traces/custom", "traces/custom.completions"} <= {now.name for _, now in renamed.kept}
    adopt(path)


def test_problems_that_a_renamed_experiment_chose_are_kept(folder: Path) -> None:
    def medium(by: str) -> tuple[str, Any]:
        keep = {"pass_rate": [0.1, 0.9], "by": by}
        return "problems.medium", {"source": "subset", "of": "train", "keep": keep}

    build(changed(folder, medium("rl")))
    values = {"from": "base", "stage": "grpo", "problems": "train", "seed": "rl"}
    more = (("votes.experiments", ["baseline", "new"]), ("experiments.sft_rl.inherits", "new"))
    path = changed(folder, medium("new"), ("experiments.new", values), *more, ("experiments.rl", None))
    renamed = found(path)
    assert renamed is not None
    assert {"problems/medium", "problems/medium.completions"} <= {now.name for _, now in renamed.kept}
    adopt(path)


def test_runs_of_further_seeds_follow(folder: Path) -> None:
    build(changed(folder, ("seeds", 2)))
    path = renaming_sft(folder, ("seeds", 2), seed="sft")
    adopt(path)
    assert (ROOT / "models/new.seed-1/model.json").is_file()
    assert (ROOT / "samples/new.seed-1/hard.parquet").is_file()
    assert not (ROOT / "models/sft.seed-1").exists()


def test_a_benchmark_is_found_with_its_votes(folder: Path) -> None:
    build(changed(folder))
    new = {"problems": "test", "seed": "easy"}
    path = changed(folder, ("benchmarks.new", new), ("votes.benchmarks", ["new"]), ("benchmarks.easy", None))
    adopt(path)
    assert (ROOT / "samples/rl/new.votes.parquet").is_file()
    assert not list((ROOT / "samples").glob("*/easy.*"))


def test_a_benchmark_of_other_problems_is_another_one(folder: Path) -> None:
    """Specs do not say which problems are asked: their file is an input."""
    build(changed(folder))
    more = ("problems.more", {"source": "pocket", "split": "evaluation", "size": 20})
    new = {"problems": "more", "seed": "easy"}
    path = changed(folder, more, ("benchmarks.new", new), ("votes.benchmarks", ["new"]), ("benchmarks.easy", None))
    assert found(path) is None


def test_an_experiment_and_a_benchmark_are_renamed_at_once(folder: Path) -> None:
    build(changed(folder))
    new = {"problems": "test", "seed": "easy"}
    start = ("experiments.start", {"from": "base", "stage": "none", "seed": "baseline"})
    votes = (("votes.benchmarks", ["new"]), ("votes.experiments", ["start", "rl"]))
    more = (("benchmarks.new", new), start, *votes, ("comparisons", {"baseline": "start"}))
    path = renaming_sft(folder, *more, ("benchmarks.easy", None), ("experiments.baseline", None), seed="sft")
    renamed = found(path)
    assert renamed is not None
    assert (renamed.names.experiments, renamed.names.benchmarks) == (
        {"new": "sft", "start": "baseline"},
        {"new": "easy"},
    )
    adopt(path)


def test_with_a_common_seed_a_name_is_all_that_changes(folder: Path) -> None:
    common = ("common_seed", True)
    build(changed(folder, common))
    path = renaming_sft(folder, common)
    renamed = found(path)
    assert renamed is not None
    assert renamed.lacking == {}
    adopt(path)


def test_the_second_renaming_keeps_the_first_name_as_its_seed(folder: Path) -> None:
    build(changed(folder, ("experiments.sft.seed", "first")))
    renamed = found(renaming_sft(folder))
    assert renamed is not None
    assert renamed.lacking == {"experiments.new": "first"}, "as the study's folder has it"
    adopt(renaming_sft(folder, seed="first"))


def test_a_stop_halfway_is_taken_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(changed(folder, FULL))
    path = renaming_sft(folder, method="full", seed="sft")
    whole: Callable[..., None] = renaming._Moving.move
    moved: list[str] = []

    def stop(self: Any, job: Any, now: Any, spec: bytes) -> None:
        if len(moved) == 3:
            raise KeyboardInterrupt
        moved.append(job.name)
        whole(self, job, now, spec)

    graph = Graph.read(path)
    specs = plan_specs(graph)
    renamed = find_renamed(graph, specs)
    assert renamed is not None
    assert len(renamed.kept) > 4
    monkeypatch.setattr(renaming._Moving, "move", stop)
    with pytest.raises(KeyboardInterrupt):
        keep_renamed(graph, specs, renamed)
    monkeypatch.setattr(renaming._Moving, "move", whole)
    assert found(changed(folder, FULL)) is None, "the study has its former names again"
    adopt(renaming_sft(folder, method="full", seed="sft"))
    assert Manifest.read(ROOT / "models/sft_rl/model.json").base == BaseModelRef(
        folder="../new", sha256=Manifest.read(ROOT / "models/new/model.json").digest()
    )
