"""Look at some steps of an experiment's training: where time and memory go. Its results stay as they are."""

import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from gradus.profiling.command import Command, main
from gradus.profiling.external import capture_range, commands
from gradus.profiling.pages import profile_page
from gradus.profiling.recorded import Recorded, profiled
from gradus.profiling.training import MeasuredJob
from gradus.provenance.files import write_json, write_text
from gradus.provenance.rank_job import is_first, is_rank
from gradus.provenance.ranks import run_ranks
from gradus.provenance.terminal import tell


def build(command: Command) -> None:
    settings, folder = command.settings, command.out
    folder.mkdir(parents=True, exist_ok=True)
    recorded = Recorded(folder)
    looks = capture_range() if command.capture else recorded.recording()
    # Ranks do the same; one of them is looked at.
    around = looks if is_first() else nullcontext()
    job = MeasuredJob(command.spec, command.paths, settings.warmup_steps, settings.steps, around)
    if not is_rank():
        job.set_out()
        if job.settings.gpus > 1:
            run_ranks(job.settings.gpus, Path(sys.argv[0]).resolve(), sys.argv[1:], job.stop_signal)
            return
    with tempfile.TemporaryDirectory() as scratch:
        if command.capture or not is_first():
            job.train(Path(scratch), {})
            return
        profile = profiled(job, recorded, Path(scratch))
    page = profile_page(profile, commands(sys.argv[0], sys.argv[1:], folder))
    write_json(folder / "profile.json", profile.as_json())
    write_text(folder / "profile.md", page)
    tell(page)


if __name__ == "__main__":
    main(build, __doc__)
