"""The study as a build planned it, for the processes of its jobs on other machines.

They read the Snakefile again when they begin, which on a cluster may be days later. With a study file that was edited
meanwhile they would run other commands than their specs say.
"""

import json
import os
from pathlib import Path

from gradus.provenance.files import read_json, write_text
from gradus.study.file import StudyFile, read_study_file

PLANNED = "GRADUS_PLANNED_STUDY"
"""Environment variable that jobs get: where the study is kept."""


def keep(file: StudyFile, study: str, folder: Path) -> None:
    """Keep what a study was planned with in the folder (.snakemake), for all processes that this one starts from now.

    study: its name, with `--config` laid over the file's.
    """
    path = folder.resolve() / f"gradus.study.{study}.json"
    # In the file's order, which is that of the tables.
    write_text(path, json.dumps({"values": file.values, "folders": file.folders}))
    os.environ[PLANNED] = str(path)


def planned_study(path: Path) -> StudyFile:
    """The study file that a job's build was planned with."""
    kept = os.environ.get(PLANNED)
    if kept is None:
        return read_study_file(path)
    planned = read_json(Path(kept))
    return StudyFile(path, planned["values"], folders=tuple(planned["folders"]))
