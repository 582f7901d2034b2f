"""What planning knows of training backends without loading them."""

import subprocess
import sys
from pathlib import Path

import pytest

from gradus.study.settings.grpo import Grpo
from gradus.study.settings.training import Lora
from gradus.training.capabilities import backend_capabilities, backends

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
HEAVY = {"torch", "numpy", "transformers", "trl", "peft", "datasets", "tokenizers", "tinker", "pyarrow", "safetensors"}


def test_every_backend_of_the_schema_is_a_folder_that_says_what_it_can_do() -> None:
    folder = SCRIPTS / "gradus" / "training"
    assert set(backends()) == {path.parent.name for path in folder.glob("*/capabilities.py")}
    for name in backends():
        assert all((folder / name / f"{stage}.py").is_file() for stage in ("sft", "grpo"))


@pytest.mark.parametrize("name", backends())
def test_planning_loads_nothing_heavy(name: str) -> None:
    ask = f"import sys; import gradus.training.{name}.capabilities; print(*(m for m in sys.modules if '.' not in m))"
    command = [sys.executable, "-c", ask]
    said = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(said)


@pytest.mark.parametrize("name", backends())
def test_what_a_backend_ignores_are_settings_and_their_defaults_ask_for_nothing(name: str) -> None:
    for key, neutral in backend_capabilities(name).ignored.items():
        group, last = (Lora, key.removeprefix("lora.")) if key.startswith("lora.") else (Grpo, key)
        assert group.model_fields[last].default in neutral
