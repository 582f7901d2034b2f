"""One job of the graph: reads its spec, does its work, leaves a log and a ledger entry.

Every script is run as `python scripts/NAME.py SPEC --log FILE --ledger FILE --role FILE... `, so that any job of a
build can be repeated by hand by copying its command.
"""

import hashlib
import os
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

# Before numpy or torch are imported: one thread a job is the fastest for small models, and makes sums repeatable.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from gradus.provenance import peak
from gradus.provenance.devices import granted, take
from gradus.provenance.environments import enter_environment
from gradus.provenance.errors import GradusError, disk_trouble
from gradus.provenance.files import read_json, replacing, sha256_file, write_json
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.gates import obey
from gradus.provenance.job_command import ONLY_OBEYED, WRITTEN, command_line, files_by_role, read_spec
from gradus.provenance.machine import this_machine
from gradus.provenance.making import make_result
from gradus.provenance.outside import expect_unchanged
from gradus.provenance.own_code import find_own_code
from gradus.provenance.parent_death import end_with_builder
from gradus.provenance.progress import Progress
from gradus.provenance.rank_job import is_first, is_rank, run_rank
from gradus.provenance.records import Input, expect_unchanged_inputs, inputs_of
from gradus.provenance.stop_signals import Stopped, StopSignal
from gradus.specs.base import JobSettings

S = TypeVar("S", bound=JobSettings)

GRADER = "gradus.grading"


