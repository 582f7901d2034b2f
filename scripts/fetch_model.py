"""Bring a model of the hub or of a local folder into the results: checked first, then linked."""

from pathlib import Path

from gradus.hub.contents import CONFIG, MODEL_FILES, NEEDED, matches, model_files
from gradus.hub.download import fetch
from gradus.hub.links import link_file
from gradus.hub.lock import Repo, pin_of
from gradus.models.published import check_shape, check_weights
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    settings, out = job.settings, job.path("config").parent
    files = _local_files(Path(settings["path"])) if "path" in settings else _fetched(job)
    folder = files[CONFIG].parent
    for backend in settings["backends"]:
        check_shape(folder, backend)
        check_weights(folder, backend)
    load_tokenizer(folder)
    ChatTemplate.load(folder)
    for left in out.glob("*"):
        if left.name not in files and matches(left.name, MODEL_FILES):
            left.unlink()  # of another revision: a template that is no more would still be read
    for name, file in files.items():
        link_file(file, out / name)
    job.log(f"{len(files)} files, linked from {folder}")


def _local_files(folder: Path) -> dict[str, Path]:
    return {name: folder / name for name in model_files(file.name for file in folder.iterdir())}


def _fetched(job: Job) -> dict[str, Path]:
    """The small files first: whether the model can be used at all is known before its gigabytes are there."""
    settings = job.settings
    repo, pin = Repo("model", settings["repo"]), pin_of(settings)
    local = "name a local copy in the study file: {source: folder, path: FOLDER}"
    small = fetch(repo, pin, list(NEEDED), job.log, local)
    for backend in settings["backends"]:
        check_shape(small[CONFIG].parent, backend)
    return fetch(repo, pin, list(pin.files), job.log, local)


if __name__ == "__main__":
    run(build)
