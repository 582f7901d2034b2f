"""What a checkpoint of `torch.save` holds but for its numbers, read without torch, which takes seconds to import.

A checkpoint is a zip file: a pickle of what was saved, and beside it a file with the numbers of each tensor. No code of
a checkpoint runs: of all that its pickle names, only dictionaries and objects of the caller's classes are made.
"""

import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from gradus.provenance.errors import GradusError

REBUILT = ("_rebuild_tensor", "_rebuild_tensor_v2")
PARAMETER = "_rebuild_parameter"
HARMLESS = {("builtins", "set"), ("builtins", "bytearray"), ("_codecs", "encode"), ("collections", "Counter")}
"""What torch reads with `weights_only` besides its own classes, and nothing here asks for."""


@dataclass(frozen=True)
class Outline:
    """A tensor without its numbers."""

    shape: tuple[int, ...]


class _Opaque:
    """Stands for what nothing here asks for."""

    def __new__(cls, *_arguments: Any) -> "_Opaque":
        return object.__new__(cls)

    def __setstate__(self, _state: Any) -> None:
        pass


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any, path: Path, classes: Mapping[str, type]) -> None:
        super().__init__(file)
        self._path, self._classes = path, classes

    def persistent_load(self, pid: Any) -> None:
        """A file of numbers."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        if (module_name, global_name) == ("collections", "OrderedDict"):
            return OrderedDict
        if global_name in self._classes:
            return self._classes[global_name]
        if module_name == "torch._utils" and global_name in REBUILT:
            return lambda _storage, _offset, size, *_others: Outline(tuple(size))
        if module_name == "torch._utils" and global_name == PARAMETER:
            return lambda tensor, *_others: tensor
        if module_name.partition(".")[0] == "torch" or (module_name, global_name) in HARMLESS:
            return _Opaque
        what = f"{self._path}: holds Python objects ({module_name}.{global_name})"
        raise GradusError(
            f"{what}, which are not read as they may run code; save a checkpoint of tensors and numbers alone"
        )


def read_outline(path: Path, classes: Mapping[str, type]) -> Any:
    """What was saved, with an `Outline` for each tensor. classes: what is made of objects of a class of this name.

    Raises GradusError where the file is no such checkpoint, or holds other objects.
    """
    try:
        with ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            with archive.open(name) as file:
                return _Unpickler(file, path, classes).load()
    except GradusError:
        raise
    except Exception as error:  # noqa: BLE001 a torn pickle raises anything
        what = f"{path}: is not a readable checkpoint of torch ({type(error).__name__}: {error})"
        raise GradusError(f"{' '.join(what.split())}; copy it again") from None
