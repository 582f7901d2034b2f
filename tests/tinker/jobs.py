"""Jobs of a study on the server, started as a build starts them: scripts in processes of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from serving import KEY, NAME, PROJECT

from gradus.graph.graph import Graph
from gradus.graph.spec_files import spec_text
from gradus.models.manifest import MANIFEST
from gradus.problems.pocket.generate import generate_problems
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json, write_text
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.job import Job
from gradus.sampling.samples import Sample, read_samples
from gradus.specs.sampling import Drawn
from gradus.study.services import service_file
from sampling.sample_jobs import sample_job, write_service

TRAINED = {"backend": "tinker", "learning_rate": 1e-3, "lora": {"rank": 8}}
RL = TRAINED | {"stage": "grpo", "from": "base", "problems": "train", "max_tokens": 24, "kl_coef": 0, "kl_guard": None}
STUDY: dict[str, Any] = {
    "study": "loopback",
    "sampling": {"sampler": "tinker", "temperature": 1.0},
    "problems": {"train": {"source": "pocket", "split": "train", "size": 24, "levels": [1]}},
    "benchmarks": {"test": {"problems": "train", "max_tokens": 24, "samples": 4}},
    "contamination": {"policy": "report"},  # what is asked counts here, not what is scored: one set serves all
    "experiments": {
        "baseline": {"from": "base", "stage": "none"},
        # What an untrained model writes has an "a" in it about every other time: all groups have something to teach.
        "rl": RL
        | {"steps": 6, "batch_size": 4, "group_size": 8, "checkpoint_every": 3, "scale_advantages": False}
        | {"rewards": {"correct": 0, "shows_work": {"weight": 1, "marks": ["a"]}}, "loss": "importance_sampling"},
        "rl_here": {"from": "base", "inherits": "rl", "stage": "grpo", "backend": "torch", "problems": "train"}
        | {"sampler": "torch"},
    },
}
PRICES = {"prefill": 10.0, "sample": 30.0, "train": 30.0}


def job_at(folder: Path, url: str, model: str = NAME, **service: Any) -> Job[Drawn]:
    """A job in this process that draws two samples a problem of the server at `url`."""
    write_service(folder / "results/x", **{"url": url, "concurrency": 16, "checkpoint_seconds": 60} | service)
    return sample_job(folder, 2, model, temperature=1.0, max_tokens=24, seed=7)


class Jobs:
    """The jobs of one study in `folder`, of the model in `base`, against the server at `url`."""

    def __init__(self, folder: Path, base: Path, url: str) -> None:
        self.folder, self.base = folder, base
        self._settings: dict[str, Any] = {"url": url, "prices": {NAME: PRICES}}
        self._sampler = "tinker"
        self.results = folder / "results/loopback"
        self.configure()
        rows = generate_problems(name="t", split="train", size=24, levels=[1], family="familiar", seed=0)
        write_problems(folder / "train.parquet", rows)

    def configure(self, sampler: str | None = None, **settings: Any) -> None:
        """Change the study: what samples it, and its settings of the service."""
        self._sampler = sampler or self._sampler
        self._settings |= settings
        models = {"base": {"source": "folder", "path": str(self.base), "tinker": NAME}}
        sampling = STUDY["sampling"] | {"sampler": self._sampler}
        file = self.folder / "study.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        study = STUDY | {"models": models, "tinker": self._settings, "sampling": sampling}
        file.write_text(yaml.safe_dump(study), encoding="utf-8")
        self._graph = Graph.read(file)
        self.results.mkdir(parents=True, exist_ok=True)
        (self.results / "service.json").write_text(service_file(self._graph.study).model_dump_json())

    def sampling(self, experiment: str = "baseline", **changes: Any) -> "Running":
        """Sample an experiment, by the sampler that the study says for it."""
        name = f"samples/{experiment}/test"
        weights = [self.base / MANIFEST]
        if experiment != "baseline":
            weights.append(self.model(experiment) / MANIFEST)
        outputs = {"out": self.results / f"{name}.parquet"}
        return self._start(name, outputs, ["--problems", self.folder / "train.parquet"], weights, changes)

    def training(self, experiment: str = "rl", **changes: Any) -> "Running":
        """Train an experiment from the base."""
        out = self.model(experiment)
        outputs = {"model": out / MANIFEST, "metrics": out / "metrics.jsonl"}
        inputs = ["--problems", self.folder / "train.parquet", "--held_out", "--reference"]
        return self._start(f"models/{experiment}", outputs, inputs, [self.base / MANIFEST], changes)

    def _start(
        self, name: str, outputs: dict[str, Path], inputs: list[Any], weights: list[Path], changes: dict[str, Any]
    ) -> "Running":
        spec = self._graph.jobs[name].spec
        settings = type(spec.settings).model_validate(spec.settings.model_dump() | changes)
        code = fingerprint(f"{spec.stage}.py", spec.modules)
        path = f"results/loopback/specs/{name}.json"
        write_text(
            self.folder / path, spec_text(spec.model_copy(update={"settings": settings, "fingerprint": code})).decode()
        )
        command = [sys.executable, PROJECT / f"scripts/{spec.stage}.py", path, "--weights", *weights, *inputs]
        outputs = outputs | {"log": self.folder / "job.log", "ledger": self.results / f"ledger/{name}.json"}
        for role, output in outputs.items():
            output.parent.mkdir(parents=True, exist_ok=True)
            command += [f"--{role}", output]
        return Running(self, name, [str(part) for part in command])

    # What jobs leave

    def model(self, experiment: str = "rl") -> Path:
        return self.results / f"models/{experiment}"

    def samples(self, experiment: str = "baseline") -> list[Sample]:
        return read_samples(self.results / f"samples/{experiment}/test.parquet")

    def metrics(self, experiment: str = "rl") -> list[dict[str, Any]]:
        text = (self.model(experiment) / "metrics.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def record(self, experiment: str = "rl") -> dict[str, Any]:
        return read_json(self.model(experiment) / "tinker.json")

    def ledger(self, name: str) -> dict[str, Any]:
        return read_json(self.results / f"ledger/{name}.json")

    def spent(self) -> float:
        """Dollars, by the study's own record."""
        text = (self.results / "spending.jsonl").read_text(encoding="utf-8")
        return sum(json.loads(line)["dollars"] for line in text.splitlines())

    def state(self, name: str) -> Path:
        """The folder from which the job would resume."""
        (folder,) = (self.results / ".state").glob(f"{name.replace('/', '.')}-*")
        return folder

    def lines(self, name: str, file: str) -> int:
        """Whole lines of a file of that folder; none while there is no folder."""
        found = list((self.results / ".state").glob(f"{name.replace('/', '.')}-*/{file}"))
        return sum(path.read_bytes().count(b"\n") for path in found)


