"""The state of a run in several ranks: each writes its shares, and any number of ranks may resume from them.

A state is a folder of its own, named by its step. It is written beside, under another name, and renamed when all ranks
have written: a kill at any moment leaves the state before it or this one.
"""

import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from gradus.provenance.files import read_json, write_json
from gradus.training.optimizer import Optimizer
from gradus.training.ranks import Ranks
from gradus.training.state import TrainingState

SCALARS = "state.json"


def shared_state(folder: Path, ranks: Ranks) -> "SharedState | None":
    """None for a process by itself."""
    return SharedState(folder, ranks) if ranks.together else None


class SharedState:
    """See `gradus.training.state.SavedState`."""

    def __init__(self, folder: Path, ranks: Ranks) -> None:
        self._folder, self._ranks = folder / "ranks", ranks

    def any(self, flag: bool) -> bool:
        return self._ranks.any(flag)

    def save(self, state: TrainingState, optimizer: Optimizer) -> None:
        from torch.distributed import checkpoint  # a second, which other runs need not wait for

        name = f"step-{state.step:08d}"
        written, final = self._folder / f"{name}.part", self._folder / name
        if self._ranks.is_first:
            shutil.rmtree(written, ignore_errors=True)
            written.mkdir(parents=True)
        self._ranks.wait()
        checkpoint.save(optimizer.state(), checkpoint_id=written)
        if self._ranks.is_first:
            write_json(written / SCALARS, asdict(state))
            os.rename(written, final)
            for other in self._folder.iterdir():
                if other != final:
                    shutil.rmtree(other)
        self._ranks.wait()

    def load(self, optimizer: Optimizer) -> TrainingState | None:
        from torch.distributed import checkpoint
        from torch.distributed.checkpoint.metadata import TensorStorageMetadata

        there = sorted(self._folder.glob("step-????????"))
        if not there:
            return None
        reader = checkpoint.FileSystemReader(there[-1])
        known = cast(dict[str, TensorStorageMetadata], reader.read_metadata().state_dict_metadata)  # tensors alone
        # One parameter at a time: a GPU need not have room for a second copy of all of them and their moments.
        for name, parameter in optimizer.parameters.items():
            tensors: dict[str, Tensor] = {}
            for key in (key for key in known if key.split("/", 1)[1] == name):
                size, dtype = known[key].size, known[key].properties.dtype  # float32 of parameters in bfloat16 too
                alike = size == parameter.shape
                tensors[key] = torch.zeros_like(parameter, dtype=dtype) if alike else torch.zeros(size, dtype=dtype)
            checkpoint.load(tensors, storage_reader=reader)
            optimizer.restore(tensors)
        return TrainingState(**read_json(there[-1] / SCALARS))
