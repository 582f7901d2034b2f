"""A job whose work is done by several processes of its script, the ranks: what it gives them and has back from them.

The job's own process checks, waits, records and ends well or badly. Each rank is the same script with the same command
and `--state FOLDER`, the job's state, where it leaves a note when it ends. The first rank alone logs, shows progress,
and counts tokens and time beside the state, as the job by itself would.
"""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradus.provenance import peak
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.provenance.launcher import LAUNCHER
from gradus.provenance.ranks import SCRIPTS, rank, run_ranks
from gradus.provenance.stop_signals import Stopped

if TYPE_CHECKING:
    from gradus.provenance.job import Job


ROWS = "rows.json"


def is_rank() -> bool:
    """Whether this process is one of those."""
    return LAUNCHER in os.environ


def is_first() -> bool:
    """Of the ranks; a job without ranks is its own first."""
    return os.environ["RANK"] == "0" if is_rank() else True


def work_in_ranks(job: "Job[Any]", count: int, state: Path) -> list[dict[str, Any]]:
    """Have `count` ranks do what the job's script does, and return the rows that they end in.

    Raises Stopped where they were asked to end and have saved their state, GradusError where one failed or was killed.
    """
    rows = state / ROWS
    for note in (rows, *state.glob("rank-*.json")):
        note.unlink(missing_ok=True)
    job.gpus = count
    job.keep_time()
    try:
        run_ranks(count, SCRIPTS / f"{job.stage}.py", [*job.command, "--state", str(state)], job.stop_signal)
    finally:
        job.take_up()
    notes = [read_json(path) for path in sorted(state.glob("rank-*.json"))]
    for note in notes:
        job.peaks = {name: max(value, note[name]) for name, value in job.peaks.items()}
    if rows.is_file():
        return read_json(rows)["rows"]
    job.stop_signal.reached(notes[0]["place"] if notes else "its start")
    raise GradusError(f"{job.stage}.py: its {count} processes ended before their work was done; the log says more")


def hand_over(job: "Job[Any]", rows: list[dict[str, Any]]) -> None:
    """What a rank's work ends in, the same in all."""
    if job.speaks:
        write_json(job.path("state") / ROWS, {"rows": rows}, durable=False)


def run_rank(open_job: Callable[[], "Job[Any]"], build: Callable[["Job[Any]"], Any]) -> None:
    """Be a rank, for which `build` does its share, and hands over what it ends in."""
    number = int(os.environ["RANK"])
    with rank() as stop_signal:
        try:
            job = open_job()
            job.expect_current()
            job.stop_signal = stop_signal
            place = ""
            try:
                build(job)
            except Stopped as stopped:
                place = stopped.place
            job.keep_time()
            note = {"place": place} | peak.bytes_held()
            write_json(job.path("state") / f"rank-{number}.json", note, durable=False)
        except Exception as error:  # noqa: BLE001 the whole trace goes to the terminal and torchrun ends the others
            trace = f"error: {error}" if isinstance(error, GradusError) else traceback.format_exc()
            print(f"rank {number}: {trace}", file=sys.stderr, flush=True)
            sys.exit(1)
