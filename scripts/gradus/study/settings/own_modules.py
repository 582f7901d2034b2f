"""A study's own code: Python files in the folder of the study file, named where a plugin of ours could be.

`my_rewards:short_answer` is the function `short_answer` of `my_rewards.py` in that folder. The files are the modules of
a package, `gradus.own`, that is made when a study is read and when a job begins. So they are on no search path, none of
their names hides another module or is hidden by one, and among themselves they import as modules of a package do:
`from .words import count`.
"""

import importlib
import os
import re
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

OWN = "gradus.own"
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
REFERENCE = rf"^{_NAME}(\.{_NAME})*:{_NAME}$"


class OwnCodeError(Exception):
    """What is wrong with own code: one line with the place and the remedy."""


def is_own(name: str) -> bool:
    """Whether a plugin's name is one of own code."""
    return ":" in name


def own_module(reference: str) -> str:
    """The module that a job loads for `module:function`, as its spec has it: the same wherever the folder is."""
    return f"{OWN}.{reference.partition(':')[0]}"


def is_own_module(module: str) -> bool:
    return module.startswith(f"{OWN}.")


def use_folders(folders: Iterable[str]) -> None:
    """From here on own code is that of these folders: of the study file, and of those that it extends."""
    paths = list({os.path.realpath(folder): os.path.abspath(folder) for folder in folders}.values())
    if own_folders() == paths:
        return
    for name in [name for name in sys.modules if is_own_module(name)]:
        del sys.modules[name]
    package = ModuleType(OWN)
    package.__path__ = paths
    sys.modules[OWN] = package


def own_folders() -> list[str]:
    """The folders in use, absolute."""
    return list(sys.modules[OWN].__path__) if OWN in sys.modules else []


def own_files(module: str) -> list[Path]:
    """The files that the name of a module of own code may mean; a study in which it means two is refused."""
    parts = module.removeprefix(f"{OWN}.").split(".")
    places = [Path(folder, *parts) for folder in own_folders()]
    return [file for at in places for file in (at.with_name(f"{at.name}.py"), at / "__init__.py") if file.is_file()]


def load_own(reference: str) -> Any:
    """What `module:function` names. Raises OwnCodeError where it is not there, or its file fails when it is loaded."""
    if not re.match(REFERENCE, reference):
        raise OwnCodeError(f"{reference!r:.80} is no name of own code; write it as module:function, both as in Python")
    module, _, name = reference.partition(":")
    loaded = sys.modules.get(own_module(reference)) or _loaded(reference)
    if not hasattr(loaded, name):
        there = ", ".join(key for key, value in vars(loaded).items() if _is_of(value, loaded)) or "none"
        raise OwnCodeError(f"{as_written(_one_file(module))} has no {name}; its functions are: {there}")
    return getattr(loaded, name)


def _loaded(reference: str) -> ModuleType:
    file = _one_file(reference.partition(":")[0])
    importlib.invalidate_caches()  # the file may be newer than what Python knows of its folder
    try:
        return importlib.import_module(own_module(reference))
    except Exception as error:
        raise OwnCodeError(f"{place_of(error, file)}: {described(error)}; {_remedy(error)}") from error


def place_of(error: BaseException, file: Path | str) -> str:
    """`file:line` of the innermost line of own code that an error went through; else the file."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{as_written(error.filename)}:{error.lineno}"
    folders = own_folders()
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(Path(frame.filename).is_relative_to(folder) for folder in folders):
            return f"{as_written(frame.filename)}:{frame.lineno}"
    return as_written(file)


def described(error: BaseException) -> str:
    """An error of own code in one line."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return " ".join(f"{type(error).__name__}: {text}".split())[:300].removesuffix(":")


def as_written(file: Path | str) -> str:
    """A path as messages have it: relative where the file is below the folder that runs."""
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _one_file(module: str) -> Path:
    files, folders = own_files(f"{OWN}.{module}"), [as_written(folder) for folder in own_folders()]
    if len(files) > 1:
        raise OwnCodeError(f"{' and '.join(map(as_written, files))} are both meant by {module}; rename one")
    if not files:
        path = f"{module.replace('.', '/')}.py"
        raise OwnCodeError(f"there is no {path} in {' or '.join(folders)}; write it there, or correct the name")
    return files[0]


def _remedy(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name and own_files(f"{OWN}.{error.name}"):
        return f"files of a study's folder import each other with a dot: from .{error.name} import ..."
    return "correct it"


def _is_of(value: Any, module: ModuleType) -> bool:
    return callable(value) and not isinstance(value, type) and getattr(value, "__module__", "") == module.__name__
