"""Fingerprints of code: what a job would run, blind to comments, docstrings and formatting, the same by every Python.

A fingerprint covers the syntax trees of a script and of every project module that it imports, transitively, wherever
in the file the import is, and of the packages that hold them. It stops at `gradus.study` and `gradus.specs`, whose
whole effect on a job is in the job's spec, and at `gradus.provenance`, which runs and records jobs but computes nothing
except seeds: work there reruns nothing. Files beside a module that are not Python (templates, style sheets) count by
their bytes. A study's own code counts in the same way, but for such files: beside it are studies and data.
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from gradus.provenance.errors import GradusError
from gradus.provenance.syntax import Import, read_syntax
from gradus.study.settings.own_modules import OWN, is_own_module, own_files, own_folders

SCRIPTS = Path(__file__).resolve().parents[2]
STOP = ("gradus.specs", "gradus.study", "gradus.provenance")
COMPUTES = ("gradus.provenance.seeds",)


def fingerprint(script: str, modules: Iterable[str] = (), without: str | None = None) -> str:
    """Hex digest over `scripts/<script>` and `modules` (dotted names loaded by name), with all that they import.

    `without` names a package that does not count, nor what is imported by it alone.
    """
    apart = SCRIPTS.joinpath(*without.split(".")) if without else None
    todo = [SCRIPTS / script, *(_file_of(module, required=True) for module in modules)]
    seen: set[Path] = set()
    while todo:
        path = todo.pop()
        if path is not None and path not in seen and not (apart and path.is_relative_to(apart)):
            seen.add(path)
            todo += _read(path)[1]
    digest = hashlib.sha256()
    for path in sorted(seen, key=_place):
        digest.update(f"{_place(path)} {_read(path)[0]}\n".encode())
    for folder in sorted({path.parent for path in seen if path.parent != SCRIPTS and not _is_own_file(path)}):
        for path in _data_files(folder):
            digest.update(f"{path.relative_to(SCRIPTS)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


@cache
def _read(path: Path) -> tuple[str, tuple[Path, ...]]:
    """Digest of one file's syntax, and the project files that run when it is imported."""
    digest, imports = read_syntax(path)
    imported = tuple(found for name in _imported_names(imports, path) if (found := _file_of(name)) is not None)
    root = next(above for above in path.parents if above in _roots(path))
    packages = tuple(p for folder in path.parents if root in folder.parents and (p := folder / "__init__.py").is_file())
    return digest, imported + packages


def _is_own_file(path: Path) -> bool:
    return not path.is_relative_to(SCRIPTS)


def _roots(path: Path) -> list[Path]:
    """The folders that names of modules begin at: of the project, or of own code."""
    return [Path(folder) for folder in own_folders()] if _is_own_file(path) else [SCRIPTS]


def _place(path: Path) -> Path:
    """Of a file, below the root of its names: the same wherever that is."""
    root = next(above for above in path.parents if above in _roots(path))
    return Path(*OWN.split("."), path.relative_to(root)) if _is_own_file(path) else path.relative_to(root)


def _imported_names(imports: Iterable[Import], path: Path) -> Iterator[str]:
    for level, module, names in imports:
        base = module
        if level:
            package = _place(path).parent.parts
            base = ".".join([*package[: len(package) - level + 1], *([module] if module else [])])
        yield base
        yield from (f"{base}.{name}" for name in names)


def _file_of(name: str, required: bool = False) -> Path | None:
    if name not in COMPUTES and any(name == stop or name.startswith(stop + ".") for stop in STOP):
        return None
    if is_own_module(name):
        return _own_file(name, required)
    path = SCRIPTS.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if name and candidate.is_file():
            return candidate
    if required:
        raise ModuleNotFoundError(f"{name}: no such project module under {SCRIPTS}")
    return None


def _own_file(name: str, required: bool) -> Path | None:
    files = own_files(name)
    if len(files) > 1 or (required and not files):
        module = name.removeprefix(f"{OWN}.")
        what = f"{' and '.join(map(str, files))} are both meant by it" if files else "its file is gone"
        raise GradusError(f"own code: {module}: {what}; leave one there, and run snakemake again")
    return files[0] if files else None


@cache
def _data_files(folder: Path) -> tuple[Path, ...]:
    """Files that code in the folder may read; what editors leave behind (.x.swp, x~) and notes (.md) are not."""
    return tuple(
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix not in (".py", ".pyc", ".md") and path.name[0] != "." and path.name[-1] != "~"
    )
