"""torchrun as a job starts it: `python -m gradus.provenance.launcher JOB RANKS SCRIPT [ARGUMENT...]`.

JOB is the process id of the job, with which it ends. It differs from torchrun in what a request to end does: torchrun
gives ranks 30 seconds from the first signal on, and leaves them behind at a second one. This only passes the request
on, and ranks end when the work at hand is saved.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

from gradus.provenance.parent_death import end_with_parent
from gradus.provenance.stop_signals import SIGNALS

LAUNCHER = "GRADUS_LAUNCHER"
"""In the environment of ranks: the process id of their launcher."""

FAILED_SECONDS = 5
"""For the other ranks to end when one has failed. Most hang in a collective that it is missing from."""


def main() -> None:
    job, count, *command = sys.argv[1:]
    end_with_parent(int(job))
    for number in SIGNALS:
        signal.signal(number, _pass_on)
    os.environ[LAUNCHER] = str(os.getpid())
    os.environ["TORCH_ELASTIC_SHUTDOWN_TIMEOUT"] = str(FAILED_SECONDS)
    from torch.distributed.run import main as torchrun

    # It takes only signals over that nobody sends, and leaves the others as they are.
    torchrun(["--standalone", "--nproc-per-node", count, "--signals-to-handle", "SIGQUIT", "--", *command])


def _pass_on(number: int, frame: FrameType | None) -> None:
    """To all ranks: the children of this process."""
    for thread in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            for child in (thread / "children").read_text(encoding="utf-8").split():
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGTERM)


if __name__ == "__main__":
    main()