class Job(Generic[S]):
    """What a script needs to know and to report. `settings` are typed as the stage's specs are.

    `resumes`: whether it saves state, to go on from after a kill.
    `ahead`: what it writes, log and ledger included, waits in a folder beside its state; see `ahead.py`.
    """

    resumes = True

    def __init__(self, spec_path: str, paths: dict[str, list[str]], kind: type[S], ahead: bool = False) -> None:
        self.spec_path = spec_path
        if not Path(spec_path).is_file():
            raise GradusError(f"{spec_path}: no such spec; a build writes the specs of its study before it begins")
        self._spec_bytes, self._spec_time = Path(spec_path).read_bytes(), os.stat(spec_path).st_mtime_ns
        spec = read_spec(self._spec_bytes, spec_path, kind)
        self.settings: S = spec.settings
        self.stage, self.name, self.modules, self.fingerprint = spec.stage, spec.name, spec.modules, spec.fingerprint
        self.tokens_in = self.tokens_out = 0
        self.gpu_seconds = self.dollars = self._seconds_ahead = 0.0
        self._ended_ahead: float | None = None
        self._begin = time.monotonic()
        self._state: Path | None = None
        self.peaks = dict.fromkeys(peak.NAMES, 0)  # of other processes that did the job's work
        self.gpus = self.attempts = 1
        self.speaks = is_first()  # only the first of several ranks logs and counts, see `rank_job.py`
        self.results = Path(spec_path.split("/specs/")[0])
        find_own_code(self.results, self.modules)
        read = [path for role in paths.keys() - WRITTEN - ONLY_OBEYED for path in paths[role]]
        # What the user brings is known by its digests in the spec.
        inside = [path for path in read if Path(path).is_relative_to(self.results) and not is_rank()]
        self._inputs: dict[str, Input] = inputs_of(inside)
        self._keeping, self.stop_signal = threading.Lock(), StopSignal()
        read_files = sorted(f"{path} {known.sha256}" for path, known in self._inputs.items())
        self._ahead = self._state_path("ahead", *read_files)
        self._paths = {role: self._waiting(role, paths[role]) for role in paths} if ahead else paths
        self.command = command_line(spec_path, self._paths)
        log = self.optional("log")
        if ahead and log:
            log.parent.mkdir(parents=True, exist_ok=True)
        self._log = open(log, "a", encoding="utf-8") if log else None  # noqa: SIM115 closed with the process

    @property
    def graded_apart(self) -> str | None:
        """The package whose fingerprint the settings have apart, see `gradus.graph.verdicts`."""
        return GRADER if hasattr(self.settings, "grader") else None

    # Files by role

    def path(self, role: str) -> Path:
        """The one file given as `--role FILE`."""
        (path,) = self.files(role)
        return path

    def files(self, role: str) -> list[Path]:
        """All files given as `--role FILE...`."""
        if role not in self._paths:
            raise GradusError(f"{self.spec_path}: the command lacks --{role} FILE")
        return [Path(path) for path in self._paths[role]]

    def optional(self, role: str) -> Path | None:
        return self.path(role) if self._paths.get(role) else None

    def expect_current(self) -> None:
        """Raise GradusError if the code or an outside file is not what was planned with, or a gate refuses the job."""
        if self.fingerprint != fingerprint(f"{self.stage}.py", self.modules, without=self.graded_apart):
            raise GradusError(
                f"{self.spec_path}: the code changed after the plan was made, so the result would not be what its "
                "record says; run snakemake again"
            )
        expect_unchanged(self.settings)
        obey(self._paths.get("gate", []))

    # Messages, progress and counts

    def log(self, line: str) -> None:
        if not self.speaks:
            return
        print(f"{self.name}  {line}", file=sys.stderr, flush=True)
        if self._log is not None:
            with suppress(OSError):  # where the disk is full, the terminal still has it
                print(line, file=self._log, flush=True)

    def progress(self, total: int, unit: str, start: int = 0) -> Progress:
        return Progress(self.name, total, unit, self._log, start, told=self.speaks)

    def count_tokens(self, read: int = 0, written: int = 0) -> None:
        """Tokens processed as input, and generated; they go into the ledger."""
        self.tokens_in += read
        self.tokens_out += written

    def spend(self, dollars: float) -> None:
        """Dollars paid to a service; they go into the ledger, and are kept at once: a kill gives nothing back."""
        self.dollars += dollars
        self.keep_time()

    def set_out(self) -> None:
        """Continue in the environment that the job needs, with GPUs of its own; to wait for them is not its work."""
        enter_environment(self.modules, self.settings)
        if gpus := granted(self.results, self.name):
            with self.not_counting():
                take(gpus, os.environ, self.log)  # with locks that do not outlast the change of environments

    # State to resume from

    def state_folder(self, *inputs: Path) -> Path:
        """A folder outside the declared outputs whose content survives a kill, and is removed on success: of these
        settings, this code and these inputs alone."""
        if is_rank():
            self._state = self.path("state")
            self.take_up()
            return self._state
        known = (self._inputs.get(str(path)) for path in inputs)
        self._state = self._state_path(*(one.sha256 if one else sha256_file(p) for one, p in zip(known, inputs)))
        self._state.mkdir(parents=True, exist_ok=True)
        before = self._attempts()
        self.tokens_in, self.tokens_out = before["tokens_in"], before["tokens_out"]
        self.dollars += before["dollars"]
        self.attempts = before["attempts"] + 1
        write_json(self._state / "attempts.json", before | {"attempts": self.attempts}, durable=False)
        return self._state

    @contextmanager
    def not_counting(self) -> Generator[None]:
        """Time that is no work of this job's, for the ledger."""
        begin = time.monotonic()
        try:
            yield
        finally:
            self._begin += time.monotonic() - begin

    def _state_path(self, *made_of: str) -> Path:
        key = hashlib.sha256(self._spec_bytes + "".join(made_of).encode())
        return self.results / ".state" / f"{self.name.replace('/', '.')}-{key.hexdigest()[:16]}"

    def keep_time(self) -> None:
        """Note the time spent so far beside the state, so that the ledger counts work before a kill too."""
        if self._state is not None and self.speaks:
            with self._keeping:
                spent = self._attempts() | {"tokens_in": self.tokens_in, "tokens_out": self.tokens_out}
                now = time.monotonic()
                spent |= {"dollars": self.dollars, "seconds": spent["seconds"] + now - self._begin, "noted": now}
                self._begin = now
                write_json(self._state / "attempts.json", spent, durable=False)

    def take_up(self) -> None:
        """Go on counting from what another process of this job has noted beside the state."""
        noted = self._attempts()
        self.tokens_in, self.tokens_out, self.attempts = (noted[k] for k in ("tokens_in", "tokens_out", "attempts"))
        self._begin = noted["noted"]

    def _attempts(self) -> dict[str, Any]:
        file = self._state / "attempts.json" if self._state else None
        fresh = {"attempts": 0, "seconds": 0.0, "tokens_in": 0, "tokens_out": 0, "dollars": 0.0}
        return fresh | (read_json(file) if file and file.is_file() else {})

    def _prove(self) -> None:
        """See that the spec and the files are still there that the result was made by.

        Snakemake takes its own record when a job ends, so a spec that was changed meanwhile is put back: the next plan
        finds the one that the result was made by, and sees the change. For files there is no way back: raises
        GradusError.
        """
        expect_unchanged_inputs(self._inputs)
        if not Path(self.spec_path).is_file() or Path(self.spec_path).read_bytes() != self._spec_bytes:
            self.log(f"{self.spec_path}: changed while this job ran; what it was made by is put back")
            with replacing(self.spec_path) as temporary:
                temporary.write_bytes(self._spec_bytes)
                os.utime(temporary, ns=(self._spec_time, self._spec_time))

    # The end

    def _waiting(self, role: str, paths: list[str]) -> list[str]:
        """Where what is made ahead waits to be taken over; what is read is read from where it is."""
        return [str(self._ahead / role / Path(path).name) for path in paths] if role in WRITTEN else paths

    def take_over(self) -> bool:
        """Put in its place what another process has made ahead, if one has. Its ledger entry is written last."""
        (entry,) = self._waiting("ledger", self._paths.get("ledger") or ["none"])
        if not Path(entry).is_file():
            return False
        for role in (self._paths.keys() & WRITTEN) - {"ledger", "log"}:
            for waiting, path in zip(self._waiting(role, self._paths[role]), self._paths[role], strict=True):
                with replacing(path) as temporary:
                    shutil.copyfile(waiting, temporary)
        if self._log is not None:
            (log,) = self._waiting("log", self._paths["log"])
            self._log.write(Path(log).read_text(encoding="utf-8"))
        made = read_json(entry)
        for key in ("tokens_in", "tokens_out", "dollars", "gpu_seconds", "attempts"):
            setattr(self, key, made[key])
        self.peaks, self._seconds_ahead = {key: made[key] for key in self.peaks}, made["wall_seconds"]
        self._ended_ahead = made.get("ended")
        return True

    def record(self) -> None:
        """Prove the result, and write what the ledger says of it."""
        self._prove()
        ledger = self.optional("ledger")
        if ledger is None:
            return
        seconds = self._attempts()["seconds"] + self._seconds_ahead + time.monotonic() - self._begin
        held = {key: max(own, self.peaks[key]) for key, own in peak.bytes_held().items()}
        entry = {
            "stage": self.stage,
            "name": self.name,
            "wall_seconds": round(seconds, 3),
            "ended": round(time.time(), 3) if self._ended_ahead is None else self._ended_ahead,
            # A job that used GPUs has held them all the time, unless it knows better.
            "gpu_seconds": round(self.gpu_seconds or (seconds * self.gpus if held["gpu_memory"] else 0.0), 3),
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "dollars": self.dollars,
            "machine": this_machine(),
            "attempts": self.attempts,
            **held,
            "spec": hashlib.sha256(self._spec_bytes).hexdigest(),
            "inputs": {path: asdict(known) for path, known in self._inputs.items()},
        }
        write_json(ledger, entry)

    def clear(self) -> None:
        """Remove what there was to resume from."""
        for stale in (self.results / ".state").glob(f"{self.name.replace('/', '.')}-????????????????"):
            shutil.rmtree(stale)


def run(build: Callable[[Job[S]], None], kind: type[S]) -> None:
    """Run a script's `build` on the command line's spec; a mistake of the user ends in one clear line."""
    job: Job[S] | None = None
    if is_rank():
        run_rank(lambda: Job(*files_by_role(sys.argv), kind), build)
        return
    try:
        end_with_builder()
        job = Job(*files_by_role(sys.argv), kind)
        if granted(job.results, job.name) == 0:
            take(0, os.environ, job.log)  # which decides the environment too
        job.expect_current()
        make_result(job, build, lambda command: Job(*files_by_role([sys.argv[0], *command]), kind, ahead=True))
    except Stopped as stopped:
        assert job is not None  # nothing else is asked to end
        job.keep_time()
        _fail(job, str(stopped), stopped.exit_code)
    except GradusError as error:
        _fail(job, f"error: {error}")
    except Exception as error:  # noqa: BLE001 the whole trace goes to the log and the terminal, and the job fails
        full = disk_trouble(error)
        _fail(job, f"error: {full}" if full else traceback.format_exc())


def _fail(job: Job[Any] | None, text: str, code: int = 1) -> None:
    (job.log if job is not None else partial(print, file=sys.stderr))(text)
    sys.exit(code)
