"""A job in several processes (ranks) on this machine: started by torchrun, told to stop together, ended together.

    run_ranks(2, SCRIPTS / "train_rank.py", [...], job.stop_signal)    # in the job

    with rank() as stop_signal:                                        # in train_rank.py
        ...

The job starts `launcher.py`, which becomes torchrun, and torchrun the ranks. Whichever of them is killed, no other is
left: each gets the kernel's signal when its parent ends. A request to end goes the same way down. Ranks must obey it at
the same place, as one that stops alone leaves the others in a collective: `reached` is told whether any of them has it,
by a reduction over `received`.
"""

import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gradus.provenance import launcher
from gradus.provenance.errors import GradusError
from gradus.provenance.parent_death import end_with_parent
from gradus.provenance.stop_signals import Stopped, StopSignal

SCRIPTS = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.2


def run_ranks(count: int, script: Path, arguments: Sequence[str], stop_signal: StopSignal) -> None:
    """Run a script in `count` processes, and return when all have ended well. To be called from the main thread.

    Where `stop_signal` has come they may have ended before their work is done, or before they began: what they saved
    tells. Raises GradusError where one of them fails or is killed; torchrun ends the others then.
    """
    launch = [sys.executable, "-m", launcher.__name__, str(os.getpid()), str(count)]
    paths = [str(SCRIPTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    with stop_signal.deferring(), subprocess.Popen([*launch, str(script), *arguments], env=environment) as torchrun:
        try:
            while torchrun.poll() is None:
                if stop_signal.received:
                    torchrun.terminate()  # again and again: ranks may not have been there the first time
                try:
                    torchrun.wait(POLL_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            torchrun.kill()
    if torchrun.returncode and not stop_signal.received:
        raise GradusError(f"{script.name}: one of its {count} processes failed or was killed; the log says more above")


@contextmanager
def rank() -> Generator[StopSignal]:
    """All that a rank does is within this. It ends well where it stops because it was asked to.

    A second signal does not end it, as a request may reach it by several ways, nor does one that comes while it ends:
    it ends with its job, which does so at once then.
    """
    end_with_parent(int(os.environ[launcher.LAUNCHER]))
    stop_signal = StopSignal(ends_process=False)
    stop_signal.listen()
    try:
        yield stop_signal
    except Stopped as stopped:
        if os.environ["RANK"] == "0":
            print(stopped, file=sys.stderr, flush=True)
