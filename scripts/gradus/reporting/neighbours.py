"""Which experiments belong together: pairs that the study asks about, and the nearest one."""

from gradus.reporting.differences import ROLES, differences
from gradus.reporting.inputs import ReportInputs


def asked_pairs(inputs: ReportInputs) -> list[tuple[str, str]]:
    """Pairs of experiments that the study asks about or that continue each other, each once: the primary one first,
    then in the order of the comparisons. All are compared with the baseline, which is no question of its own.
    """
    ranked = sorted(differences(inputs), key=lambda d: ROLES.index(d.role))
    names = {entry["name"] for entry in inputs.experiments}
    return list(dict.fromkeys((d.a, d.b) for d in ranked if d.role != "baseline" and {d.a, d.b} <= names))


def neighbour_of(inputs: ReportInputs, experiment: str) -> str | None:
    """The experiment that the settings of this one are compared with; None where there is none of the same stage.

    Its partner in a declared pair, else the experiment that it continues, else of those of the same stage above it the
    one with the fewest other settings.
    """
    recipe = inputs.recipes.get(experiment)
    if recipe is None:
        return None
    alike = [name for name, other in inputs.recipes.items() if other.stage == recipe.stage and name != experiment]
    partners = [a for a, b in asked_pairs(inputs) if b == experiment and a in alike]
    parents = [str(entry["parent"]) for entry in inputs.experiments if entry["name"] == experiment]
    for name in [*partners, *(parent for parent in parents if parent in alike)]:
        return name
    order = [entry["name"] for entry in inputs.experiments]
    above = [name for name in order[: order.index(experiment)] if name in alike]
    return min(above, key=lambda name: len(recipe.differences(inputs.recipes[name])), default=None)
