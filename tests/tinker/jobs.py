"""Jobs of a study on the server, started as a build starts them: scripts in processes of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from serving import KEY, NAME, PROJECT

from gradus.problems.pocket.generate import generate_problems
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json, write_json
from gradus.provenance.fingerprint import fingerprint
from gradus.sampling.samples import Sample, read_samples
from gradus.study.plan import Plan
from gradus.study.tinker import service_file

TRAINED = {"backend": "tinker", "learning_rate": 1e-2, "lora": {"rank": 8}}
RL = TRAINED | {"stage": "grpo", "from": "base", "problems": "train", "max_tokens": 24, "kl_coef": 0, "kl_guard": None}
STUDY: dict[str, Any] = {
    "study": "loopback",
    "sampling": {"sampler": "tinker", "temperature": 1.0},
    "problems": {"train": {"source": "pocket", "split": "train", "size": 24, "levels": [1]}},
    "benchmarks": {"test": {"problems": "train", "max_tokens": 24, "samples": 4}},
    "experiments": {
        "baseline": {"from": "base", "stage": "none"},
        # An untrained model writes an equals sign now and then. To write one more often is quickly learned.
        "rl": RL
        | {"steps": 6, "batch_size": 4, "group_size": 8, "checkpoint_every": 3, "scale_advantages": False}
        | {"rewards": {"correct": 0, "shows_work": {"weight": 1, "marks": ["="]}}, "loss": "importance_sampling"},
    },
}
PRICES = {"prefill": 10.0, "sample": 30.0, "train": 30.0}


class Jobs:
    """The jobs of one study in `folder`, of the model in `base`, against the server at `url`."""

    def __init__(self, folder: Path, base: Path, url: str) -> None:
        self.folder, self.base = folder, base
        self._settings: dict[str, Any] = {"url": url, "prices": {NAME: PRICES}}
        self._experiments: dict[str, Any] = {}
        self.results = folder / "results/loopback"
        self.configure()
        rows = generate_problems(name="t", split="train", size=24, levels=[1], family="familiar", seed=0)
        write_problems(folder / "train.parquet", rows)

    def configure(self, experiments: dict[str, Any] | None = None, **settings: Any) -> None:
        """Change the study: its experiments, and its settings of the service."""
        self._settings |= settings
        self._experiments = STUDY["experiments"] | (experiments or self._experiments)
        models = {"base": {"source": "folder", "path": str(self.base), "tinker": NAME}}
        study = STUDY | {"models": models, "tinker": self._settings, "experiments": self._experiments}
        file = self.folder / "study.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(study), encoding="utf-8")
        self._plan = Plan.read(file)
        write_json(self.results / "tinker.json", service_file(self._plan.study))

    def sampling(self, experiment: str = "baseline", **changes: Any) -> "Running":
        out = self.results / f"samples/{experiment}/test.parquet"
        outputs = ["--out", out, "--problems", self.folder / "train.parquet"]
        return self._start(
            f"samples/{experiment}/test", outputs, experiment if experiment != "baseline" else None, changes
        )

    def training(self, experiment: str = "rl", start: str | None = None, **changes: Any) -> "Running":
        out = self.results / f"models/{experiment}"
        outputs = ["--problems", self.folder / "train.parquet", "--model", out / "adapter_model.safetensors"]
        return self._start(f"models/{experiment}", [*outputs, "--metrics", out / "metrics.jsonl"], start, changes)

    def _start(self, name: str, arguments: list[Any], adapter: str | None, changes: dict[str, Any]) -> "Running":
        spec = self._plan.specs[f"{name}.json"]
        spec = spec | {"settings": spec["settings"] | changes}
        code = fingerprint(spec["script"], spec["modules"])
        path = f"results/loopback/specs/{name}.json"
        write_json(self.folder / path, spec | {"fingerprint": code})
        weights = [self.base / "tokenizer.json"]
        if adapter is not None:
            weights.append(self.results / f"models/{adapter}/tinker.json")
        command = [sys.executable, PROJECT / "scripts" / spec["script"], path, *arguments, "--weights", *weights]
        command += ["--log", self.folder / "job.log", "--ledger", self.results / f"ledger/{name}.json"]
        for output in arguments[1::2]:
            output.parent.mkdir(parents=True, exist_ok=True)
        return Running(self, name, [str(part) for part in command])

    # What jobs leave

    def samples(self, experiment: str = "baseline") -> list[Sample]:
        return read_samples(self.results / f"samples/{experiment}/test.parquet")

    def metrics(self, experiment: str = "rl") -> list[dict[str, Any]]:
        text = (self.results / f"models/{experiment}/metrics.jsonl").read_text(encoding="utf-8")
        return [yaml.safe_load(line) for line in text.splitlines()]

    def record(self, experiment: str = "rl") -> dict[str, Any]:
        return read_json(self.results / f"models/{experiment}/tinker.json")

    def ledger(self, name: str) -> dict[str, Any]:
        return read_json(self.results / f"ledger/{name}.json")

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
