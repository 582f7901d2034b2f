"""What a build puts in safety before it draws another number of samples."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph import spec_files
from gradus.graph.graph import Graph
from gradus.graph.spec_files import plan_specs, write_specs
from gradus.provenance.files import sha256_file, write_json
from gradus.provenance.records import inputs_of
from gradus.specs.sampling import Drawn
from study.made_study import changed

ROOT = Path("results/small")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec_files, "fingerprint", lambda script, modules: f"{script}-1")
    return tmp_path


def build(path: Path) -> None:
    """Samples of every job that draws some, and their records."""
    graph = Graph.read(path)
    write_specs(graph, plan_specs(graph))
    for job in graph.jobs.values():
        if isinstance(job.settings, Drawn):
            read = [file for files in job.reads.values() for file in files]
            for file in read:
                Path(file).parent.mkdir(parents=True, exist_ok=True)
                Path(file).write_text(file)
            Path(job.result).parent.mkdir(parents=True, exist_ok=True)
            Path(job.result).write_text(job.name)
            known = {file: vars(one) for file, one in inputs_of(read).items()}
            spec = sha256_file(ROOT / "specs" / f"{job.name}.json")
            entry = {"stage": job.stage, "name": job.name, "wall_seconds": 1.0, "spec": spec, "inputs": known}
            write_json(ROOT / "ledger" / f"{job.name}.json", entry)


def kept(path: Path) -> set[str]:
    """The jobs whose samples the next build puts in safety."""
    graph = Graph.read(path)
    write_specs(graph, plan_specs(graph))
    return {file.read_text() for file in (ROOT / ".state").glob("*/former.parquet")}


VOTED = {"samples/baseline/easy.votes", "samples/rl/easy.votes"}


@pytest.mark.parametrize("samples", [9, 64])
def test_of_votes_those_of_every_cell(folder: Path, samples: int) -> None:
    build(changed(folder))
    assert kept(changed(folder, ("votes.samples", samples))) == VOTED


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ([("votes.k", [1, 4])], set()),
        ([("votes.samples", 16), ("votes.temperature", 0.9)], set()),
        ([("votes.samples", 16), ("benchmarks.easy", {"problems": "test", "max_tokens": 77})], set()),
        ([("traces.custom.samples", 2)], {"traces/custom.completions"}),
        ([("benchmarks.hard", {"problems": "test", "max_tokens": 50, "samples": 4})], set()),  # no temperature yet
    ],
)
def test_only_where_the_number_alone_is_another_one(
    folder: Path, changes: list[tuple[str, Any]], names: set[str]
) -> None:
    if any(key == "benchmarks.hard" for key, _ in changes):
        changes[0][1]["temperature"] = 0.7
    build(changed(folder))
    assert kept(changed(folder, *changes)) == names


def test_not_what_was_changed_or_has_no_record(folder: Path) -> None:
    build(changed(folder))
    (ROOT / "ledger/samples/rl/easy.votes.json").unlink()
    (ROOT / "samples/baseline/easy.votes.parquet").unlink()
    assert kept(changed(folder, ("votes.samples", 16))) == set()


def test_a_dry_run_puts_nothing_anywhere(folder: Path) -> None:
    build(changed(folder))
    plan_specs(Graph.read(changed(folder, ("votes.samples", 16))))
    assert not (ROOT / ".state").exists()
