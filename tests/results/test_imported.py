"""The library is imported as docs/analyse.md says, without being installed."""

import os
import subprocess
import sys
from pathlib import Path

from results.made_study import write_study

SCRIPTS = Path(__file__).parents[2] / "scripts"


def test_a_path_to_the_scripts_is_enough(tmp_path: Path) -> None:
    write_study(tmp_path / "results")
    said = subprocess.run(
        [sys.executable, "-c", "from gradus.results import load; print(len(load('made').answers))"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "24\n"
