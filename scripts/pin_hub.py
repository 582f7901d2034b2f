"""Resolve the repositories that a study names to commits, and add them to the lock."""

from gradus.hub.lock import Repo, read_lock, write_lock
from gradus.hub.pinning import NEWEST, pin
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    lock = read_lock(job.path("lock"))
    for kind, name in job.settings["repos"]:
        repo = Repo(kind, name)
        wanted = lock.get(repo)
        if wanted is not None and wanted.resolved:
            job.log(f"{repo} stays at {wanted.revision}")
            continue
        found = pin(repo, wanted.revision if wanted else NEWEST)
        # One by one: what is resolved stays, whatever the next one says.
        lock = {**read_lock(job.path("lock")), repo: found}
        write_lock(lock, job.path("lock"))
        job.log(f"{repo} is pinned at {found.revision}, {len(found.files)} files")


if __name__ == "__main__":
    run(build)
