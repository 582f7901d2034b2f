"""Every bench can show in seconds that it runs."""

import argparse
import sys
from pathlib import Path

import pytest

from bench.quick import parsed, require


def options(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> argparse.Namespace:
    monkeypatch.setattr(sys, "argv", ["bench.py", *arguments])
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1000)
    return parsed(parser, rows=3)


def test_quick_is_small_unless_the_command_line_says_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert options(monkeypatch).rows == 1000
    assert options(monkeypatch, "--quick").rows == 3
    assert options(monkeypatch, "--quick", "--rows", "7").rows == 7


def test_missing_data_fails_a_full_run_and_skips_a_quick_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    require(tmp_path, options(monkeypatch), "not needed")
    gone = tmp_path / "gone"
    with pytest.raises(SystemExit) as failed:
        require(gone, options(monkeypatch), "fetch it")
    assert failed.value.code == f"{gone} is not there; fetch it"
    with pytest.raises(SystemExit) as skipped:
        require(gone, options(monkeypatch, "--quick"), "fetch it")
    assert not skipped.value.code
    assert capsys.readouterr().out == f"skipped: {gone} is not there; fetch it\n"
