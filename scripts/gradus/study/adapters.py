"""Adapters that continue another one, or that are trained anew on weights that it was merged into."""

from collections.abc import Iterator
from typing import Any

from gradus.specs.derived import owner
from gradus.study.lineage import Lineage
from gradus.study.mistakes import Mistake
from gradus.study.settings.training import Lora, Trained


def adapter_mistakes(study: Any) -> Iterator[Mistake]:
    """For studies whose ancestry is no circle. Experiments that descend from no model are refused elsewhere."""
    lineage = Lineage(study)
    for name, experiment in study.experiments.items():
        if not isinstance(experiment, Trained) or lineage.root(name) not in study.models:
            continue
        here, before = ("experiments", name), _adapter_before(study, lineage, name)
        if experiment.adapter == "new":
            if not experiment.adapts:
                what = f"method: {experiment.method} trains all parameters of the merged weights and no adapter"
                yield (*here, "adapter"), f"{what}; remove this key"
            elif before is None:
                what = f"{experiment.parent!r} has no adapter to merge, so the one that is trained is new"
                yield (*here, "adapter"), f"{what}; remove this key"
        elif experiment.adapts and before is not None and _shape(before) != _shape(experiment.lora):
            what = f"continues the adapter of {experiment.parent!r} and needs its rank, alpha and targets"
            yield (*here, "lora"), f"{what}; or set adapter: new, or method: full"


def _adapter_before(study: Any, lineage: Lineage, name: str) -> Lora | None:
    """That of the weights that an experiment starts from."""
    adapter = lineage.before_merging(name).adapter
    return None if adapter is None else study.experiments[owner(adapter)].lora


def _shape(lora: Lora) -> tuple[object, ...]:
    return lora.rank, lora.alpha, lora.names
