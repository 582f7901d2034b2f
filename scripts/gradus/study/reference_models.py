"""Whether another model can be what an experiment's policy is compared with, told before anything is trained: its
`reference_model`, or the `teacher` of a distillation."""

from collections.abc import Iterator
from typing import Any

from gradus.study.lineage import Lineage
from gradus.study.mistakes import Mistake
from gradus.study.replicates import others
from gradus.study.settings.grpo import Grpo
from gradus.study.tokenizers import known_to_differ
from gradus.training.capabilities import resolved


def reference_model_mistakes(study: Any) -> Iterator[Mistake]:
    """For studies whose names are all there and whose ancestry is no circle."""
    lineage = Lineage(study)
    for name, experiment in study.experiments.items():
        if not isinstance(experiment, Grpo):
            continue
        for key, named in others(experiment):
            if key != "parent":
                yield from ((("experiments", name, key), what) for what in _of(study, lineage, name, key, named))


def _of(study: Any, lineage: Lineage, name: str, key: str, named: str) -> Iterator[str]:
    experiment = study.experiments[name]
    if key == "reference_model" and not (resolved(experiment, "kl_coef") or experiment.kl_guard):
        yield "is read by a KL penalty or guard alone, and neither is set; set kl_coef, or remove this key"
    if lineage.reference(name) is None:
        if key == "teacher":
            yield f"{named!r} is what {name!r} starts from, so there is nothing to learn; name another"
        return
    own, other = lineage.root(name), lineage.root(named)
    if own != other and known_to_differ(study.models, own, other):
        yield f"{named!r} has another tokenizer than {name!r}, whose tokens it has to know; name a model with the same"
    if experiment.gpus > 1:
        what = f"backend: {experiment.backend} divides the model that trains among GPUs, and no second one"
        remedy = ", or leave this key out: the reference is then the start" if key == "reference_model" else ""
        yield f"{what}; set gpus: 1{remedy}"
