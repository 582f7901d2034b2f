"""A rank that adds up ranks, step by step: `train.py FOLDER STEPS`. Each leaves its process id in the folder."""

import os
import sys
import time
from pathlib import Path

import torch
from torch import distributed

from gradus.provenance.ranks import rank

folder, steps = Path(sys.argv[1]), int(sys.argv[2])
with rank() as stop_signal:
    distributed.init_process_group("gloo")
    number = distributed.get_rank()
    for step in range(1, steps + 1):
        total = torch.tensor([1 + number, int(stop_signal.received)])
        distributed.all_reduce(total)
        assert total[0] == 3
        if number == 0:
            (folder / "state").write_text(str(step))
        if step == 1:
            (folder / f"rank{number}").write_text(f"{os.getpid()} {os.getppid()}")
        if total[1]:
            distributed.destroy_process_group()
        stop_signal.reached(f"step {step} of {steps}", elsewhere=bool(total[1]))
        time.sleep(0.02)
    distributed.destroy_process_group()
