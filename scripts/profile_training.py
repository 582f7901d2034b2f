"""Look at some steps of an experiment's training: where time and memory go. Its results stay as they are."""

import sys
import tempfile
from pathlib import Path

from gradus.profiling.command import Command, main
from gradus.profiling.external import capture_range, commands
from gradus.profiling.pages import profile_page
from gradus.profiling.recorded import Recorded, profiled
from gradus.profiling.training import MeasuredJob
from gradus.provenance.files import write_json, write_text
from gradus.provenance.terminal import tell


def build(command: Command) -> None:
    settings, folder = command.settings, command.out
    folder.mkdir(parents=True, exist_ok=True)
    recorded = Recorded(folder)
    around = capture_range() if command.capture else recorded.recording()
    job = MeasuredJob(command.spec, command.paths, settings.warmup_steps, settings.steps, around)
    job.set_out()
    with tempfile.TemporaryDirectory() as scratch:
        if command.capture:
            job.train(Path(scratch), {})
            return
        profile = profiled(job, recorded, Path(scratch))
    page = profile_page(profile, commands(sys.argv[0], sys.argv[1:], folder))
    write_json(folder / "profile.json", profile.as_json())
    write_text(folder / "profile.md", page)
    tell(page)


if __name__ == "__main__":
    main(build, __doc__)
