"""vLLM's answers, from its own environment."""

import json
import subprocess
from pathlib import Path
from typing import Any

from gradus.provenance.files import write_json

ASK = Path(__file__).with_name("ask_vllm.py")


def ask_vllm(python: str, folder: Path, model: Path, adapter: Path | None, calls: list[dict[str, Any]]) -> list[Any]:
    """What the engine answers to each call, in one process."""
    questions, answers = folder / "questions.json", folder / "answers.json"
    write_json(questions, {"model": str(model), "adapter": adapter and str(adapter), "calls": calls})
    done = subprocess.run([python, str(ASK), str(questions), str(answers)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(answers.read_text(encoding="utf-8"))
