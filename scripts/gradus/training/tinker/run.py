"""A training run on the service: its steps, the state that it resumes from, what it does when things go wrong."""

import json
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Generic

import tinker
from tinker.types import SaveWeightsExternalResponse, SaveWeightsForSamplerResponse, SaveWeightsResponse

from gradus.models.checkpoints import copy_model
from gradus.models.tokenizer import copy_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_text
from gradus.provenance.job import Job
from gradus.provenance.stop_signals import Stopped
from gradus.specs.training import T
from gradus.tinker.adapter import ADAPTER, CONFIG, download_adapter
from gradus.tinker.checkpoints import Checkpoint, expiry, unique
from gradus.tinker.service import Service
from gradus.training.recording import Recording, SaveTimer
from gradus.training.tinker import moments
from gradus.training.tinker.pipeline import RequestPipeline
from gradus.training.tinker.start import Start
from gradus.training.tinker.waiting import ClientLost, await_server, result

SECONDS_PER_DAY = 86_400
STATE_SECONDS = 7 * SECONDS_PER_DAY
"""For which the service keeps a state that is only there to resume from."""

EXPORT_SECONDS = SECONDS_PER_DAY
"""For which it keeps the export of an adapter, which is downloaded at once."""

MAX_TRIES = 5
"""Times in a row that a run goes back to its state without getting further before it fails."""

MAX_PAUSE_SECONDS = 60.0


class Halted(Exception):
    """The run has to end before its last step, for a reason that the user is told."""


