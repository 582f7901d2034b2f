"""The report: one self-contained page, and its plots as files."""

from itertools import product

from gradus.graph.stages import read_spec
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run
from gradus.provenance.versions import versions
from gradus.reporting.ledger import read_ledger
from gradus.reporting.loading import ReportFiles, load_inputs
from gradus.reporting.plot_files import write_plots
from gradus.reporting.report import build_report
from gradus.specs.reporting import MakeReportSpec


def build(job: Job[MakeReportSpec]) -> None:
    settings = job.settings
    cells = list(product((e.name for e in settings.experiments), (b.name for b in settings.benchmarks)))
    # By the folder: a command with a path for every cell and spec is too long for the system in a study of 2,000 jobs.
    results = job.path("ablation").parent
    costs = job.path("costs")
    evals, samples, specs = results / "eval", results / "samples", results / "specs"
    problems = {path.stem: path for path in job.files("problems")}
    files = ReportFiles(
        ablation=job.path("ablation"),
        comparisons=job.path("comparisons"),
        votes=job.optional("votes"),
        passes=job.optional("passes"),
        second_opinion=job.path("second_opinion"),
        completion_lengths=job.path("completion_lengths"),
        ledger=costs,
        contamination=job.path("contamination"),
        metrics={path.parent.name: path for path in job.files("training")},
        traces={path.name.removesuffix(".summary.json"): path for path in job.files("traces")},
        lengths={path.stem: path for path in job.files("lengths")},
        evals={(e, b): evals / e / f"{b}.json" for e, b in cells},
        verdicts={(e, b): evals / e / f"{b}.verdicts.parquet" for e, b in cells},
        samples={(e, b): samples / e / f"{b}.parquet" for e, b in cells},
        problems={benchmark: problems[name] for benchmark, name in settings.problem_sets.items()},
        specs={name: specs / f"{name}.json" for name in [*(row.name for row in read_ledger(costs)), "ledger"]},
    )
    specs = map(read_spec, files.specs.values())
    inputs = load_inputs(files, versions(specs), settings.seed, settings.title)
    write_plots(inputs, job.path("plots"))
    write_text(job.path("out"), build_report(inputs))
    job.log(f"open {job.path('out')}")


if __name__ == "__main__":
    run(build, MakeReportSpec)
