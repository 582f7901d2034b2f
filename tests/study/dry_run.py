"""What a dry-run of the real command answers."""

import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Answer(NamedTuple):
    code: int
    lines: list[str]
    cpu_seconds: float


def ask(project: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Answer:
    """What a dry run answers; the line about the profile is Snakemake's greeting."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [Path(sys.executable).with_name("snakemake"), "-n", *arguments],
        cwd=project,
        env={"NO_COLOR": "1", "GRADUS_VIEW": "lines"}
        | (dict(os.environ) if environment is None else dict(environment)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [line for line in done.stdout.splitlines() if not line.startswith("Using workflow specific profile")]
    return Answer(done.returncode, lines, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
