"""Samples that a job drew before by settings that differ from its own in their number alone.

Every sample of a problem has a seed of its own, so fewer samples are the first of those that are there, and more are
these and the rest. Snakemake removes what a job is to write before the job runs; so a build puts such samples beside
the states that jobs resume from, where they are gone once the job has ended well.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.provenance.files import parse_json, read_json, replacing, sha256_file, write_json
from gradus.provenance.job import Job
from gradus.sampling.samples import Sample, read_samples
from gradus.specs.sampling import Drawn

NOTE, SAMPLES = "former.json", "former.parquet"


@dataclass(frozen=True)
class Former:
    """Samples by problem, of every problem as many, in the order of their numbers. `file`: where they are."""

    file: Path | None
    samples: Mapping[str, list[Sample]]

    @property
    def each(self) -> int:
        """How many each problem has; 0 where nothing was drawn before."""
        return min(map(len, self.samples.values()), default=0)

    def with_further(self, problems: Sequence[Problem], drawn: Sequence[Sample]) -> list[Sample]:
        """These and those that were drawn beside them, problem by problem."""
        if not self.each:
            return list(drawn)
        further = _by_problem(drawn)
        return [s for problem in problems for s in (*self.samples[problem.id][: self.each], *further[problem.id])]


NOTHING = Former(None, {})


def keep_former(results: Path, name: str, spec: bytes, inputs: Mapping[str, str], samples: Path) -> None:
    """Keep the samples of a finished job. spec: what they were drawn by. inputs: SHA-256 of what was read."""
    folder = results / ".state" / f"{name.replace('/', '.')}-{hashlib.sha256(spec).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / SAMPLES) as temporary:
        try:
            os.link(samples, temporary)
        except OSError:  # a file system without links
            shutil.copyfile(samples, temporary)
    write_json(folder / NOTE, {"spec": but_for_the_number(spec), "inputs": dict(inputs)})


def drawn_before(job: Job[Drawn]) -> Former:
    """What a job need not draw again: of the same code, settings, weights and problems."""
    spec = but_for_the_number(Path(job.spec_path).read_bytes())
    for note in sorted((job.results / ".state").glob(f"{job.name.replace('/', '.')}-{'?' * 16}/{NOTE}")):
        try:
            said = read_json(note)
            same = all(sha256_file(path) == digest for path, digest in said["inputs"].items())
            if said["spec"] == spec and same:
                return Former(note.with_name(SAMPLES), _by_problem(read_samples(note.with_name(SAMPLES))))
        except (GradusError, OSError, KeyError) as error:
            job.log(f"{note}: what was drawn before cannot be read ({error}), and is drawn again")
    return NOTHING


def but_for_the_number(spec: bytes) -> dict[str, Any]:
    """A spec as values, without how many samples there are to be."""
    values = parse_json(spec, "a spec")
    return values | {"settings": {key: value for key, value in values["settings"].items() if key != "samples"}}


def _by_problem(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for sample in sorted(samples, key=lambda one: one.sample):
        found.setdefault(sample.id, []).append(sample)
    return found
