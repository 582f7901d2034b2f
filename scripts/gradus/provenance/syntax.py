"""What a Python file says: a digest blind to comments, documentation and formatting, and the names that it imports.

To parse the whole project takes a third of a second, and every look at the graph and the start of every job would do
it. So what was read is kept beside the bytecode that Python keeps, by the content of the file that it was read from.
"""

import ast
import hashlib
import sys
from functools import cache
from pathlib import Path

from gradus.provenance.notes import read_note, write_note
from gradus.provenance.trees import tree_text

Import = tuple[int, str, tuple[str, ...]]
"""Level of a relative import (0: absolute), module, and the names taken from it."""

Syntax = tuple[str, tuple[Import, ...]]

STORE = Path(__file__).parent / "__pycache__" / f"syntax.{sys.implementation.cache_tag}.json"

_read: dict[str, Syntax] = {}
"""What this process has read, by the digest of the content."""


def read_syntax(path: Path) -> Syntax:
    """Digest and imports of one file."""
    source = path.read_bytes()
    content = hashlib.sha256(source).hexdigest()
    if content not in _read:
        _read[content] = _stored().get(content) or _parse(source, path)
    return _read[content]


def keep_syntax() -> None:
    """Keep what this process has read for those to come, where it is not kept yet and the folder can be written to."""
    if sys.dont_write_bytecode or _read.keys() <= _stored().keys():
        return
    if write_note(STORE, {"reader": _reader(), "files": _read}):
        _stored.cache_clear()


@cache
def _stored() -> dict[str, Syntax]:
    store = read_note(STORE)
    if store.get("reader") != _reader():
        return {}
    return {
        content: (digest, tuple((level, module, tuple(names)) for level, module, names in imports))
        for content, (digest, imports) in store["files"].items()
    }


@cache
def _reader() -> str:
    """Digest of the code that reads: another way of reading voids what is kept."""
    code = [Path(__file__), Path(__file__).with_name("trees.py")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()


def _parse(source: bytes, path: Path) -> Syntax:
    tree = ast.parse(source, filename=str(path))
    imports: list[Import] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports.append((node.level, node.module or "", tuple(alias.name for alias in node.names)))
    drop_docstrings(tree)
    drop_descriptions(tree)
    return hashlib.sha256(tree_text(tree).encode()).hexdigest(), tuple(imports)


def drop_docstrings(tree: ast.Module) -> None:
    """Take the docstrings out of a tree; what holds nothing else holds `pass` then."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])


def drop_descriptions(tree: ast.Module) -> None:
    """Take out what settings say of themselves to the documentation of studies: `Field(..., description="...")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Field":
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "description"]
