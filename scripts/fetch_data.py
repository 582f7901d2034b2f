"""Fetch the files of a data set at its pinned commit, and link them into the results."""

from gradus.hub.download import fetch
from gradus.hub.links import link_folder
from gradus.hub.lock import Repo, pin_of
from gradus.provenance.job import Job, run
from gradus.specs.hub import FetchDataSpec


def build(job: Job[FetchDataSpec]) -> None:
    settings = job.settings
    pin = pin_of(settings)
    _, kind, name = job.name.split("/")
    local = f"name a local copy in the study file: {kind}.{name}.path"
    files = fetch(Repo("dataset", settings.repo), pin, list(pin.files), job.log, local)
    link_folder(files, job.path("out"))
    job.log(f"{settings.repo} at {pin.revision}: {len(files)} files")


if __name__ == "__main__":
    run(build, FetchDataSpec)
