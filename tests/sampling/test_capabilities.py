"""What planning knows of samplers without loading them."""

import subprocess
import sys
from pathlib import Path

import pytest

from gradus.sampling.capabilities import sampler_capabilities, samplers

HEAVY = {"torch", "numpy", "transformers", "tokenizers", "vllm", "tinker", "pyarrow", "sympy", "safetensors", "httpx"}


def test_every_sampler_of_the_schema_is_a_folder_that_says_what_it_can_do() -> None:
    folder = Path("scripts/gradus/sampling")
    assert set(samplers()) == {path.parent.name for path in folder.glob("*/capabilities.py")}
    for name in samplers():
        assert (folder / name / "sampler.py").is_file()
        sampler_capabilities(name)


@pytest.mark.parametrize("name", samplers())
def test_planning_loads_nothing_heavy(name: str) -> None:
    ask = f"import sys; import gradus.sampling.{name}.capabilities; print(*(m for m in sys.modules if '.' not in m))"
    command = [sys.executable, "-c", ask]
    said = subprocess.run(command, cwd="scripts", capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(said)
