"""A job of two ranks: `python job.py FOLDER STEPS`."""

import sys
from pathlib import Path

from gradus.provenance.ranks import run_ranks
from gradus.provenance.stop_signals import Stopped, StopSignal

stop_signal = StopSignal()
folder = Path(sys.argv[1])
with stop_signal.handled():
    run_ranks(2, Path(__file__).with_name("train.py"), sys.argv[1:], stop_signal)
    done = int((folder / "state").read_text())
    try:
        if done < int(sys.argv[2]):
            stop_signal.reached(f"step {done} of {sys.argv[2]}")
    except Stopped as stopped:
        print(stopped)
        sys.exit(stopped.exit_code)
print("sum", done)
