"""The server of tests/tinker/server as a process that tests start, stop and kill, and what was asked of it."""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
KEY = "tml-loopback"
"""The server takes any key; the client only one that begins like this."""
FINISHED = "lower(status) = 'completed'"
NAME = "gradus/tiny"
"""What the service calls the tiny model."""
Completion = tuple[str, tuple[int, ...], int]
"""The weights (empty: the base model's), the prompt's tokens, and the seed of one completion."""


def server_python() -> Path:
    """The Python that has the server's packages, whether or not it is there."""
    default = PROJECT / ".venv-tinker-server" / "bin" / "python"
    return Path(os.environ.get("GRADUS_TINKER_SERVER_PYTHON", default)).absolute()


def free_port() -> int:
    """Free now, and none of those that the system gives to others, who might have it before a server does."""
    while True:
        port = random.SystemRandom().randrange(20_000, 30_000)
        with socket.socket() as held, suppress(OSError):
            held.bind(("127.0.0.1", port))
            return port


@contextmanager
def nobody_listening() -> Iterator[str]:
    """An address that refuses all calls, kept from others."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@dataclass
class Server:
    """One server on one state folder. It keeps its address when it is started again."""

    model: Path
    name: str
    state: Path
    port: int = field(default_factory=free_port)
    cycle: float = 0.0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Server":
        """Start it, and wait until it listens. The engine behind it may still be loading: calls wait for that."""
        self.state.mkdir(parents=True, exist_ok=True)
        command = [server_python(), PROJECT / "tests/tinker/server", "--model", self.model, "--name", self.name]
        command += ["--port", str(self.port), "--state", self.state, "--cycle", str(self.cycle)]
        with open(self.state / "said.txt", "ab") as said:
            self._process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
        for _ in range(6000):
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/api/v1/healthz", timeout=1):
                    return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        self.kill()
        raise AssertionError(f"the server did not start:\n{self.said()}")

    def said(self) -> str:
        return (self.state / "said.txt").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=300)
            self._process = None

    def kill(self) -> None:
        """As a power cut: the server and its engine, at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    # What was asked, from the server's own book

    def completions(self) -> Counter[Completion]:
        """How often each completion was asked for. A call that came twice under one number ran once and counts once."""
        asked: Counter[Completion] = Counter()
        for model, _, data in self._calls("sample"):
            prompt = tuple(token for chunk in data["prompt"]["chunks"] for token in chunk["tokens"])
            weights = f"{model}/{data['checkpoint_id']}" if model else ""
            # Scoring a prompt is not a completion: it asks for one token that nobody reads.
            if not data["prompt_logprobs"]:
                first = data["sampling_params"]["seed"]
                asked.update((weights, prompt, first + sample) for sample in range(data["num_samples"]))
        return asked

    def rollouts(self) -> Counter[tuple[tuple[int, ...], int]]:
        """The same, whichever weights wrote them: those before and after a restart have different names."""
        asked: Counter[tuple[tuple[int, ...], int]] = Counter()
        for (_, prompt, seed), times in self.completions().items():
            asked[prompt, seed] += times
        return asked

    def finished(self, kind: str) -> int:
        """Calls of a kind that were carried out."""
        return sum(status == "completed" for _, status, _ in self._calls(kind))

    def steps(self) -> Counter[str]:
        """Optimizer steps that were carried out, by training run."""
        return Counter(model for model, status, _ in self._calls("optim_step") if status == "completed")

    def steps_of(self, path: str) -> int:
        """Optimizer steps behind the weights at `path` (tinker://...), through all the states that were loaded."""
        model, kind, name = path.removeprefix("tinker://").split("/")
        saving = "save_weights" if kind == "weights" else "save_weights_for_sampler"
        order = self._order(model)
        (saved,) = [at for at, (call, data) in enumerate(order) if call == saving and data["path"] == name]
        steps = sum(call == "optim_step" for call, _ in order[:saved])
        source = self.began_with(path)
        return steps + (self.steps_of(source) if source else 0)

    def began_with(self, path: str) -> str | None:
        """The state that the training run of these weights was loaded from; None where it began anew."""
        loads = [
            data for call, data in self._order(path.removeprefix("tinker://").split("/")[0]) if call == "load_weights"
        ]
        return f"tinker://{loads[0]['source_model_id']}/weights/{loads[0]['checkpoint_id']}" if loads else None

    def _order(self, model: str) -> list[tuple[str, dict]]:
        """What was carried out for a training run, in its order."""
        kinds = ("load_weights", "optim_step", "save_weights", "save_weights_for_sampler")
        question = f"SELECT lower(request_type), request_data FROM futures WHERE model_id = ? AND {FINISHED}"
        rows = self._ask(f"{question} AND lower(request_type) IN {kinds} ORDER BY request_id", (model,))
        return [(kind, json.loads(data)) for kind, data in rows]

    def _calls(self, kind: str) -> list[tuple[str, str, dict]]:
        question = "SELECT model_id, lower(status), request_data FROM futures WHERE lower(request_type) = ?"
        return [(model, status, json.loads(data)) for model, status, data in self._ask(question, (kind,))]

    def _ask(self, question: str, values: tuple[str, ...]) -> list[tuple]:
        with closing(sqlite3.connect(f"file:{self.state}/server.db?mode=ro", uri=True, timeout=30)) as book:
            return book.execute(question, values).fetchall()
