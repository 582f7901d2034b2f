"""Which experiments of a study are compared, and why."""

from gradus.specs.evaluation import ComparedPair, Role
from gradus.study.comparisons import declared_pairs
from gradus.study.replicates import Replicates
from gradus.study.schema import Study
from gradus.study.verifiers import rows


def compared_pairs(study: Study) -> list[ComparedPair]:
    """Each pair once: all rows with the baseline, which is always `a`, then declared pairs, then rows with the row that
    they start from. A pair that is declared has that role, whatever else it is.
    """
    settings, there = study.comparisons, rows(study)
    found: dict[frozenset[str], tuple[str, str, Role]] = {}

    def add(a: str, b: str, role: Role) -> None:
        first, second, before = found.setdefault(frozenset((a, b)), (a, b, role))
        if role in ("primary", "pair") and before != "primary":
            found[frozenset((a, b))] = (first, second, role)

    for name in there:
        if name != settings.baseline:
            add(settings.baseline, name, "baseline")
    questions = {}
    for (a, b), question in declared_pairs(settings):
        add(a, b, "pair")
        questions[frozenset((a, b))] = question
    if settings.primary:
        add(*settings.primary, "primary")
    if settings.parents:
        for name in there:
            if parent := _parent_row(study, name, there):
                add(parent, name, "parent")
    return [
        ComparedPair(a=a, b=b, role=role, question=questions.get(key, ""), paired_runs=_are_paired(study, a, b))
        for key, (a, b, role) in found.items()
    ]


def _ancestors(study: Study, name: str) -> list[str]:
    """The experiments that one descends from, nearest first."""
    found: list[str] = []
    while (name := study.experiments[name].parent) in study.experiments:
        found.append(name)
    return found


def _parent_row(study: Study, name: str, there: list[str]) -> str | None:
    """The nearest experiment that one descends from and that is a row of the table."""
    return next((ancestor for ancestor in _ancestors(study, name) if ancestor in there), None)


def _are_paired(study: Study, a: str, b: str) -> bool:
    """Whether run K of one was trained from run K of the other, for all of their runs."""
    replicates = Replicates(study)
    seeds = replicates.seeds(a)
    related = a in _ancestors(study, b) or b in _ancestors(study, a)
    return related and len(seeds) > 1 and seeds == replicates.seeds(b)
