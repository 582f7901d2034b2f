"""Published sets for tests: the real files where they are, and small ones in the publishers' formats."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from gradus.problems.published import Published, read_published
from gradus.problems.source import PublishedSource
from gradus.study.problem_sets import SOURCES

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"
PUBLISHED = {name: source for name, source in SOURCES.items() if isinstance(source, PublishedSource)}


def shared(name: str) -> Path:
    if not (SHARED / name).exists():
        pytest.skip(f"../shared/data/{name} is not there")
    return SHARED / name


def settings_of(source: str, **settings: Any) -> Any:
    """Of a published set, with its training split where it has any."""
    model = PUBLISHED[source].settings
    split = {"split": "train"} if "split" in model.model_fields else {}
    return model.model_validate(split | settings)


def read(source: str, path: Path, **settings: Any) -> Published:
    return read_published(PUBLISHED[source], path, settings_of(source, **settings))


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path
