"""The memory plan of studies as they come: told offline, without pins, from the study file alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from gradus.estimates.asked import ONE_GPU
from gradus.estimates.resources_table import kind_rows
from gradus.estimates.table import Row, as_text, folded, memory_rows
from gradus.graph.graph import Graph, study_specs
from gradus.graph.stages import STAGES
from gradus.hub.lock import Pin, PinnedFile, Repo, write_lock
from gradus.specs.models import FetchModelSpec
from gradus.study.hub import downloads
from linked_project import PROJECT, linked_project

LOCAL = PROJECT / "config" / "local_gpu.yaml"
GB = 10**9


@pytest.fixture(autouse=True)
def nothing_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None)


def rows_of(study: Path, device: int | None, **overrides: object) -> dict[str, Row]:
    return {row.name: row for row in memory_rows(study_specs(Graph.read(study, overrides)), device)}


def test_the_local_rows_fit_on_80_gb() -> None:
    rows = rows_of(LOCAL, 80 * GB)
    assert all(row.fits for row in rows.values())
    full, lora = rows["models/grpo_full"].memory, rows["models/grpo_lora"].memory
    assert full is not None
    assert lora is not None
    assert full.weights == 4 * 4_022_468_096
    assert (lora.adapter, lora.cache) == (4 * 132_120_576, 24 * GB)
    assert rows["samples/grpo_lora/math500"].memory.total > 0.9 * 80 * GB


def test_with_pins_the_whole_study_is_planned() -> None:
    """The lock as `snakemake hub_pins` leaves it, with one file for each pattern."""
    unpinned = Graph.read(LOCAL)
    wanted = downloads(unpinned.study)
    assert len(unpinned.unpinned) == len(wanted) == 7
    model = ("config.json", "tokenizer.json", "model-1-of-1.safetensors", "model.safetensors.index.json")
    lock: dict[Repo, Pin] = {}
    for download in wanted:
        names = [pattern.replace("*", "0") for pattern in download.patterns] or model
        lock[download.repo] = Pin("12" * 20, dict.fromkeys(names, PinnedFile(10, "git", "ab" * 20)))
    write_lock(lock)
    graph = Graph.read(LOCAL)
    assert graph.unpinned == []
    assert graph.jobs.keys() == unpinned.jobs.keys()
    assert [revision_of(each, "models/base") for each in (graph, unpinned)] == ["12" * 20, None]


def revision_of(graph: Graph, model: str) -> str | None:
    settings = graph.jobs[model].settings
    assert isinstance(settings, FetchModelSpec)
    assert settings.hub is not None
    return settings.hub.revision


def test_moments_in_float32_do_not_and_the_remedy_does() -> None:
    changed = {"grpo_full": {"optimizer": "adamw"}}
    row = rows_of(LOCAL, 80 * GB, experiments=changed)["models/grpo_full"]
    assert row.fits is False
    assert row.lower == (("micro_batch", 2),)
    remedied = {"grpo_full": {"optimizer": "adamw", "micro_batch": 2}}
    assert rows_of(LOCAL, 80 * GB, experiments=remedied)["models/grpo_full"].fits
    assert "models/grpo_full: does not fit; it would with micro_batch: 2" in as_text([row], 80 * GB)


def test_a_share_that_vllm_cannot_start_in() -> None:
    row = rows_of(LOCAL, 80 * GB, rollouts={"memory_share": 0.1})["models/grpo_lora"]
    assert (row.fits, row.lower) == (False, ())
    assert row.why == "raise rollouts.memory_share to 0.14: vLLM needs 10.4 GB"


def test_a_sampler_that_vllm_cannot_start_in() -> None:
    """17.5 GB are more than it needs with the CUDA context, but nine tenths of them are less than it needs."""
    name, long = "samples/grpo_lora/math500", {"benchmarks": {"math500": {"max_tokens": 40_000}}}
    needed = 8_044_936_192 + (512 + 40_000) * 147_456 + 2 * GB
    assert 0.9 * 17.5 * GB < needed < 16.1 * GB
    row = rows_of(LOCAL, 17_500_000_000, **long)[name]
    assert (row.fits, row.memory.total) == (False, needed + 1_200_000_000)
    assert row.why == "vllm needs 16.0 GB, 15.8 GB of the GPU are its own: take a smaller model or a larger GPU"
    assert row.lower == (("max_tokens", 38_144),)
    row = rows_of(LOCAL, 18 * GB, **long)[name]
    assert (row.fits, row.why) == (True, "")


def test_a_smaller_gpu_is_told_what_to_lower() -> None:
    rows = rows_of(LOCAL, 24 * GB)
    assert rows["models/grpo_full"].fits is False
    assert rows["models/grpo_lora"].fits is False


def test_what_is_not_known_is_said() -> None:
    rows = rows_of(LOCAL, None, models={"base": {"repo": "someone/else"}})
    row = rows["models/grpo_lora"]
    assert (row.memory, row.fits) == (None, None)
    assert row.why == "base: the shape of someone/else is not known before it is downloaded: snakemake models"
    assert as_text([row], None).splitlines()[1].split()[-4] == "?"


def test_the_embedded_study_asks_for_no_gpu() -> None:
    assert rows_of(PROJECT / "config" / "pocket.yaml", 80 * GB) == {}


def test_jobs_that_need_the_same_are_one_line() -> None:
    rows = list(rows_of(LOCAL, 80 * GB).values())
    names = [row.name for row in folded(rows)]
    assert "samples/baseline (5 jobs)" in names
    assert "models/grpo_full" in names
    assert len(names) == 2 + 4
    (one,) = [row for row in folded(rows) if row.name == "samples/baseline (5 jobs)"]
    asked = {row.name: (row.host_mb, row.minutes) for row in rows}
    assert (one.host_mb, one.minutes) == asked["samples/baseline/gsm8k"]  # the largest set
    assert asked["samples/baseline/gsm8k"] > asked["samples/baseline/aime2024"]


def test_kinds_of_jobs_are_in_the_order_that_is_given() -> None:
    study = study_specs(Graph.read(LOCAL))
    rows = kind_rows(study, ONE_GPU, list(STAGES))
    assert [row.stage for row in rows] == [stage for stage in STAGES if stage in {spec.stage for spec in study}]
    (row,) = [row for row in rows if row.stage == "sample_benchmark"]
    assert row.jobs == 4 * 5
    assert row.most.gpu_mem_mb == 73_200


def test_snakemake_plan_prints_the_table_without_pins_or_network(tmp_path: Path) -> None:
    linked_project(tmp_path)
    command = [sys.executable, "-m", "snakemake", "plan", "--configfile", "config/local_gpu.yaml"]
    done = subprocess.run(
        [
            *command,
            "--workflow-profile",
            "profiles/gpu",
            "--resources",
            "gpu=1",
            "gpu_mem_mb=80000",
            "gpu_hour_cents=250",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HF_HUB_OFFLINE": "1", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("models/grpo_full ")]
    *_, limit, fits, host, minutes, hours = line.split()
    assert (limit, fits) == ("80.0", "yes")
    assert line.split()[3] == "1"
    assert float(hours) == pytest.approx(int(minutes) / 60 / 2, abs=0.1)  # minutes are asked for with a margin of 2
    assert " GPU hours in all, if every completion were as long as it may be, $" in done.stdout
    assert " at $2.5 an hour." in done.stdout
    assert float(host) > 20
    assert int(minutes) > 100
    line, _ = [line for line in done.stdout.splitlines() if line.startswith("grpo ")]
    assert line.split() == ["grpo", "2", host, "1", "52.5", "4", minutes]
