"""One row of a sweep, in a process of its own: trains some steps with `--changes` and writes how they went to `--out`.

What ends this process, such as a lack of memory, ends a row and not the sweep.
"""

import argparse
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from gradus.profiling.limits import is_at_limit, is_out_of_memory, limit_memory
from gradus.profiling.outcome import Outcome
from gradus.profiling.training import MeasuredJob
from gradus.provenance.files import write_json
from gradus.provenance.parent_death import end_with_parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", type=Path)
    parser.add_argument("--log", required=True)
    parser.add_argument("--weights", nargs="+", required=True)
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--changes", type=json.loads, required=True)
    parser.add_argument("--warmup", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--bytes", type=int)
    parser.add_argument("--parent", type=int, required=True)
    given = parser.parse_args()
    end_with_parent(given.parent)
    paths = {"log": [given.log], "weights": given.weights, "data": given.data}
    try:
        limit_memory(given.bytes)
        job = MeasuredJob(given.spec, paths, given.warmup, given.steps)
        with tempfile.TemporaryDirectory() as scratch:
            outcome = Outcome.of(job.train(Path(scratch), given.changes))
    except Exception as error:
        if not (is_out_of_memory(error) or is_at_limit()):
            raise
        outcome = Outcome("out of memory")
    write_json(given.out, asdict(outcome))
    os._exit(0)  # what is out of memory may not end otherwise


if __name__ == "__main__":
    main()
