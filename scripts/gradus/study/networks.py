"""Which network computes an experiment that names none, where its backend has several."""

from typing import Any

from gradus.study.extended import first_of
from gradus.study.settings.models import EMBEDDED_FAMILY, PretrainedModel
from gradus.study.settings.training import Trained
from gradus.training.capabilities import backend_capabilities


def choose_networks(study: Any) -> None:
    """Models of its family that the study pretrains are made for the embedded network, which gives the same bytes every
    time; all others, and those that train with ternary weights, are computed by transformers. What descends from no
    model is left as it is, and refused elsewhere."""
    for name, experiment in list(study.experiments.items()):
        if not isinstance(experiment, Trained) or experiment.network is not None:
            continue
        model = study.models.get(first_of(study.models, _root(study, name)))
        own_family = isinstance(model, PretrainedModel) and model.architecture.family == EMBEDDED_FAMILY
        embedded = own_family and experiment.method != "ternary"
        for network, found in backend_capabilities(experiment.backend).networks.items():
            if found.embedded == embedded:
                study.experiments[name] = experiment.model_copy(update={"network": network})


def _root(study: Any, name: str) -> str:
    seen: set[str] = set()
    while name in study.experiments and name not in seen:
        seen.add(name)
        name = study.experiments[name].parent
    return name
