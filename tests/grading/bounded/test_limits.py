import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SCRIPTS = str(Path(__file__).parents[3] / "scripts")


def run_limited(code: str, folder: Path, limits: str = "") -> subprocess.CompletedProcess:
    head = f"import os, sys\nsys.path.insert(0, {SCRIPTS!r})\nfrom gradus.grading.bounded.limits import *\n"
    return subprocess.run(
        [sys.executable, "-c", head + f"limit_worker({limits})\n" + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=folder,
    )


def test_memory(tmp_path):
    result = run_limited("try:\n    bytearray(1 << 30)\nexcept MemoryError:\n    print('bounded')", tmp_path)
    assert result.stdout == "bounded\n"


def test_time_ends_it_within_one_call_into_c(tmp_path):
    result = run_limited("print(len(str(3 ** 30_000_000)))", tmp_path, "cpu_seconds=0.1")
    assert result.returncode == -signal.SIGPROF
    assert result.stdout == ""


@pytest.mark.parametrize(
    "code",
    [
        "open('written', 'w')",
        "os.open('written', os.O_CREAT)",
        "os.system('touch written')",
        "os.mkdir('written')",
        "__import__('subprocess').run(['touch', 'written'])",
        "__import__('pathlib').Path('written').touch()",
        "__import__('socket').create_connection(('127.0.0.1', 9))",
        "os.fork()",
        "os.kill(1, 0)",
    ],
)
def test_code_could_do_nothing(code, tmp_path):
    result = run_limited(f"try:\n    {code}\nexcept Exception:\n    print('swallowed')", tmp_path)
    assert "Forbidden" in result.stderr
    assert list(tmp_path.iterdir()) == []
