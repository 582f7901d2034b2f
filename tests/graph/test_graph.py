"""The jobs of a study, and the files that they read; specs are written only where they changed."""

import json
import os
from pathlib import Path

import pytest

from gradus.graph import spec_files
from gradus.graph.graph import Graph
from gradus.graph.spec_files import plan_specs, write_specs
from study.made_study import changed, study, write
from study.planned import specs_of

LONG_AGO = 1_000_000_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec_files, "fingerprint", lambda script, modules: f"{script}-1")
    return tmp_path


def written(path: Path) -> list[str]:
    """Names of the jobs whose specs a build writes, as their time stamps say."""
    specs = Path("results/small/specs")
    for file in specs.rglob("*.json"):
        os.utime(file, (LONG_AGO, LONG_AGO))
    graph = Graph.read(path)
    planned = plan_specs(graph)
    write_specs(graph, planned)
    touched = [file.relative_to(specs).as_posix() for file in specs.rglob("*.json") if file.stat().st_mtime > LONG_AGO]
    assert sorted(f"{name}.json" for name in planned.changes) == sorted(touched)
    return sorted(planned.changes)


def test_specs_are_written_once(folder: Path) -> None:
    graph = Graph.read(write(folder))
    assert written(write(folder)) == sorted(graph.jobs)
    spec = json.loads(Path("results/small/specs/models/rl.json").read_text(encoding="utf-8"))
    assert spec == specs_of(write(folder))["models/rl"] | {"fingerprint": "grpo.py-1"}
    assert written(write(folder)) == []


def test_only_changed_specs_are_written_again(folder: Path) -> None:
    written(write(folder))
    assert written(changed(folder, ("experiments.sft.epochs", 9))) == ["models/sft"]
    assert written(write(folder)) == ["models/sft"]


def test_changed_code_writes_the_specs_of_its_jobs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(write(folder))
    monkeypatch.setattr(spec_files, "fingerprint", lambda script, modules: f"{script}-{2 if script == 'sft.py' else 1}")
    assert written(write(folder)) == ["models/sft"]


def test_specs_of_jobs_that_are_gone_are_removed(folder: Path) -> None:
    written(write(folder))
    fewer = changed(folder, ("experiments.sft_rl", None))
    written(fewer)
    specs = Path("results/small/specs")
    left = {file.relative_to(specs).as_posix().removesuffix(".json") for file in specs.rglob("*.json")}
    assert not any("sft_rl" in name for name in left)
    assert left == set(Graph.read(fewer).jobs)


def test_overrides_change_the_plan_and_the_place_of_its_results(folder: Path) -> None:
    graph = Graph.read(write(folder), {"study": "other", "experiments": {"rl": {"steps": "5"}}})
    assert graph.root == "results/other"
    assert graph.jobs["models/rl"].settings.steps == 5
    assert graph.jobs["models/sft_rl"].settings.steps == 7


def test_files_that_jobs_read(folder: Path) -> None:
    graph = Graph(
        study(
            folder,
            ("problems.cut", {"source": "subset", "of": "train", "levels": [4]}),
            ("experiments.full", {"from": "sft", "stage": "grpo", "problems": "cut", "method": "full"}),
            ("experiments.row", {"from": "full", "stage": "none"}),
        )
    )

    def reads(job: str, role: str) -> list[str]:
        return [file.removeprefix("results/small/") for file in graph.jobs[job].reads[role]]

    base, full = "models/base/model.json", "models/full/model.json"
    assert reads("problems/cut", "of") == ["problems/train.parquet"]
    assert reads("problems/train", "of") == []
    assert reads("samples/sft/hard", "problems") == reads("contamination/benchmarks", "benchmarks")
    assert reads("samples/sft/hard", "problems") == ["problems/test.parquet"]
    assert reads("models/full", "problems") == ["problems/cut.parquet"]
    assert reads("models/sft", "traces") == ["traces/custom.jsonl"]
    assert reads("traces/custom.completions", "weights") == ["models/teacher/model.json"]
    assert reads("samples/baseline/easy", "weights") == [base]
    assert reads("samples/sft_rl/easy", "weights") == [base, "models/sft_rl/model.json"]
    assert reads("models/sft_rl", "weights") == reads("models/full", "weights") == [base, "models/sft/model.json"]
    assert reads("samples/row/easy", "weights") == reads("export/full", "weights") == [full]
    assert reads("eval/row/easy", "tokenizer") == [base]


def test_jobs_are_in_the_order_of_the_data(folder: Path) -> None:
    """What a job reads comes before it, but for what only tells of the gate."""
    graph = Graph(study(folder))
    places = {job.result: number for number, job in enumerate(graph.jobs.values())}
    for number, job in enumerate(graph.jobs.values()):
        read = [file for role, files in job.reads.items() for file in files if file in places]
        assert all(places[file] < number for file in read if "/contamination/" not in file), job.name


def test_targets(folder: Path) -> None:
    graph = Graph(study(folder))
    assert [job.name for job in graph.of_stages("sft", "grpo")] == ["models/sft", "models/rl", "models/sft_rl"]
    assert [job.name for job in graph.of_stages("count_votes")] == ["votes/baseline/easy", "votes/rl/easy"]
    assert len(graph.of_stages("score_samples")) == 8
    entries = graph.jobs["ledger"].reads["entries"]
    # Neither its own nor the report's, nor are there exports unless asked for.
    assert len(entries) == len(graph.jobs) - 2 - len(graph.of_stages("export_model"))
    assert "results/small/ledger/votes.json" in entries


def test_a_study_may_vote_on_nothing(folder: Path) -> None:
    graph = Graph(study(folder, ("votes", None)))
    assert graph.of_stages("count_votes", "make_votes_table") == []
    assert graph.jobs["report"].reads["votes"] == []
