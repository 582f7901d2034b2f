"""The experiments of a study as a picture, built or not: which starts from which, on what it trains, with how many
seeds. It is drawn as in the report."""

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.reporting import lineage
from gradus.reporting.lineage import Grown
from gradus.reporting.plots.files import plot_file
from gradus.reporting.plots.marks import numbered
from gradus.reporting.recipe import Recipe


def experiments_svg(graph: Graph) -> str:
    """An SVG document. Raises GradusError where the study trains nothing."""
    study, replicates = graph.study, graph.context.replicates
    titles = {name: model.title or name for name, model in study.models.items()}
    titles |= {name: experiment.title or name for name, experiment in study.experiments.items()}
    names = [study.comparisons.baseline, *study.experiments]
    marks = numbered((name for name in names if name is not None), titles.__getitem__)
    grown = []
    for name, experiment in study.experiments.items():
        runs = replicates.runs(name)
        job = graph.jobs.get(f"models/{runs[0].name}")
        recipe = None if job is None else Recipe.of(job.stage, job.settings.model_dump(mode="json"))
        grown.append(Grown(name, titles[name], experiment.parent, marks[name], recipe, len(runs)))
    picture = lineage.picture(grown, titles.__getitem__)
    if picture is None:
        raise GradusError(f"the study {study.study!r} trains no experiment, so that there is nothing to draw")
    return plot_file(lineage.TITLE, picture)
