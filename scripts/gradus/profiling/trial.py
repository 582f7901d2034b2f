"""One row of a sweep, in a process of its own: trains some steps with `--changes` and writes how they went to `--out`.

What ends this process, such as a lack of memory, ends a row and not the sweep.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from gradus.profiling.limits import OUT_OF_MEMORY, is_at_limit, is_out_of_memory, limit_memory
from gradus.profiling.outcome import Outcome
from gradus.profiling.training import MeasuredJob
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.provenance.parent_death import end_with_parent
from gradus.provenance.rank_job import is_first, is_rank
from gradus.provenance.ranks import rank, run_ranks
from gradus.provenance.stop_signals import StopSignal


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", type=Path)
    parser.add_argument("--log", required=True)
    parser.add_argument("--weights", nargs="+", required=True)
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--reference", nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--changes", type=json.loads, required=True)
    parser.add_argument("--warmup", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--bytes", type=int)
    parser.add_argument("--parent", type=int, required=True)
    given = parser.parse_args()
    if is_rank():
        with rank():
            os._exit(_attempt(given))
    end_with_parent(given.parent)
    gpus = _ranks(given.spec)
    if gpus == 1:
        os._exit(_attempt(given))
    try:
        run_ranks(gpus, Path(__file__), sys.argv[1:], StopSignal())
    except GradusError:
        if not given.out.is_file():  # else one of them has told why
            raise


def _attempt(given: argparse.Namespace) -> int:
    """The exit code of this process, or of one of several, which ends the others where it is not 0. It ends at once:
    what is out of memory may not end otherwise."""
    paths = {"log": [given.log], "weights": given.weights, "data": given.data, "reference": given.reference}
    try:
        limit_memory(given.bytes, _ranks(given.spec))
        job = MeasuredJob(given.spec, paths, given.warmup, given.steps)
        with tempfile.TemporaryDirectory() as scratch:
            outcome = Outcome.of(job.train(Path(scratch), given.changes))
        if is_first():
            write_json(given.out, asdict(outcome))
    except Exception as error:
        if not (is_out_of_memory(error) or is_at_limit()):
            raise
        write_json(given.out, asdict(Outcome("out of memory")))
        return OUT_OF_MEMORY
    return 0


def _ranks(spec: Path) -> int:
    return read_json(spec)["settings"].get("gpus", 1)


if __name__ == "__main__":
    main()
