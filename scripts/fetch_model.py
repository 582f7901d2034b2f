"""Bring a model of the hub or of a local folder into the results: checked first, then linked."""

from pathlib import Path

from gradus.hub.contents import CONFIG, ORIGIN, is_weights, model_files
from gradus.hub.download import fetch
from gradus.hub.links import link_file
from gradus.hub.lock import Repo, pin_of
from gradus.models.chat_files import ChatSettings, chat_files
from gradus.models.describe import clear_model, write_manifest
from gradus.models.published import check_shape, check_weights
from gradus.provenance.files import write_json, write_text
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    settings, out = job.settings, (job.optional("model") or job.path("config")).parent
    files = _local_files(Path(settings["path"])) if "path" in settings else _small_files(job)
    folder = files[CONFIG].parent
    for backend in settings["backends"]:
        check_shape(folder, backend)
    written = chat_files(folder, ChatSettings.of(settings["chat"]))
    if "path" not in settings:
        files = _fetched(job, list(settings["files"]))
    for backend in settings["backends"]:
        check_weights(folder, backend)
    clear_model(out)  # of another revision: a template that is no more would still be read
    for name, file in files.items():
        if name not in written:
            link_file(file, out / name)
    for name, text in written.items():
        write_text(out / name, text)
    if "path" not in settings:
        write_json(out / ORIGIN, {key: settings[key] for key in ("repo", "revision")})
    write_manifest(out)
    job.log(f"{len(files.keys() - written)} files, linked from {folder}")
    if written:
        job.log(f"made to agree with the study and with each other: {', '.join(sorted(written))}")


def _local_files(folder: Path) -> dict[str, Path]:
    return {name: folder / name for name in model_files(file.name for file in folder.iterdir())}


def _small_files(job: Job) -> dict[str, Path]:
    """All but the weights: whether the model can be used at all is known before its gigabytes are there."""
    return _fetched(job, [name for name in job.settings["files"] if not is_weights(name)])


def _fetched(job: Job, names: list[str]) -> dict[str, Path]:
    repo, pin = Repo("model", job.settings["repo"]), pin_of(job.settings)
    local = "name a local copy in the study file: {source: folder, path: FOLDER}"
    return fetch(repo, pin, names, job.log, local)


if __name__ == "__main__":
    run(build)