class Run(Recording, Generic[T]):
    """Rows of metrics.jsonl, a client that trains, and the state on the service that both can go back to.

    `state.json` names the state and holds the rows up to it; it is replaced only after the service has the state, so a
    kill at any moment leaves the old pair or the new one. Steps after it are done again, here or in the next attempt.
    done: steps that are recorded. carried: what the loop carries from step to step, after the last of these.
    """

    service: Service
    client: tinker.TrainingClient
    pipeline: RequestPipeline

    def __init__(
        self, job: Job[T], start: Start, folder: Path, total: int, carried: dict[str, Any] | None = None
    ) -> None:
        self.job, self.start, self.total = job, start, total
        self.save_timer, self.stop_signal = SaveTimer(job), job.stop_signal
        self._file = folder / "state.json"
        self._saved: dict[str, Any] = {"step": 0, "metrics": [], "carried": carried or {}}
        self._saved |= {"state": None, "expires": None, "kept": None}
        if self._file.is_file():
            self._saved = read_json(self._file)
        super().__init__(job, total, self._saved["step"], list(self._saved["metrics"]))
        self._restore()
        self._connected, self._ever, self._probed = False, False, False
        self._furthest, self._tries = self.done, 0

    def _restore(self) -> None:
        self.done: int = self._saved["step"]
        self.carried: dict[str, Any] = deepcopy(self._saved["carried"])

    # Steps

    def drive(self, steps: Callable[[], None], out: Path) -> list[dict[str, Any]]:
        """Call `steps`, which trains from `done` to the end, and write the result to `out`; return all rows.

        Where the client is lost, `steps` is called again from the saved state. Raises GradusError where the run has to
        end early, and Stopped where the job was asked to: what is done is saved, unless the service does not have it.
        """
        with self.stop_signal.deferring():
            while True:
                try:
                    if not self._connected:
                        self._connect()
                    steps()
                    self.pipeline.drain()
                    self._finish(out)
                    self.service.close()
                    return self.close()
                except ClientLost as error:
                    self._go_back(error)
                except Halted as error:
                    self._halt()
                    done = f"{self._saved['step']} of {self.total} steps are done and saved"
                    raise GradusError(f"{error}; {done}") from None
                except Stopped:
                    self._halt()
                    self.stop_signal.reached(f"step {self._saved['step']} of {self.total}")

    def before_step(self, dollars: float) -> None:
        """Raises Halted where the next step, of about so many dollars, must not start, and Stopped."""
        self.stop_signal.reached(f"step {self.done} of {self.total}")
        try:
            self.service.spending.expect(dollars, f"step {self.done + 1} of {self.total}")
        except GradusError as error:
            raise Halted(str(error)) from None

    def add(self, row: dict[str, Any], shown: str) -> None:
        super().add(row, shown)
        self.done += 1

    # State

    def save(self, step: int) -> None:
        """Save the state after `step` steps, of which the last is asked for, for the run to resume from."""
        name, seconds = unique(f"state-{step:04d}"), self._seconds(STATE_SECONDS)
        future = self.client.save_state(name, ttl_seconds=seconds)
        self.pipeline.submit(
            f"saving the state after step {step}", [future], partial(self._note, step, None, expiry(seconds))
        )

    def keep(self, step: int, folder: Path) -> None:
        """Keep the policy after `step` in `folder`, and its state on the service to resume and to continue from."""
        name, seconds = unique(f"step-{step:04d}"), self._seconds()
        futures = [
            self.client.save_state(name, ttl_seconds=seconds),
            self.client.save_weights_for_sampler(name, ttl_seconds=seconds),
            self.client.save_weights_external(name, ttl_seconds=EXPORT_SECONDS),
        ]
        kept = partial(self._kept, step, folder, expiry(seconds))
        self.pipeline.submit(f"saving the checkpoint after step {step}", futures, kept)

    def _finish(self, out: Path) -> None:
        """The result is the checkpoint of the last step, where there is one, else the policy as it is."""
        kept = Path(self._saved["kept"] or out)
        if self._saved["step"] < self.total or not (kept / ADAPTER).is_file():
            kept = out
            self.keep(self.total, out)
            self.pipeline.drain()
        if kept != out:
            copy_model(kept, out)

    def _seconds(self, most: int | None = None) -> int:
        seconds: int = self.service.settings.checkpoint_seconds
        return seconds if most is None else min(seconds, most)

    def _note(self, step: int, kept: Path | None, expires: str, state: SaveWeightsResponse) -> None:
        if step != self.done:
            raise RuntimeError(f"the state after step {step} was saved with the rows of {self.done}")
        saved = {"step": step, "metrics": list(self.rows), "carried": deepcopy(self.carried), "state": state.path}
        self._saved = saved | {"expires": expires, "kept": kept and str(kept)}
        write_text(self._file, json.dumps(self._saved))
        self.job.keep_time()
        self.save_timer.saved(self.pipeline.begin)

    def _kept(
        self,
        step: int,
        folder: Path,
        expires: str,
        state: SaveWeightsResponse,
        sampler: SaveWeightsForSamplerResponse,
        exported: SaveWeightsExternalResponse,
    ) -> None:
        service, alpha = self.service, self.job.settings.lora.alpha
        copy_tokenizer(self.start.folder, folder)
        download_adapter(service, exported.path, self.start.folder, alpha, folder)
        rank = read_json(folder / CONFIG)["r"]  # that of the adapter that it continues, where it continues one
        Checkpoint(service.model, rank, state.path, sampler.path, expires, service.url).write(folder)
        self._note(step, folder, expires, state)

    # Failures

    def _connect(self) -> None:
        self.service = Service.open(self.job)
        self._ever = True
        self.pipeline = RequestPipeline(self.service)
        state = self._saved["state"]
        if state is None:
            future = self.start.client(self.service, self.job.settings)
        elif datetime.fromisoformat(self._saved["expires"]) <= datetime.now(UTC):
            raise GradusError(
                f"{self._file}: the service kept the state until {self._saved['expires']} only; remove "
                f"{self._file.parent} and run again to start over"
            )
        else:
            future = self.service.client.create_training_client_from_state_with_optimizer(state)
        self.client = result(self.service, future, "opening a training client")
        self._connected = True
        if state is not None and not self._probed:
            self._probe(state)

    def _probe(self, state: str) -> None:
        """Log whether the state that the run resumes from has its optimizer; once, as all states are of one service."""
        self._probed = True
        if all(row.get("grad_norm", 0.0) == 0.0 for row in self.rows):
            return  # no step has had a gradient, so there are no moments
        ids = self.start.tokenizer.encode(moments.PROBE, add_special_tokens=False).ids
        price = self.service.spending.cost(self.service.model, train=moments.PROBE_PASSES * len(ids))
        try:
            self.service.spending.expect(price, "testing whether the optimizer was restored")
        except GradusError as error:
            raise Halted(str(error)) from None
        if moments.optimizer_restored(self.service, state, ids, self.job.settings):
            self.job.log("the state was restored with its optimizer: the run continues as if it had not stopped")
        else:
            self.job.log(
                f"{self.service.url} gave the weights of the state back without its optimizer (tinker-feedback#127): "
                "the next steps are as with a fresh Adam, and differ from those of a run that did not stop"
            )

    def _go_back(self, error: ClientLost) -> None:
        self._tries = 0 if self.done > self._furthest else self._tries
        self._furthest = max(self._furthest, self.done)
        step = self._saved["step"]
        if self.stop_signal.received or self._tries >= MAX_TRIES:
            tried = f" {MAX_TRIES} times without getting further" if self._tries else ""
            raise GradusError(f"{error}{tried}; the state after step {step} is kept: run again to go on from there")
        pause = min(2.0**self._tries, MAX_PAUSE_SECONDS)
        self._tries += 1
        self.job.log(f"{error}: back to the state after step {step}, in {pause:g} s")
        time.sleep(pause)
        if self._ever:
            await_server(self.service.url)
            self.service.close()
        self._connected = False
        self.back_to(self._saved["metrics"], self.done - step)
        self._restore()

    def _halt(self) -> None:
        """Save what is done."""
        try:
            self.pipeline.drain()
            if self.done > self._saved["step"]:
                self.save(self.done)
                self.pipeline.drain()
        except ClientLost as error:
            self.job.log(f"the last steps are lost: {error}")
        self.service.close()
