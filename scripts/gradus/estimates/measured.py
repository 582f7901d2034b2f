"""How long jobs take by what others like them took here, as their entries in the ledger tell.

The closest that there is counts: another training run of the same experiment; then jobs whose settings are the same but
for names and seeds; then jobs of the same kind, scaled by their work as it is estimated.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from statistics import mean

from gradus.estimates.asked import Asked
from gradus.estimates.study_specs import JobSpec
from gradus.specs.base import JobSettings

COMPARABLE = 10.0
"""How many times as large or small the work of a job may be that another one's time is scaled from."""

LEAST_WORK = 0.1
"""Seconds that every job takes to read its spec and to write its results."""

NAMES = {"seed", "weights", "experiment", "experiments", "runs", "benchmark"}
"""Words of the settings' keys that decide what comes out, and not how long it takes."""

WAYS = ("backend", "sampler", "method", "network")
"""Keys of the settings that say what does the work: jobs of which these differ are not of the same kind."""


@dataclass(frozen=True)
class Measured:
    """A job that was done. seconds: of its entry, which counts from where its process has imported what it needs."""

    spec: JobSpec
    asked: Asked
    seconds: float


@dataclass(frozen=True)
class MeasuredTimes:
    """Of all jobs that were done.

    experiments: by the names of training runs, those of their experiments; what is not in it is named as it is.
    """

    entries: list[Measured]
    experiments: dict[str, str] = field(default_factory=dict)

    def seconds(self, spec: JobSpec, asked: Asked) -> float | None:
        """Of a job; None where none is like it."""
        alike = self._alike.get(_settings_key(spec, asked), [])
        if alike:
            own = [each for each in alike if self._row(each.spec.name) == self._row(spec.name)]
            return mean(each.seconds for each in own or alike)
        size = asked.work + LEAST_WORK
        near = [
            each
            for each in self._of_kind.get(_kind_key(spec, asked), [])
            if size / COMPARABLE <= each.asked.work + LEAST_WORK <= size * COMPARABLE
        ]
        if not near:
            return None
        return size * sum(each.seconds for each in near) / sum(each.asked.work + LEAST_WORK for each in near)

    @cached_property
    def _alike(self) -> dict[str, list[Measured]]:
        groups: dict[str, list[Measured]] = defaultdict(list)
        for each in self.entries:
            groups[_settings_key(each.spec, each.asked)].append(each)
        return groups

    @cached_property
    def _of_kind(self) -> dict[tuple[object, ...], list[Measured]]:
        groups: dict[tuple[object, ...], list[Measured]] = defaultdict(list)
        for each in self.entries:
            groups[_kind_key(each.spec, each.asked)].append(each)
        return groups

    def _row(self, name: str) -> str:
        """A job's name with experiments in the place of their training runs."""
        return "/".join(self.experiments.get(part, part) for part in name.split("/"))


def _settings_key(spec: JobSpec, asked: Asked) -> str:
    """The same for jobs that differ in names and seeds alone; what their settings name counts by its work."""
    settings = spec.settings.model_dump(mode="json", serialize_as_any=True)
    kept = {key: value for key, value in settings.items() if not NAMES & set(key.split("_"))}
    return json.dumps([spec.stage, round(asked.work, 2), asked.gpus, kept], sort_keys=True)


def _kind_key(spec: JobSpec, asked: Asked) -> tuple[object, ...]:
    settings: JobSettings = spec.settings
    at_service = getattr(settings, "service", None) is not None
    return (spec.stage, asked.gpus, at_service, *(getattr(settings, way, None) for way in WAYS))
