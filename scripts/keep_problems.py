"""Grade a model's answers to a set's problems, and keep those problems that it solves as often as the study wants."""

from gradus.problems.table import write_problems
from gradus.provenance.files import write_json, write_text
from gradus.provenance.job import Job, run
from gradus.specs.problems import KeepProblemsSpec
from gradus.traces.pass_rates import choose_files


def build(job: Job[KeepProblemsSpec]) -> None:
    chosen = choose_files(job.path("problems"), job.path("completions"), job.settings)
    write_problems(job.path("out"), chosen.problems)
    write_text(job.path("csv"), chosen.rates_text)
    write_json(job.path("summary"), chosen.summary)
    notes = chosen.summary["pass_rate"]
    spread = f"{notes['below']} solved less often, {notes['above']} more often"
    job.log(f"{len(chosen.problems)} of {notes['asked']} problems; {spread} by {notes['by']}")


if __name__ == "__main__":
    run(build, KeepProblemsSpec)
