"""Print which models of a study are on the hub, and whether those here are the same."""

from gradus.graph.graph import Graph
from gradus.provenance.terminal import tell
from gradus.sharing.command import Sharing, share
from gradus.sharing.listing import listing
from gradus.sharing.shared import shared
from gradus.study.groups import from_the_hub


def hub_list(graph: Graph, command: Sharing) -> None:
    tell(listing(graph, shared(graph, command.request.asked)))
    for line in from_the_hub(graph.study, command.request.asked):
        tell(line)


if __name__ == "__main__":
    share(hub_list, __doc__)
