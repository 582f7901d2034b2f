"""Taking models of a study from the hub, to where a build would have made them."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from gradus.graph.copied import age_specs, restore_times
from gradus.graph.graph import Graph
from gradus.graph.spec_files import plan_specs, write_specs
from gradus.hub.download import fetch
from gradus.hub.listing import Repository, find_repository
from gradus.models.manifest import ADAPTER_CONFIG, MANIFEST, Manifest
from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing
from gradus.sharing.bases import Base, base_of
from gradus.sharing.shared import Shared, read_mark

AGAIN = "run snakemake pull again"


def plan_pull(models: Sequence[Shared]) -> list[Repository]:
    """The repositories of these models. Raises GradusError where one is not there or another's, or where what is here
    is another model."""
    return [_repository(model) for model in models]


def told(model: Shared, there: Repository, checkpoints: bool) -> str:
    """One line: what would be taken."""
    sizes = [file.size for name, file in there.files.items() if model.takes(name, checkpoints)]
    return f"{model.member}: {len(sizes)} files, {sum(sizes):,} bytes of {model.repo} at {there.pin.revision}"


def pull(graph: Graph, model: Shared, there: Repository, checkpoints: bool, log: Callable[[str], None]) -> None:
    """Download a model and put it in its place, manifest and record last.

    Every file is compared with the hub's digest and with the manifest's. Raises GradusError.
    """
    names = [name for name in there.files if model.takes(name, checkpoints)]
    found = fetch(model.repo, there.pin, names, log, again=AGAIN)
    wanted = Manifest.read(found[MANIFEST])
    if model.manifest.is_file() and Manifest.read(model.manifest).digest() != wanted.digest():
        raise GradusError(
            f"{model.folder}: is another model than {model.repo} has; remove the folder to take that of the hub"
        )
    if lacking := wanted.files.keys() - found.keys():
        raise GradusError(f"{model.repo}: lacks {min(lacking)}, which its {MANIFEST} names; push the model anew")
    base, last = base_of(graph, model), [MANIFEST, *model.records]
    judged = [job for job in model.verdicts if (model.root / f"{job}.json").is_file()]
    for name in [*(name for name in names if name not in last), *(name for name in last if name in found)]:
        if name == MANIFEST:
            wanted.at(model.manifest).check()
        if not any(name.endswith(f"/{job}.json") for job in judged):  # what was judged here is better known here
            _put(found[name], model.place(name), base)


def after_pull(graph: Graph, models: Sequence[Shared]) -> Iterator[str]:
    """Give the files the time stamps of their records, write the specs of all jobs, and tell what a build will make of
    the models.

    Without the specs a build would think that what the models were made of is planned anew, and make it, and then them.
    """
    restore_times(graph)
    specs = plan_specs(graph)
    write_specs(graph, specs)
    age_specs(graph)
    for model in models:
        change = specs.changes.get(model.job)
        if change is None or not change.runs:
            yield f"{model.member}: {model.folder} is what a build would make"
        else:
            yield (
                f"{model.member}: {model.folder} is there, and a build would make it again, as it was made by other "
                f"settings or code; to keep it, name it as {{source: hub, repo: {model.repo}}}"
            )


def _repository(model: Shared) -> Repository:
    there = find_repository(model.repo, AGAIN)
    if there is None:
        raise GradusError(
            f"{model.repo} is not on the hub, or private and HF_TOKEN is none of its owner's; push {model.member} from "
            "where it was made, or set HF_TOKEN"
        )
    model.expect_ours(read_mark(there, AGAIN))
    if MANIFEST not in there.files:
        raise GradusError(f"{model.repo}: has no {MANIFEST}; push {model.member} anew")
    return there


def _put(source: Path, place: Path, base: Base | None) -> None:
    with replacing(place) as temporary:
        if base is not None and PurePosixPath(place).name == ADAPTER_CONFIG:
            temporary.write_text(base.here(source), encoding="utf-8")
        else:
            shutil.copyfile(source, temporary)
