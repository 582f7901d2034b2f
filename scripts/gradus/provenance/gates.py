"""Verdicts on training sets, which decide whether a job may train on them or measure on what they are like.

The judge does not refuse by failing: that would leave no verdict, and nothing that a later job could obey.
"""

from collections.abc import Iterable
from pathlib import Path

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json


def obey(verdicts: Iterable[str]) -> None:
    """Raise GradusError if one of these files refuses, or is not there yet."""
    for path in verdicts:
        if not Path(path).is_file():
            raise GradusError(f"{path}: this training set is not judged yet; run snakemake {path} first")
        refused = read_json(path)["refused"]
        if refused:
            raise GradusError(refused)
