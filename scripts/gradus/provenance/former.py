"""The fingerprints that former releases gave the same code, so that what they built is not built again.

They were made of `ast.dump`, whose text is another one by every Python. Remove this file in the release after the one
that brings `trees.py`, with its caller in `gradus.study.spec_writing`: a study that was planned once in between has no
such fingerprints any more.
"""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from gradus.provenance.files import read_json, sha256_file
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.syntax import drop_docstrings


def is_built_as(spec: Mapping[str, Any], path: Path, ledger: Path) -> bool:
    """Whether `ledger` proves that its job ran by the spec at `path`, and that is `spec` under a former fingerprint."""
    if not (path.is_file() and ledger.is_file()):
        return False
    built = read_json(path)
    return (
        built | {"fingerprint": spec["fingerprint"]} == spec
        and read_json(ledger).get("spec") == sha256_file(path)
        and built["fingerprint"] in former_fingerprints(spec["script"], spec["modules"])
    )


def former_fingerprints(script: str, modules: Iterable[str] = ()) -> set[str]:
    """What Python 3.11 and Python 3.12 called this code; former releases ran on no other."""
    modules = list(modules)
    return {fingerprint(script, modules, partial(_digest, python_3_12=new)) for new in (False, True)}


@cache
def _digest(path: Path, python_3_12: bool) -> str:
    tree = ast.parse(path.read_bytes())
    drop_docstrings(tree)
    return hashlib.sha256(dump(tree, python_3_12).encode()).hexdigest()


def dump(value: Any, python_3_12: bool) -> str:
    """The text of `ast.dump` by Python 3.11 or 3.12, whichever runs this."""
    if isinstance(value, list):
        return f"[{', '.join(dump(item, python_3_12) for item in value)}]"
    if not isinstance(value, ast.AST):
        return repr(value)
    fields: dict[str, Any] = {}
    for name, field in ast.iter_fields(value):
        if name == "type_params" and not python_3_12:
            continue
        if field is None and getattr(type(value), name, ...) is None:
            continue
        if name == "format_spec":
            field = _format(field, python_3_12)
        fields[name] = field
    if python_3_12 and isinstance(value, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        fields.setdefault("type_params", [])
    return f"{type(value).__name__}({', '.join(f'{name}={dump(fields[name], python_3_12)}' for name in fields)})"


def _format(spec: ast.JoinedStr, python_3_12: bool) -> ast.JoinedStr:
    """3.12 ends a format in an empty string where 3.11 ends it in a value."""
    parts = [part for part in spec.values if not isinstance(part, ast.Constant) or part.value]
    if python_3_12 and parts and not isinstance(parts[-1], ast.Constant):
        parts.append(ast.Constant(""))
    return ast.JoinedStr(parts)
