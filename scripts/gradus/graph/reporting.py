"""Jobs that tell what was built: the ledger and the report."""

from collections.abc import Iterable, Iterator

from gradus.graph.context import Context
from gradus.graph.evaluation import cells, runs_of, table_settings, written_cells
from gradus.graph.fine_tunings import fine_tunings, text_models
from gradus.graph.job import Job
from gradus.specs.reporting import MakeLedgerSpec, MakeReportSpec
from gradus.study.references import published_costs
from gradus.study.settings.models import MadeModel
from gradus.study.votes import voted_cells

UNCOUNTED = ("export_model", "make_ledger", "make_report")
"""Stages without an entry in the ledger: those that come after it, and what is made only where it is asked for."""


def reporting_jobs(context: Context, before: Iterable[Job]) -> Iterator[Job]:
    """`before` are all other jobs of the study."""
    study, root = context.study, context.root
    counted = [job.name for job in before if job.stage not in UNCOUNTED]
    entries = context.below(*(f"ledger/{name}.json" for name in counted))
    specs = context.below(*(f"specs/{name}.json" for name in counted))
    yield Job(
        "make_ledger", "ledger", f"{root}/ledger.csv", MakeLedgerSpec(), reads={"entries": entries, "specs": specs}
    )
    best = {
        name: [context.lineage.checkpoint(run) for run in runs_of(context, name)]
        for name, experiment in context.rows.items()
        if experiment.checkpoint == "best"
    }
    settings = MakeReportSpec(
        **table_settings(context),
        models=list(study.models),
        traces=list(study.traces),
        votes=bool(voted_cells(study)),
        problem_sets={name: benchmark.problems for name, benchmark in study.benchmarks.items()},
        best=best,
        **published_costs(study),
    )
    trained = [name for name, experiment in context.unrolled.experiments.items() if experiment.stage != "none"]
    made = [name for name, model in study.models.items() if isinstance(model, MadeModel)]
    taught = list(fine_tunings(context))
    reads = {
        "metrics": context.below(*(f"models/{name}/metrics.jsonl" for name in [*made, *trained])),
        "best": sorted({context.manifest(name) for names in best.values() for name in names}),
        "entries": entries,
        "votes": context.below("votes.csv") if voted_cells(study) else [],
        "passes": context.below("pass_at_k.csv") if voted_cells(study) else [],
        "traces": context.below(*(f"traces/{name}.summary.json" for name in study.traces)),
        "stages": context.below("stages.csv") if taught or text_models(context) else [],
        "lengths": context.below(*(f"lengths/{name}.json" for name in taught)),
        "evals": context.below(*(f"eval/{e}/{b}.json" for e, b in cells(context))),
        "verdicts": context.below(*(f"eval/{e}/{b}.verdicts.parquet" for e, b in cells(context))),
        "samples": context.below(*(f"samples/{e}/{b}.parquet" for e, b in written_cells(context))),
        "problems": sorted({context.benchmark_problems(name) for name in study.benchmarks}),
        "specs": [*specs, *context.below("specs/ledger.json")],
    }
    yield Job("make_report", "report", f"{root}/report.html", settings, reads=reads)
