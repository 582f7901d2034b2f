"""Resolve the repositories that a study names to commits, and add them to the lock."""

import argparse
import json
import sys
from pathlib import Path

from gradus.hub.listing import NEWEST
from gradus.hub.lock import LOCK_FILE, read_lock, write_lock
from gradus.hub.pinning import pin
from gradus.provenance.errors import GradusError
from gradus.study.file import read_study_file
from gradus.study.hub import downloads
from gradus.study.schema import validate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path, help="the study file")
    parser.add_argument("--config", type=json.loads, default={}, help="values laid over the study's, as JSON")
    arguments = parser.parse_args()
    try:
        add_pins(arguments.study, arguments.config)
    except GradusError as error:
        sys.exit(f"error: {error}")


def add_pins(study_file: Path, overrides: dict[str, object]) -> None:
    """Pin what has no commit in the lock yet; what has one stays. Raises GradusError."""
    study = validate(read_study_file(study_file), overrides)
    repos = sorted({download.repo for download in downloads(study)})
    if not repos:
        raise GradusError(f"{study.study}: the study downloads nothing from the hub, so there is nothing to pin")
    lock = read_lock()
    for repo in repos:
        wanted = lock.get(repo)
        if wanted is not None and wanted.resolved:
            print(f"{repo} stays at {wanted.revision}")
            continue
        found = pin(repo, wanted.revision if wanted else NEWEST)
        # One by one: what is resolved stays, whatever the next one says.
        lock = {**read_lock(), repo: found}
        write_lock(lock, LOCK_FILE)
        print(f"{repo} is pinned at {found.revision}, {len(found.files)} files")


if __name__ == "__main__":
    main()
