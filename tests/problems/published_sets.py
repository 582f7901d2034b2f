"""Published sets for tests: the real files where they are, and small ones in the publishers' formats."""

import json
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gradus.problems.published import Published, read_published

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"
UNFILTERED = {"drop": [], "levels": None, "subjects": None, "size": None, "expect_rows": None}
OWN = {
    "olympiadbench": {"answer_types": None},
    "openr1": {"config": "default", "verified_by": "math_verify", "max_characters": None},
    "gsm8k": {"split": "train"},
    "math": {"split": "train"},
}
SOURCES = ("gsm8k", "math", "math500", "aime2024", "aime2025", "amc2023", "olympiadbench", "hellaswag", "openr1")


def shared(name: str) -> Path:
    if not (SHARED / name).exists():
        pytest.skip(f"../shared/data/{name} is not there")
    return SHARED / name


def source_of(name: str) -> Any:
    return import_module(f"gradus.problems.sources.{name}").SOURCE


def read(source: str, path: Path, **settings: Any) -> Published:
    return read_published(source_of(source), path, UNFILTERED | OWN.get(source, {}) | settings)


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path
