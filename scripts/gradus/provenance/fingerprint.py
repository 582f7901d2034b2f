"""Fingerprints of code: what a job would run, blind to comments, docstrings and formatting, the same by every Python.

A fingerprint covers the syntax trees of a script and of every project module that it imports, transitively, wherever
in the file the import is, and of the packages that hold them. It stops at `gradus.study` and `gradus.specs`, whose
whole effect on a job is in the job's spec, and at `gradus.provenance`, which runs and records jobs but computes nothing
except seeds: work there reruns nothing. Files beside a module that are not Python (templates, style sheets) count by
their bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from gradus.provenance.syntax import Import, read_syntax

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
    for path in sorted(seen):
        digest.update(f"{path.relative_to(SCRIPTS)} {_read(path)[0]}\n".encode())
    for folder in sorted({path.parent for path in seen if path.parent != SCRIPTS}):
        for path in _data_files(folder):
            digest.update(f"{path.relative_to(SCRIPTS)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


@cache
def _read(path: Path) -> tuple[str, tuple[Path, ...]]:
    """Digest of one file's syntax, and the project files that run when it is imported."""
    digest, imports = read_syntax(path)
    imported = tuple(found for name in _imported_names(imports, path) if (found := _file_of(name)) is not None)
    packages = tuple(
        p for folder in path.relative_to(SCRIPTS).parents if (p := SCRIPTS / folder / "__init__.py").is_file()
    )
    return digest, imported + packages


def _imported_names(imports: Iterable[Import], path: Path) -> Iterator[str]:
    for level, module, names in imports:
        base = module
        if level:
            package = path.relative_to(SCRIPTS).parent.parts
            base = ".".join([*package[: len(package) - level + 1], *([module] if module else [])])
        yield base
        yield from (f"{base}.{name}" for name in names)


def _file_of(name: str, required: bool = False) -> Path | None:
    if name not in COMPUTES and any(name == stop or name.startswith(stop + ".") for stop in STOP):
        return None
    path = SCRIPTS.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if name and candidate.is_file():
            return candidate
    if required:
        raise ModuleNotFoundError(f"{name}: no such project module under {SCRIPTS}")
    return None


@cache
def _data_files(folder: Path) -> tuple[Path, ...]:
    """Files that code in the folder may read; what editors leave behind (.x.swp, x~) and notes (.md) are not."""
    return tuple(
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix not in (".py", ".pyc", ".md") and path.name[0] != "." and path.name[-1] != "~"
    )
