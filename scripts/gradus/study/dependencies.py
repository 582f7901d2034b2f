"""What in a study is made of what, by the names in its file: models, problem sets, trace sets and experiments."""

from typing import Any

from gradus.study.own_results import maker
from gradus.study.replicates import others
from gradus.study.settings.problems import SubsetProblems
from gradus.study.settings.training import trace_weights
from gradus.study.trace_checks import problem_sets
from gradus.study.writers import pass_rate_filter

Node = tuple[str, str]
"""A group of the study file and a name in it, such as `("traces", "custom")`."""


def needs(study: Any, node: Node) -> list[Node]:
    """What a node is made of, by the study file and by paths into its own results. Names that are not there need
    nothing."""
    group, name = node
    settings = getattr(study, group).get(name)
    if settings is None:
        return []
    if group == "experiments":
        sets = [*getattr(settings, "sets", []), getattr(settings, "held_out", None)]
        traces = [("traces", one) for one in trace_weights(getattr(settings, "traces", []))]
        read = [_model(study, other) for _, other in others(settings)]
        return [*read, *traces, *(("problems", one) for one in sets if one is not None)]
    needed = [made] if (made := maker(study, group, name)) else []
    if isinstance(settings, SubsetProblems):
        needed.append(("problems", settings.of))
        needed += [_model(study, keep.by)] if (keep := pass_rate_filter(settings)) else []
    if group == "traces":
        needed += [("problems", one) for one in problem_sets(settings)]
        needed += [("traces", one) for one in getattr(settings, "parts", {})]
        needed += [_model(study, one) for key in ("teacher", "tokenizer") if (one := getattr(settings, key, None))]
    return needed


def all_needs(study: Any, node: Node) -> set[Node]:
    """All that a node is made of, directly or not; itself among them where it is made of itself."""
    found: set[Node] = set()
    todo = needs(study, node)
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += needs(study, node)
    return found


def circle(study: Any) -> list[Node]:
    """Nodes of which each is made of the next one, and the last of the first, which is named again; empty where there
    are none."""
    done: set[Node] = set()
    for experiment in study.experiments:
        first = ("experiments", experiment)
        line = {} if first in done else {first: iter(needs(study, first))}
        while line:
            last = next(reversed(line))
            node = next(line[last], None)
            if node is None:
                done.add(last)
                del line[last]
            elif node in line:
                whole = [*line, node]
                return whole[whole.index(node) :]
            elif node not in done:
                line[node] = iter(needs(study, node))
    return []


def _model(study: Any, name: str) -> Node:
    return ("experiments" if name in study.experiments else "models", name)