class Running:
    """A job's process."""

    def __init__(self, jobs: Jobs, name: str, command: list[str]) -> None:
        self._log = jobs.folder / f"{name.replace('/', '.')}.said.{time.time_ns()}.txt"
        self.begin = time.monotonic()
        variables = {"OMP_NUM_THREADS": "1", "WANDB_MODE": "disabled", "TINKER_API_KEY": KEY}
        with open(self._log, "wb") as said:
            self._process = subprocess.Popen(
                command, cwd=jobs.folder, env=os.environ | variables, stdout=said, stderr=subprocess.STDOUT
            )

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait(self) -> bool:
        """Whether it succeeded."""
        return self._process.wait(timeout=600) == 0

    def succeed(self) -> None:
        assert self.wait(), self.said()

    def error(self) -> str:
        """The line that it failed with."""
        assert not self.wait(), f"the job succeeded\n{self.said()}"
        assert "error: " in self.said(), self.said()
        return self.said()[self.said().rindex("error: ") :].strip()

    def until(self, condition: Callable[[], bool]) -> "Running":
        """Wait until something has happened; a job that ends before fails the test."""
        while not condition():
            assert self._process.poll() is None, f"the job ended before\n{self.said()}"
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def terminate(self) -> None:
        self._process.terminate()
