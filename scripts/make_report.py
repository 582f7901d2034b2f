"""The report: one self-contained page."""

from dataclasses import replace

from gradus.provenance.files import read_json, write_text
from gradus.provenance.job import Job, run
from gradus.provenance.versions import versions
from gradus.reporting.loading import files_of, load_inputs
from gradus.reporting.plot_files import write_plots
from gradus.reporting.report import build_report
from gradus.specs.reporting import MakeReportSpec


def build(job: Job[MakeReportSpec]) -> None:
    settings = job.settings
    models = [*settings["models"], *(e["name"] for e in settings["experiments"])]
    files = files_of(job.path("ablation").parent, settings["problem_sets"], models=models, traces=settings["traces"])
    if not settings["votes"]:
        files = replace(files, votes=None)  # left by an earlier version of the study
    modules = [module for spec in files.specs.values() for module in read_json(spec)["modules"]]
    provenance = {"versions": versions(modules), "seed": settings["seed"]}
    inputs = load_inputs(files, provenance, title=settings["title"])
    write_plots(inputs, job.path("plots"))
    write_text(job.path("out"), build_report(inputs))
    job.log(f"open {job.path('out')}")


if __name__ == "__main__":
    run(build, MakeReportSpec)
