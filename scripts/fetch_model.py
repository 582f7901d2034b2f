"""Bring a model of the hub or of a local folder into the results: checked first, then linked."""

from pathlib import Path

from gradus.hub.contents import CONFIG, ORIGIN, is_weights, model_files
from gradus.hub.download import fetch
from gradus.hub.links import link_file
from gradus.hub.lock import Repo, pin_of
from gradus.models.chat_files import ChatSettings, chat_files
from gradus.models.declared_tokens import token_files
from gradus.models.describe import clear_model, write_manifest
from gradus.models.published import check_shape, check_weights
from gradus.provenance.files import write_json, write_text
from gradus.provenance.job import Job, run
from gradus.specs.base import PinnedFiles
from gradus.specs.models import FetchModelSpec
from gradus.training.capabilities import uses_embedded_network


def build(job: Job[FetchModelSpec]) -> None:
    settings, out = job.settings, job.path("model").parent
    hub = settings.hub
    if hub:
        files = _fetched(job, hub, _small(hub))
    else:
        assert settings.path is not None  # a spec has one of the two
        files = _local_files(Path(settings.path))
    folder = files[CONFIG].parent
    embedded = any(map(uses_embedded_network, settings.backends))
    if embedded:
        check_shape(folder)
    written = chat_files(folder, ChatSettings.of(settings.chat.model_dump(mode="json")))
    written |= token_files(folder, settings.tokens, settings.repair_tokens, written)
    if hub:
        files = _fetched(job, hub, list(hub.files))
    if settings.backends:
        check_weights(folder, embedded)
    clear_model(out)  # of another revision: a template that is no more would still be read
    for name, file in files.items():
        if name not in written:
            link_file(file, out / name)
    for name, text in written.items():
        write_text(out / name, text)
    if hub:
        write_json(out / ORIGIN, {"repo": hub.repo, "revision": hub.revision})
    write_manifest(out)
    job.log(f"{len(files.keys() - written)} files, linked from {folder}")
    if written:
        job.log(f"made to agree with the study and with each other: {', '.join(sorted(written))}")


def _local_files(folder: Path) -> dict[str, Path]:
    return {name: folder / name for name in model_files(file.name for file in folder.iterdir())}


def _small(hub: PinnedFiles) -> list[str]:
    """All but the weights: whether the model can be used at all is known before its gigabytes are there."""
    return [name for name in hub.files if not is_weights(name)]


def _fetched(job: Job[FetchModelSpec], hub: PinnedFiles, names: list[str]) -> dict[str, Path]:
    repo, pin = Repo("model", hub.repo), pin_of(hub)
    local = "name a local copy in the study file: {source: folder, path: FOLDER}"
    return fetch(repo, pin, names, job.log, local)


if __name__ == "__main__":
    run(build, FetchModelSpec)
