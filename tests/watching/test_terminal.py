"""The view on a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from gradus.provenance.progress_line import ProgressLine
from gradus.watching.screen import screen
from gradus.watching.state import FailedJob, FinishedJob, RunningJob, Snapshot

LINE = ProgressLine("models/sft", 30, 60, "steps", 2.0, 15.0, {"loss": 0.5})
SHOWN = Snapshot(
    study="made",
    seconds=65.0,
    done=3,
    total=10,
    seconds_left=400.0,
    dollars=4.0,
    dollars_left=1.5,
    running=[RunningJob("models/sft", "sft", 15.0, 30.0, LINE), RunningJob("eval/x", "eval", 2.0, None, None)],
    failed=[FailedJob("models/grpo", "logs/models/grpo.log")],
    finished=[FinishedJob("models/base", 40.0)],
    warnings=["nearly full"],
)

BUILD = """
import subprocess, sys, time
from pathlib import Path
from snakemake_interface_logger_plugins.common import LogEvent
from gradus.watching.terminal import TerminalView
from watching.records import Clock, event, state

view = TerminalView(state(Clock()), Path(sys.argv[1]))
view.emit(event(LogEvent.JOB_STARTED, jobs=[0]))
view.emit(event(LogEvent.PROGRESS, done=1, total=4))
subprocess.run(["sh", "-c", "echo of a job >&2"], check=True)
print("of the build", file=sys.stderr)
time.sleep(1.2)
view.close()
print("after it", file=sys.stderr)
"""


def test_a_screen_has_what_runs_what_failed_and_what_is_left() -> None:
    console = Console(width=160, record=True, file=open(os.devnull, "w"))  # noqa: SIM115 closed with the process
    console.print(screen(SHOWN))
    text = console.export_text()
    head, sft, other, *rest = text.splitlines()
    assert all(
        part in head for part in ("made", "3/10 jobs", "about 7 min left", "65 s so far", "$1.50 of $4.00 to spend")
    )
    assert sft.split() == ["models/sft", sft.split()[1], "30/60", "steps", "2/s", "15", "s", "left", "loss", "0.5"]
    assert other.split()[0] == "eval/x"
    assert [line.strip() for line in rest] == [
        "failed  models/grpo  see logs/models/grpo.log",
        "! nearly full",
        "done  models/base 40 s",
    ]


def test_what_jobs_print_does_not_come_into_the_view(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    paths = os.pathsep.join(str(Path(__file__).parents[number] / part) for number, part in ((1, ""), (2, "scripts")))
    printed = tmp_path / "printed.txt"
    environment = os.environ | {"PYTHONPATH": paths, "TERM": "xterm"}
    command = [sys.executable, "-c", BUILD, str(printed)]
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL, env=environment) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                seen += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
    assert process.returncode == 0
    text = seen.decode()
    assert "1/4 jobs" in text
    assert text.rstrip().endswith("after it")
    assert "of a job" not in text
    assert sorted(printed.read_text().splitlines()) == ["of a job", "of the build"]
