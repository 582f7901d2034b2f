"""The environment of lm-evaluation-harness, and rows of HellaSwag as it reads them."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from linked_project import PROJECT

ROWS = PROJECT / "../shared/data/hellaswag_val.jsonl"
ASKED = Path(__file__).with_name("ask_harness.py")


def harness_python() -> Path:
    return Path(os.environ.get("GRADUS_HARNESS_PYTHON", PROJECT / ".venv-harness/bin/python"))


def write_rows(path: Path, count: int) -> None:
    """The first rows. This copy has not split the texts, which the harness joins again: the second part is empty."""
    with open(ROWS, encoding="utf-8") as file:
        rows = [json.loads(line) for _, line in zip(range(count), file)]
    text = "".join(json.dumps(row | {"ctx_a": row["ctx"], "ctx_b": ""}) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def ask_harness(model: Path, rows: Path, out: Path) -> dict[str, Any]:
    command = [str(harness_python()), str(ASKED), str(model), str(rows), str(out)]
    cache = {"HF_HOME": str(out.parent / "hub"), "HF_DATASETS_CACHE": str(out.parent / "data")}
    done = subprocess.run(command, env=os.environ | cache, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(out.read_text(encoding="utf-8"))
