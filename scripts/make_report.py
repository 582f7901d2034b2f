"""The report: one self-contained page, its plots as files, and the same in words."""

from gradus.graph.stages import read_spec
from gradus.provenance.files import write_text
from gradus.provenance.job import Job, run
from gradus.provenance.versions import versions
from gradus.reporting.ledger import read_ledger
from gradus.reporting.loading import ReportFiles, load_inputs
from gradus.reporting.plots.files import write_plots
from gradus.reporting.report import build_report
from gradus.reporting.words import report_text
from gradus.specs.reporting import MakeReportSpec


def build(job: Job[MakeReportSpec]) -> None:
    settings = job.settings
    cells = settings.cells
    # By the folder: a command with a path for every cell and spec is too long for the system in a study of 2,000 jobs.
    results = job.path("ablation").parent
    costs = job.path("costs")
    evals, samples, specs = results / "eval", results / "samples", results / "specs"
    problems = {path.stem: path for path in job.files("problems")}
    checkpoints = {path.parent.name: path for path in job.files("best")}
    jobs = [row.name for row in read_ledger(costs)]
    files = ReportFiles(
        ablation=job.path("ablation"),
        comparisons=job.path("comparisons"),
        votes=job.optional("votes"),
        passes=job.optional("passes"),
        stages=job.optional("stages"),
        second_opinion=job.path("second_opinion"),
        completion_lengths=job.path("completion_lengths"),
        ledger=costs,
        contamination=job.path("contamination"),
        metrics={path.parent.name: path for path in job.files("training")},
        traces={path.name.removesuffix(".summary.json"): path for path in job.files("traces")},
        lengths={path.stem: path for path in job.files("lengths")},
        evals={(run, b): evals / run / f"{b}.json" for run, b in cells},
        verdicts={(run, b): evals / run / f"{b}.verdicts.parquet" for run, b in cells},
        samples={(run, b): samples / run / f"{b}.parquet" for run, b in settings.written_cells},
        problems={benchmark: problems[name] for benchmark, name in settings.problem_sets.items()},
        specs={name: specs / f"{name}.json" for name in [*jobs, "ledger"]},
        entries={name: results / "ledger" / f"{name}.json" for name in jobs},
        runs={e.name: e.runs for e in settings.experiments},
        published_costs=settings.published_costs,
        best={name: [checkpoints[model] for model in models] for name, models in settings.best.items()},
    )
    specs = map(read_spec, files.specs.values())
    inputs = load_inputs(files, versions(specs), settings.seed, settings.title)
    write_plots(inputs, job.path("plots"))
    write_text(job.path("out"), build_report(inputs))
    write_text(job.path("markdown"), report_text(inputs))
    job.log(f"open {job.path('out')}")


if __name__ == "__main__":
    run(build, MakeReportSpec)
