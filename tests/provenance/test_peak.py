"""The most memory that a process has held."""

import subprocess
import sys
from pathlib import Path

from gradus.provenance import peak

SCRIPTS = Path(peak.__file__).parents[2]
HELD = 300 * 10**6
OWN = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); from gradus.provenance import peak; print(peak.host_bytes())"
REPLACED = f"""
import os, sys
held = b"x" * {HELD}
os.execv(sys.executable, [sys.executable, "-c", {OWN!r}])
"""


def test_it_is_what_this_program_held_and_not_one_before_it_in_the_same_process() -> None:
    done = subprocess.run([sys.executable, "-c", REPLACED], capture_output=True, text=True, check=True)
    assert int(done.stdout) < HELD / 2


def test_what_was_given_back_counts() -> None:
    held = b"x" * HELD
    del held
    assert peak.host_bytes() > HELD
