"""The job that makes the table of domain tokens in answers."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.evaluation import cells, runs_of
from gradus.graph.job import Job
from gradus.specs.evaluation import MakeTokenUseTableSpec
from gradus.study.prompt_injection import token_groups
from gradus.study.references import published_tokens


def token_use_jobs(context: Context) -> Iterator[Job]:
    """None where no model that is asked has domain tokens."""
    study = context.study
    if not any(token_groups(study.models, context.lineage.root(context.first_run(name))) for name in context.rows):
        return
    settings = MakeTokenUseTableSpec(
        runs={name: runs_of(context, name) for name in context.rows},
        benchmarks=list(study.benchmarks),
        titles={name: one.title or name for name, one in (context.rows | study.benchmarks).items()},
        **published_tokens(study),
    )
    reads = {"evals": context.below(*(f"eval/{run}/{benchmark}.json" for run, benchmark in cells(context)))}
    yield Job("make_token_use_table", "domain_tokens", f"{context.root}/domain_tokens.csv", settings, reads=reads)
