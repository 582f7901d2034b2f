"""The state that a killed run resumes from: one safetensors file, replaced as a whole."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from gradus.provenance.files import replacing
from gradus.training.optimizer import Optimizer


@dataclass
class TrainingState:
    """Where a run is: steps done, the rows of metrics.jsonl so far, and what else its loop carries over (JSON values,
    and dataclasses of them, which come back as dictionaries)."""

    step: int = 0
    metrics: list[dict[str, Any]] = field(default_factory=list)
    carried: dict[str, Any] = field(default_factory=dict)


def save_state(folder: Path, state: TrainingState, tensors: dict[str, Tensor]) -> None:
    """Replace the folder's state by this one. A kill at any moment leaves the old one or the new one."""
    scalars = json.dumps({"step": state.step, "metrics": state.metrics, "carried": state.carried}, default=asdict)
    with replacing(folder / "state.safetensors") as temporary:
        save_file({name: t.contiguous() for name, t in tensors.items()}, temporary, metadata={"state": scalars})


def load_state(folder: Path) -> tuple[TrainingState, dict[str, Tensor]] | None:
    """The folder's state, or None for a fresh run."""
    path = folder / "state.safetensors"
    if not path.is_file():
        return None
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 not a mapping
        return TrainingState(**json.loads(file.metadata()["state"])), tensors


class SavedState(Protocol):
    """Where the processes of a run keep what they resume from."""

    def any(self, flag: bool) -> bool:
        """Whether it is so in one of them."""
        ...

    def save(self, state: TrainingState, optimizer: Optimizer) -> None:
        """Replace what is kept. A kill at any moment leaves the state before it or this one."""
        ...

    def load(self, optimizer: Optimizer) -> TrainingState | None:
        """Set parameters and moments to what is kept; None for a fresh run."""
        ...


class StateFile:
    """That of a process by itself: the folder's one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def any(self, flag: bool) -> bool:
        return flag

    def save(self, state: TrainingState, optimizer: Optimizer) -> None:
        save_state(self._folder, state, optimizer.state())

    def load(self, optimizer: Optimizer) -> TrainingState | None:
        resumed = load_state(self._folder)
        if resumed is None:
            return None
        state, tensors = resumed
        optimizer.restore(tensors)
        return state
