"""What the jobs of all studies in this folder took, as far as their records say by which settings.

Only the ledger and the specs are read. A record whose spec has changed since, or cannot be read, is left out: how long
something took is worth no error.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gradus.estimates.asked import Machine
from gradus.estimates.measured import Measured, MeasuredTimes
from gradus.estimates.resources import expected
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.graph.stages import read_spec
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file

MOST_ENTRIES = 150
"""Of a folder such as samples/ of one study: enough to tell how long such jobs take, and read in a moment."""


def measured_times(
    results: Path, wanted: Iterable[JobSpec], machine: str | None, experiments: Mapping[str, str]
) -> MeasuredTimes:
    """Of the jobs that are of the stages of those wanted.

    results: the folder of all studies. machine: only what ran on such a one; None: on any, as on a cluster.
    experiments: by the names of training runs, those of their experiments.
    """
    specs = {spec.name: spec for spec in wanted}
    entries: list[Measured] = []
    for ledger in sorted(results.glob("*/ledger")):
        entries += _of_study(ledger.parent, specs, machine)
    return MeasuredTimes(entries, dict(experiments))


def _of_study(folder: Path, wanted: Mapping[str, JobSpec], machine: str | None) -> Iterator[Measured]:
    study = StudySpecs(_SpecsOnDisk(folder / "specs"), folder)
    stages = {spec.stage for spec in wanted.values()}
    for name in _chosen(folder / "ledger", wanted):
        try:
            entry = read_json(folder / "ledger" / f"{name}.json")
            if entry["stage"] not in stages or (machine is not None and entry["machine"] != machine):
                continue
            path = folder / "specs" / f"{name}.json"
            if sha256_file(path) != entry["spec"]:
                continue
            spec, gpu = read_spec(path), int(entry["gpu_memory"])
            asked = expected(spec, study, Machine(gpu_bytes=gpu) if gpu else Machine(has_gpu=False))
            yield Measured(spec, asked, float(entry["wall_seconds"]))
        except (OSError, GradusError, KeyError, TypeError, ValueError):
            continue


def _chosen(ledger: Path, wanted: Mapping[str, JobSpec]) -> Iterator[str]:
    """Names of entries: those that are wanted first, and not too many of a folder."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in ledger.rglob("*.json"):
        name = path.relative_to(ledger).as_posix().removesuffix(".json")
        folders[name.partition("/")[0]].append(name)
    for names in folders.values():
        yield from sorted(names, key=lambda name: (name not in wanted, name))[:MOST_ENTRIES]


class _SpecsOnDisk(Mapping[str, JobSpec]):
    """Specs by their paths, each read when it is asked for. Raises KeyError for one that cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, JobSpec] = {}

    def __getitem__(self, path: str) -> JobSpec:
        if path not in self._read:
            try:
                self._read[path] = read_spec(self._folder / path)
            except (OSError, GradusError) as error:
                raise KeyError(path) from error
        return self._read[path]

    def __contains__(self, path: object) -> bool:
        return (self._folder / str(path)).is_file()

    def __iter__(self) -> Iterator[str]:
        return (path.relative_to(self._folder).as_posix() for path in sorted(self._folder.rglob("*.json")))

    def __len__(self) -> int:
        return sum(1 for _ in self)
