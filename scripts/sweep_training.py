"""Find an experiment's fastest settings that fit, and how much larger it could be. Its results stay as they are."""

from functools import partial

from gradus.profiling.command import Command, main
from gradus.profiling.memory import counted_memory
from gradus.profiling.sweep import ROWS, Remembered, in_a_process, swept
from gradus.profiling.sweep_page import as_json, sweep_page
from gradus.profiling.training import MeasuredJob
from gradus.provenance.files import write_json, write_text
from gradus.provenance.terminal import tell


def build(command: Command) -> None:
    sweep, folder = command.settings.sweep, command.out
    job = MeasuredJob(command.spec, command.paths, sweep.warmup_steps, sweep.steps)
    job.set_out()
    attempt = Remembered(folder / ROWS, job, sweep, partial(in_a_process, command))
    rows = swept(job, sweep, attempt)
    experiment = job.name.partition("/")[2]
    page = sweep_page(experiment, job.settings, rows, counted_memory())
    write_json(folder / "sweep.json", as_json(experiment, rows))
    write_text(folder / "sweep.md", page)
    tell(page)


if __name__ == "__main__":
    main(build, __doc__)
