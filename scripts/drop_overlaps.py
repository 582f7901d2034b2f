"""Write a training set without the rows that hold benchmark problems; of a text, which rows these are."""

from gradus.problems.contamination.policy import decided_by, kept, rows_of
from gradus.problems.table import read_problems, write_problems
from gradus.provenance.files import read_json, replacing, write_json
from gradus.provenance.job import Job, run
from gradus.specs.contamination import DropOverlapsSpec


def build(job: Job[DropOverlapsSpec]) -> None:
    found = read_json(job.path("found"))
    pairs = decided_by(found["pairs"], "drop", job.settings.policy, job.settings.near)
    left = kept(f"{found['kind']}/{found['set']}", found["rows"], pairs)
    dropped = rows_of(pairs)
    if found["kind"] == "texts":
        write_json(job.path("out"), {"rows": sorted(dropped)})
    elif found["kind"] == "problems":
        problems = read_problems(job.path("training"))
        write_problems(job.path("out"), [p for row, p in enumerate(problems, start=1) if row not in dropped])
    else:
        with (
            replacing(job.path("out")) as temporary,
            open(temporary, "wb") as out,
            open(job.path("training"), "rb") as all_,
        ):
            out.writelines(line for row, line in enumerate(all_, start=1) if row not in dropped)
    job.log(f"{len(dropped)} of {found['rows']} rows dropped, {left} left")


if __name__ == "__main__":
    run(build, DropOverlapsSpec)
