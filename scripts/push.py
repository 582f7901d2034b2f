"""Send models of a study to the hub, each to a repository of its own with a model card."""

from pathlib import Path
from tempfile import TemporaryDirectory

from gradus.graph.graph import Graph
from gradus.hub.upload import expect_writable
from gradus.provenance.terminal import tell
from gradus.sharing.command import Sharing, share
from gradus.sharing.push import AGAIN, missing_bases, plan_push, send
from gradus.sharing.shared import shared
from gradus.study.groups import from_the_hub


def push(graph: Graph, command: Sharing) -> None:
    models = shared(graph, command.request.asked, named=True)
    for line in from_the_hub(graph.study, command.request.asked):
        tell(line)
    if not command.dry_run:
        expect_writable(AGAIN)
    with TemporaryDirectory() as scratch:
        pushes = plan_push(graph, models, command.request.checkpoints, Path(scratch))
        for one in pushes:
            tell(one.told())
            if not command.dry_run:
                send(one, tell)
        for line in missing_bases(pushes):
            tell(line)


if __name__ == "__main__":
    share(push, __doc__)
