"""Take models of a study from the hub, to where a build would have made them."""

from pathlib import Path

from gradus.graph.graph import Graph
from gradus.graph.ownership import own
from gradus.provenance.terminal import tell
from gradus.sharing.command import Sharing, share
from gradus.sharing.pull import after_pull, plan_pull, pull, told
from gradus.sharing.shared import shared
from gradus.study.groups import from_the_hub


def pull_models(graph: Graph, command: Sharing) -> None:
    models, checkpoints = shared(graph, command.request.asked, named=True), command.request.checkpoints
    for line in from_the_hub(graph.study, command.request.asked):
        tell(line)
    repositories = plan_pull(models)
    for model, there in zip(models, repositories, strict=True):
        tell(told(model, there, checkpoints))
    if command.dry_run:
        return
    if warning := own(Path(graph.root), command.study_file):
        tell(warning)
    for model, there in zip(models, repositories, strict=True):
        pull(graph, model, there, checkpoints, tell)
    for line in after_pull(graph, models):
        tell(line)


if __name__ == "__main__":
    share(pull_models, __doc__)
