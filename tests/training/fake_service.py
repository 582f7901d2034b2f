"""A service in this process, for the bookkeeping of runs: what it has done, and what it is told to fail at."""

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tinker.lib.public_interfaces.api_future import AwaitableConcurrentFuture
from tiny import job_of

from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.training.tinker import run as run_module
from gradus.training.tinker.run import Run


class Fake:
    """Its model is the number of steps that it has taken, in `taken`; states are such numbers by their paths.

    fail: what each next request does instead, by the request's number in the run; each once.
    """

    def __init__(self) -> None:
        self.states: dict[str, int] = {}
        self.opened: list[str | None] = []
        self.steps: list[int] = []
        self.fail: dict[int, Exception] = {}
        self.room = 10**9
        self.requests = 0
        self.at: dict[int, Any] = {}

    def open(self, job: Job) -> SimpleNamespace:
        spending = SimpleNamespace(expect=self.expect, charge=lambda *_, **__: 0.0)
        client = SimpleNamespace(create_training_client_from_state_with_optimizer=self.client)
        settings = SimpleNamespace(checkpoint_seconds=7200)
        named = {"model": "m", "url": "http://nowhere", "close": lambda: None}
        return SimpleNamespace(job=job, client=client, settings=settings, spending=spending, **named)

    def expect(self, dollars: float, what: str) -> None:
        if len(self.steps) >= self.room:
            raise GradusError("tinker.max_dollars: spent")

    def client(self, path: str | None = None) -> AwaitableConcurrentFuture[Any]:
        self.opened.append(path)
        return done(Client(self, self.states[path] if path else 0))


class Client:
    def __init__(self, fake: Fake, taken: int) -> None:
        self.fake, self.taken, self.spoilt = fake, taken, False

    def _answer(self, value: Any) -> AwaitableConcurrentFuture[Any]:
        fake = self.fake
        fake.requests += 1
        if act := fake.at.pop(fake.requests, None):
            act()
        if error := fake.fail.pop(fake.requests, None):
            self.spoilt = True
            return failed(error)
        return failed(RuntimeError("this client is poisoned")) if self.spoilt else done(value)

    def step(self) -> AwaitableConcurrentFuture[int]:
        self.taken += 1
        self.fake.steps.append(self.taken)
        return self._answer(self.taken)

    def _saved(self, kind: str, name: str, ttl_seconds: int) -> AwaitableConcurrentFuture[Any]:
        path = f"tinker://x/{kind}/{name}"
        assert path not in self.fake.states
        self.fake.states[path] = self.taken
        return self._answer(SimpleNamespace(path=path, ttl=ttl_seconds))

    def save_state(self, name: str, ttl_seconds: int) -> AwaitableConcurrentFuture[Any]:
        return self._saved("weights", name, ttl_seconds)

    def save_weights_for_sampler(self, name: str, ttl_seconds: int) -> AwaitableConcurrentFuture[Any]:
        return self._saved("sampler_weights", name, ttl_seconds)

    def save_weights_external(self, name: str, ttl_seconds: int) -> AwaitableConcurrentFuture[Any]:
        return self._saved("external_weights", name, ttl_seconds)


def done(value: Any) -> AwaitableConcurrentFuture[Any]:
    future: Future[Any] = Future()
    future.set_result(value)
    return AwaitableConcurrentFuture(future)


def failed(error: Exception) -> AwaitableConcurrentFuture[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return AwaitableConcurrentFuture(future)


class Training:
    """A run of `total` steps whose rows are the fake model's own count; it saves after every step that is due."""

    def __init__(self, root: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch, total: int = 6) -> None:
        self.root, self.fake, self.total = root, fake, total
        monkeypatch.setattr(run_module.Service, "open", fake.open)
        monkeypatch.setattr(run_module, "await_server", lambda url: None)
        monkeypatch.setattr(run_module.time, "sleep", lambda seconds: None)
        monkeypatch.setattr(run_module, "download_adapter", self._download)
        self.start = SimpleNamespace(folder=root, client=lambda service, settings: fake.client())

    def _download(self, service: Any, exported: str, base: Path, alpha: float, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        write_json(directory / "adapter_config.json", {"r": 4})
        (directory / "adapter_model.safetensors").write_text(str(self.fake.states[exported]), encoding="utf-8")

    def job(self) -> Job:
        return job_of(self.root, "sft_custom", service={"model": "m"})

    def run(self, save_every: int = 1, keep_every: int = 100, job: Job | None = None) -> list[dict[str, Any]]:
        job = job or self.job()
        run = Run(job, self.start, job.state_folder(), self.total, {"seen": 0})
        self.last = run

        def steps() -> None:
            for step in range(run.done, self.total):
                run.before_step(0.0)

                def stepped(taken: int, step: int = step) -> None:
                    run.carried["seen"] += 1
                    run.add({"step": step + 1, "taken": taken, "seen": run.carried["seen"]}, shown="taken")

                run.pipeline.submit(f"step {step + 1}", [run.client.step()], stepped)
                if (step + 1) % keep_every == 0:
                    run.keep(step + 1, self.root / "out" / "checkpoints" / f"step-{step + 1:04d}")
                elif (step + 1) % save_every == 0:
                    run.save(step + 1)

        return run.drive(steps, self.root / "out")
