"""What surrounds a backend: its state, its metrics, and which checkpoints stay beside the model."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gradus.models.checkpoints import copy_model
from gradus.models.manifest import MANIFEST, Manifest
from gradus.models.opened import ModelFolders
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.specs.base import JobSettings
from gradus.training import backend
from gradus.training.backend import train

OUT = Path("results/x/models/sft")
SPEC = Path("results/x/specs/models/sft.json")


class Counted(JobSettings):
    """Settings of a made-up training."""

    steps: int
    gpus: int = 1


@pytest.fixture
def base(model: Path, tmp_path: Path) -> Path:
    """The folder of the model that the training starts from."""
    return Path(shutil.copytree(model.parent, tmp_path / "base"))


@pytest.fixture
def steps(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Runs a training of that many steps, each with a checkpoint; at step 3 it fails, once."""
    monkeypatch.chdir(tmp_path)
    Path("traces").write_text("traces", encoding="utf-8")
    failed = []

    def backend(
        job: Job[Counted], weights: ModelFolders, data: list[str], state: Path, out: Path
    ) -> list[dict[str, int]]:
        assert (weights, data, out) == (ModelFolders(base), ["a", "b"], OUT)
        done = state / "done"
        begin = int(done.read_text(encoding="utf-8")) if done.is_file() else 0
        for step in range(begin + 1, job.settings.steps + 1):
            if step == 3 and not failed:
                failed.append(step)
                assert not (out / MANIFEST).exists()
                raise GradusError("stopped")
            (out / "checkpoints" / f"step-{step}").mkdir(parents=True)
            done.write_text(str(step), encoding="utf-8")
        copy_model(weights.dense, out)
        return [{"step": step} for step in range(1, job.settings.steps + 1)]

    module = ModuleType("made_backend")
    module.train = backend
    monkeypatch.setitem(sys.modules, "made_backend", module)

    def run(count: int) -> None:
        spec = {"stage": "sft", "name": "models/sft", "modules": ["made_backend"], "settings": {"steps": count}}
        write_json(SPEC, spec)
        paths = {"weights": [str(base / MANIFEST)], "model": [f"{OUT}/model"], "metrics": [f"{OUT}/metrics.jsonl"]}
        job = Job(str(SPEC), paths, Counted)
        train(job, ["a", "b"], [Path("traces")])
        job.record()
        job.clear()

    return run


@pytest.mark.parametrize(("visible", "ranks", "said"), [(0, 4, ""), (4, 4, ""), (8, 4, ""), (1, 1, "1 of the 4 GPUs")])
def test_a_rank_for_each_gpu_that_is_granted_and_without_any_as_many_on_the_cpu(
    visible: int, ranks: int, said: str, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("torch.cuda.device_count", lambda: visible)
    started: list[int] = []

    def work_in_ranks(job: Job[Counted], count: int, state: Path) -> list[dict[str, int]]:
        started.append(count)
        copy_model(base, OUT)
        return [{"step": 1}]

    monkeypatch.setattr(backend, "work_in_ranks", work_in_ranks)
    settings = {"steps": 1, "gpus": 4}
    write_json(SPEC, {"stage": "sft", "name": "models/sft", "modules": ["made_backend"], "settings": settings})
    module = ModuleType("made_backend")
    module.train = None  # the ranks' to call
    monkeypatch.setitem(sys.modules, "made_backend", module)
    paths = {"weights": [str(base / MANIFEST)], "model": [f"{OUT}/model"], "metrics": [f"{OUT}/metrics.jsonl"]}
    job = Job(str(SPEC), paths | {"log": ["log.txt"]}, Counted)
    train(job, [], [])
    assert started == [ranks]
    assert said in Path("log.txt").read_text(encoding="utf-8")


def checkpoints() -> list[str]:
    return sorted(path.name for path in (OUT / "checkpoints").iterdir())


def test_a_resumed_run_keeps_its_checkpoints(steps: Callable[[int], None]) -> None:
    with pytest.raises(GradusError):
        steps(4)
    assert checkpoints() == ["step-1", "step-2"]
    steps(4)
    assert checkpoints() == ["step-1", "step-2", "step-3", "step-4"]
    rows = [json.loads(line) for line in (OUT / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3, 4]


def test_a_run_with_other_settings_drops_those_of_the_last(steps: Callable[[int], None]) -> None:
    with pytest.raises(GradusError):
        steps(4)
    steps(1)
    assert checkpoints() == ["step-1"]


def test_the_manifest_says_what_the_run_left_and_nothing_of_the_last(steps: Callable[[int], None], base: Path) -> None:
    steps(2)
    assert Manifest.read(OUT / MANIFEST).step == 2
    for left in ("adapter_config.json", "adapter_model.safetensors"):
        (OUT / left).write_text("of another method", encoding="utf-8")
    steps(1)
    made = Manifest.read(OUT / MANIFEST)
    assert (made.kind, made.step) == ("dense", 1)
    assert made.files == Manifest.read(base / MANIFEST).files


def test_a_base_that_is_exchanged_meanwhile_makes_no_model(
    steps: Callable[[int], None], base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["made_backend"]
    trained = module.train

    def exchanging(*arguments: Any) -> list[dict[str, int]]:
        rows = trained(*arguments)
        (base / "generation_config.json").write_text("{}", encoding="utf-8")
        return rows

    monkeypatch.setattr(module, "train", exchanging)
    with pytest.raises(GradusError, match=r"base/generation_config.json: has 2 bytes"):
        steps(1)
    assert not (OUT / MANIFEST).exists()
    assert not (OUT / "metrics.jsonl").exists()
