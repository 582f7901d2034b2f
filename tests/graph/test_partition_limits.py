"""What is told of jobs that SLURM's partitions do not suit, by SLURM's own commands, played by scripts."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake.resources import Resources as Declared

from gradus.estimates.resources import Resources
from gradus.graph.command import refuse_storage
from gradus.graph.graph import Graph
from gradus.graph.job import Job
from gradus.graph.partition_limits import PartitionLimits
from gradus.graph.slurm import Partitions, named_jobs, partitions, refuse_duplicates
from gradus.provenance.errors import GradusError
from graph.project import RESULTS, STUDY, snakemake
from linked_project import linked_project
from study.made_study import study

Says = Callable[[str, str], None]
BUILD = "0b54ca5e-c73f-4f23-9466-6d21a4d6b84f"
CLUSTER = "short*|1:00:00|(null)\nlong|2-00:00:00|gpu:h100:4(S:0-1)\nlong|2-00:00:00|(null)\nopen|infinite|(null)"


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Says:
    """Has one of SLURM's commands print this."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def write(command: str, text: str) -> None:
        (folder / command).write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n", encoding="utf-8")
        (folder / command).chmod(0o755)

    return write


def declared(given: dict[str, Any]) -> Declared:
    return Declared.parse([f"{name}={value}" for name, value in given.items()], allow_expressions=True)


def limits(default: dict[str, Any] | None = None, by_rule: dict[str, Any] | None = None) -> PartitionLimits:
    """By what a profile with three retries says, as Snakemake reads it."""
    rules = {rule: declared(given) for rule, given in (by_rule or {}).items()}
    resources = SimpleNamespace(default_resources=declared(default or {}), overwrite_resources=rules)
    return PartitionLimits(SimpleNamespace(resource_settings=resources, execution_settings=SimpleNamespace(retries=3)))


def needs(minutes: int, gpu: int = 0) -> Resources:
    return Resources(mem_mb=1000, gpu=gpu, gpu_mem_mb=0, threads=1, runtime_minutes=minutes)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Job]:
    return Graph(study(tmp_path_factory.mktemp("study"))).jobs


def test_partitions_are_as_sinfo_prints_them(says: Says) -> None:
    says("sinfo", f"{CLUSTER}\nodd|30:00|gpu:2")
    minutes = {"short": 60, "long": 2880, "open": None, "odd": 30}
    assert partitions() == Partitions(minutes, frozenset({"long", "odd"}), "short")


@pytest.mark.parametrize(
    ("default", "by_rule", "minutes"),
    [
        ({}, {}, 60),
        ({"slurm_partition": "long"}, {}, 2880),
        ({"slurm_partition": "'open'"}, {}, 5000),
        ({"slurm_partition": "long"}, {"sft": {"slurm_partition": "short"}}, 60),
        ({}, {"grpo": {"slurm_partition": "long"}}, 60),
        ({"slurm_partition": "'long' if attempt > 1 else 'short'"}, {}, 5000),
        ({"slurm_partition": "of-another-cluster"}, {}, 5000),
    ],
)
def test_a_job_asks_for_no_more_than_its_partition_allows(
    says: Says, jobs: dict[str, Job], default: dict[str, str], by_rule: dict[str, Any], minutes: int
) -> None:
    says("sinfo", CLUSTER)
    found = limits(default, by_rule)
    assert found.within(jobs["models/sft"], 5000) == 5000  # not read: no SLURM
    found.read()
    assert found.within(jobs["models/sft"], 5000) == minutes
    assert found.within(jobs["models/sft"], 30) == 30


def test_what_resumes_is_told_apart_from_what_does_not(says: Says, jobs: dict[str, Job]) -> None:
    says("sinfo", CLUSTER)
    found = limits()
    found.read()
    assert list(found.lines((job, needs(60)) for job in jobs.values())) == []
    assert list(found.lines([(jobs["models/sft"], needs(100)), (jobs["models/base"], needs(230))])) == [
        "models/base (230), models/sft (100): may take more than the 60 minutes of the partition; they ask for these, "
        "save their state and go on in the next attempt"
    ]
    samples = [job for job in jobs.values() if job.stage == "sample_benchmark"]
    lines = list(found.lines([*((job, needs(241 + n)) for n, job in enumerate(samples)), (jobs["report"], needs(61))]))
    assert len(samples) > 3
    assert f" and {len(samples) - 3} more: may take more than the 60 minutes" in lines[0]
    assert lines[0].endswith("; that may take 5 attempts: --retries 4, or name a longer one (slurm_partition)")
    assert lines[1:] == [
        "report (61): may take more than the 60 minutes of the partition; they ask for these, fail where that is too "
        "little; name a longer one (slurm_partition)"
    ]


