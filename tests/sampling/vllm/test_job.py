"""The sampling job with the vllm sampler, started as every job is: it finds its environment, resumes, and agrees."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gradus.models.manifest import MANIFEST
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.ahead import Planned, note_planned
from gradus.provenance.files import read_json, write_json
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.locks import hold, release
from gradus.sampling.samples import Sample, read_samples
from gradus.specs.base import Spec
from gradus.specs.models import WeightsSpec
from gradus.specs.prompts import PromptSpec
from gradus.specs.sampling import SampleBenchmarkSpec

pytestmark = pytest.mark.slow

PROMPT = PromptSpec(system="", few_shot=[], suffix=" Box the answer.")
PROJECT = Path(__file__).resolve().parents[3]


class Sampling:
    """Jobs of one folder that ask the model with its adapter."""

    def __init__(self, folder: Path, model: Path, adapter: Path, problems: list[Problem], python: str) -> None:
        self.folder = folder
        self._environment = os.environ | {"GRADUS_VLLM_PYTHON": python, "OMP_NUM_THREADS": "1"}
        own = Path(shutil.copytree(model, folder / "model"))
        self._weights = [own / MANIFEST, adapter / MANIFEST]
        write_problems(folder / "problems.parquet", problems)

    def arguments(self, name: str, **settings: Any) -> list[str]:
        """Of the command of a job, whose spec is written."""
        settings = {"samples": 1, "temperature": 0.0, "max_tokens": 24, "seed": 7, "sampler": "vllm"} | settings
        typed = SampleBenchmarkSpec(weights=WeightsSpec(dense="model", adapter="adapter"), prompt=PROMPT, **settings)
        modules = [f"gradus.sampling.{typed.sampler}.sampler"]
        spec = Spec(stage="sample_benchmark", name=f"samples/{name}", modules=modules, settings=typed)
        spec = spec.model_copy(update={"fingerprint": fingerprint("sample_benchmark.py", modules)})
        path = f"results/x/specs/samples/{name}.json"
        write_json(self.folder / path, spec.model_dump(mode="json", serialize_as_any=True))
        written = ["--log", f"{name}.log", "--ledger", f"{name}.json", "--out", f"{name}.parquet"]
        return [path, *written, "--problems", "problems.parquet", "--weights", *map(str, self._weights)]

    def start(self, name: str, **settings: Any) -> subprocess.Popen:
        arguments = self.arguments(name, **settings)
        command = [sys.executable, str(PROJECT / "scripts/sample_benchmark.py"), *arguments]
        return subprocess.Popen(command, cwd=self.folder, env=self._environment, stderr=subprocess.DEVNULL)

    def without_an_environment(self) -> None:
        self._environment["GRADUS_VLLM_PYTHON"] = "/bin/false"

    def samples(self, name: str, **settings: Any) -> list[Sample]:
        code = self.start(name, **settings).wait()
        assert code == 0, (self.folder / f"{name}.log").read_text(encoding="utf-8")
        return read_samples(self.folder / f"{name}.parquet")


@pytest.fixture
def sampling(tmp_path: Path, model: Path, adapter: Path, problems: list[Problem], vllm_python: str) -> Sampling:
    return Sampling(tmp_path, model, adapter, problems, vllm_python)


def test_a_killed_job_goes_on_and_writes_the_table_of_the_other_sampler(sampling: Sampling) -> None:
    settings = {"samples": 6, "max_tokens": 16}
    job = sampling.start("vllm", **settings)
    deadline = time.monotonic() + 900
    while not (parts := list(sampling.folder.glob("results/x/.state/*/part-*.parquet"))):
        assert job.poll() is None, "the job ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    job.kill()
    job.wait()
    assert [part.name for part in parts] == ["part-00000.parquet"]
    assert not (sampling.folder / "vllm.parquet").exists()
    first = parts[0].stat().st_mtime_ns
    resumed = sampling.start("vllm", **settings)
    while resumed.poll() is None and parts[0].exists():
        assert parts[0].stat().st_mtime_ns == first
        time.sleep(0.2)
    code, log = resumed.wait(), (sampling.folder / "vllm.log").read_text(encoding="utf-8")
    assert code == 0, log
    found = read_samples(sampling.folder / "vllm.parquet")
    assert found == sampling.samples("torch", **settings, sampler="torch")
    assert len({sample.text for sample in found}) > 100
    assert "1200/1200 completions" in log
    assert "tokens/s" in log
    ledger = read_json(sampling.folder / "vllm.json")
    assert ledger["attempts"] == 2
    assert ledger["tokens_out"] == sum(sample.tokens for sample in found)


def test_one_engine_samples_several_benchmarks(sampling: Sampling, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"one": {"samples": 2, "temperature": 0.7}, "two": {"samples": 1, "temperature": 0.7, "seed": 9}}
    alone = sampling.samples("two", **settings["two"])
    monkeypatch.chdir(sampling.folder)
    Path("two.json").unlink()
    Path("two.log").unlink()
    builder = hold(Path("builder"))
    jobs = [Planned(sampling.arguments(name, **of), "model", [], {}, 10) for name, of in settings.items()]
    note_planned(Path("results/x"), Path("builder"), jobs)
    sampling.samples("one", **settings["one"])
    sampling.without_an_environment()  # it starts neither that nor an engine
    assert sampling.samples("two", **settings["two"]) == alone
    release(builder)
    assert "made ahead, in the process of samples/one" in Path("two.log").read_text(encoding="utf-8")
