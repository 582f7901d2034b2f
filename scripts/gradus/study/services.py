"""Which sampler or backend reads which weights of a study, and what the services among them need to know."""

from collections.abc import Callable, Iterator
from typing import Any

from gradus.sampling.capabilities import Capabilities, Service, WeightUse, sampler_capabilities, samplers
from gradus.specs.derived import MERGED
from gradus.specs.service import ServiceFile
from gradus.study.asked import benchmarks_of
from gradus.study.replicates import others
from gradus.study.settings.base import Mistake
from gradus.study.settings.models import AnyModel, ExtendedModel
from gradus.study.verifiers import rows
from gradus.study.writers import writers
from gradus.training.capabilities import backend_capabilities, backends


def sampler_of(study: Any, experiment: str, benchmark: str) -> str:
    """What samples an experiment on a benchmark."""
    chosen = study.experiments[experiment].sampler or study.benchmarks[benchmark].sampler
    return chosen or study.sampling.sampler


def verifiers_sampler(study: Any) -> str:
    """What reads the solutions that the study's verifier scores."""
    return study.experiments[study.votes.verifier].sampler or study.sampling.sampler


def service_file(study: Any) -> ServiceFile | None:
    """What jobs find as results/<study>/service.json; None where nothing of the study runs on a service."""
    for service, models in _services(study):
        if models:
            return service.file(getattr(study, service.key), models)
    return None


def service_models(study: Any) -> list[str]:
    """The models that the study uses on services, by the services' names."""
    return [model for _, models in _services(study) for model in models]


def service_mistakes(study: Any) -> Iterator[Mistake]:
    """What is wrong in the services' own settings, and weights asked of one that has not got them, or alone has them.

    For studies whose names are all there and whose ancestry is no circle.
    """
    for use in _uses(study):
        for _, reader in READERS[use.kind]():
            yield from reader.weight_mistakes(use)
    for service, models in _services(study):
        yield from service.mistakes(getattr(study, service.key), models)


def _samplers() -> Iterator[tuple[str, Capabilities]]:
    return ((name, sampler_capabilities(name)) for name in samplers())


def _backends() -> Iterator[tuple[str, Capabilities]]:
    return ((name, backend_capabilities(name)) for name in backends())


READERS: dict[str, Callable[[], Iterator[tuple[str, Capabilities]]]] = {"sampler": _samplers, "backend": _backends}
"""All there are of each kind of a `WeightUse`."""


def _services(study: Any) -> list[tuple[Service, list[str]]]:
    """All services there are, each with the models that the study uses there, by the service's names."""
    services = {(kind, name): reader.service for kind, all_of in READERS.items() for name, reader in all_of()}
    models: dict[str, dict[str, None]] = {service.key: {} for service in services.values() if service}
    for use in _uses(study):
        service = services[use.kind, use.reader]
        if service is not None and use.model is not None:
            models[service.key].setdefault(service.offered_name(use.model) or "")
    distinct = {service.key: service for service in services.values() if service}
    return [(service, list(models[key])) for key, service in distinct.items()]


def _uses(study: Any) -> Iterator[WeightUse]:
    """Of writers' weights, those that each experiment starts from, the verifier's, and those that rows are sampled
    with."""
    for writer in writers(study):
        keys = (*writer.keys, writer.key), (*writer.keys, "sampler")
        yield WeightUse("sampler", writer.sampler, *keys, *_weights(study, writer.name))
    for name, experiment in study.experiments.items():
        if experiment.stage != "none":
            keys = ("experiments", name, "from")
            yield WeightUse("backend", experiment.backend, keys, keys, *_weights(study, experiment.parent))
        for key, other in others(experiment):
            if key != "parent":
                keys = ("experiments", name, key)
                yield WeightUse("backend", experiment.backend, keys, keys, *_weights(study, other))
    if study.votes.verifier is not None:
        named, keys = study.votes.verifier, ("votes", "verifier")
        yield WeightUse("sampler", verifiers_sampler(study), keys, keys, *_weights(study, named))
    for name in rows(study):
        keys = ("experiments", name, "sampler")
        for reader in dict.fromkeys(sampler_of(study, name, benchmark) for benchmark in benchmarks_of(study, name)):
            yield WeightUse("sampler", reader, keys, keys, *_weights(study, name))


def _weights(study: Any, name: str) -> tuple[str, AnyModel | None, str | None, str | None]:
    """The last four fields of `WeightUse`, for a model or experiment."""
    experiment = study.experiments.get(name)
    if experiment is None:
        model = study.models[name]
        return name, None if isinstance(model, ExtendedModel) else model, None, None
    before = _weights(study, experiment.parent)
    if experiment.stage == "none":
        return before
    if not experiment.adapts:
        return name, None, None, None
    if experiment.adapter == "new" and before[2] is not None:
        return f"{before[2]}{MERGED}", None, name, experiment.backend
    return before[0], before[1], name, experiment.backend