def test_a_gpu_that_the_partition_does_not_have_is_told(says: Says, jobs: dict[str, Job]) -> None:
    says("sinfo", CLUSTER)
    wanted = [(jobs["models/sft"], needs(10, gpu=1))]
    for partition, told in (("short", 1), ("long", 0), ("of-another-cluster", 0)):
        found = limits({"slurm_partition": partition})
        found.read()
        lines = list(found.lines(wanted))
        assert len(lines) == told
        assert all("models/sft: a GPU is asked for, which the partition does not have" in line for line in lines)


def test_more_minutes_by_hand_than_there_are_are_refused(says: Says) -> None:
    says("sinfo", CLUSTER)
    limits(by_rule={"grpo": {"runtime": 60}}).read()
    limits({"slurm_partition": "long"}, {"grpo": {"runtime": 2000}}).read()
    with pytest.raises(GradusError, match="grpo: runtime: 61 minutes are more than the 60 of partition short"):
        limits(by_rule={"grpo": {"runtime": 61}}).read()


def test_jobs_of_this_study_in_this_folder_are_not_doubled(
    says: Says, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = named_jobs(SimpleNamespace(jobname_prefix=""), "small")
    assert name == "gradus-small"
    assert named_jobs(SimpleNamespace(jobname_prefix="mine"), "small") == "mine"
    others = [f"7|RUNNING|gradus-small_2_{BUILD}|{tmp_path}|rule_sft", f"8|PENDING|gradus-small_{BUILD}|/elsewhere|x"]
    says("squeue", "\n".join([*others, f"9|RUNNING|bash|{tmp_path}|(null)"]))
    refuse_duplicates(name, tmp_path)
    says("squeue", "\n".join([*others, f"10|PENDING|gradus-small_{BUILD}|{tmp_path}|rule_sft_wildcards_a|b "]))
    with pytest.raises(GradusError, match=r"queue: 10 rule_sft_wildcards_a\|b \(PENDING\); .* again: scancel 10$"):
        refuse_duplicates(name, tmp_path)


def test_a_slurm_that_does_not_answer_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GradusError, match="SLURM does not answer: sinfo: no such command here; run snakemake where "):
        partitions()
    (tmp_path / "sinfo").write_text("#!/bin/sh\necho down >&2; exit 1\n", encoding="utf-8")
    (tmp_path / "sinfo").chmod(0o755)
    with pytest.raises(GradusError, match="SLURM does not answer: sinfo: down; "):
        partitions()


def test_a_build_without_a_file_system_of_all_jobs_is_refused() -> None:
    def workflow(provider: str | None) -> SimpleNamespace:
        return SimpleNamespace(storage_settings=SimpleNamespace(default_storage_provider=provider))

    refuse_storage(workflow(None))
    with pytest.raises(GradusError, match="--default-storage-provider s3: jobs need a file system"):
        refuse_storage(workflow("s3"))


def test_a_dry_run_tells_what_partitions_do_not_allow(says: Says, tmp_path: Path) -> None:
    project = linked_project(tmp_path / "project")
    model = f"{RESULTS}/models/base/model.json"
    command = (model, "--dry-run", "--configfile", STUDY, "--workflow-profile", "profiles/slurm")
    says("sinfo", "short*|7:00|(null)")
    said = snakemake(project, *command)
    assert re.search(r"^ +resources: .*slurm_extra='--signal=TERM@120'.*runtime=7$", said, re.MULTILINE)
    told = "models/base (10): may take more than the 7 minutes of the partition; they ask for these, save their state "
    assert told in said
    (tmp_path / "bin/sinfo").write_text("#!/bin/sh\necho down >&2; exit 1\n", encoding="utf-8")
    said = snakemake(project, *command)
    assert "runtime=10\n" in said
    assert said.splitlines()[-1].startswith("not there yet: SLURM does not answer: sinfo: down; run snakemake where ")
