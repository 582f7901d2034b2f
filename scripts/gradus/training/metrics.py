"""metrics.jsonl: one JSON object a step."""

import json
from pathlib import Path
from typing import Any

from gradus.provenance.files import write_text


def write_metrics(path: Path, rows: list[dict[str, Any]]) -> None:
    write_text(path, "".join(json.dumps(row) + "\n" for row in rows))
