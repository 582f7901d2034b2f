"""What a dry-run of the real command answers."""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from linked_project import linked_project


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


def planned_offline(folder: Path, study: str) -> tuple[dict[str, int], str]:
    """How many jobs of each rule a dry run of `config/<study>.yaml` plans, with their total, and all that it says:
    without a network, pins, or the caller's environment and keys."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HF_HUB_OFFLINE": "1",
        "HOME": str(folder),
        "GRADUS_VIEW": "lines",
    }
    answer = ask(linked_project(folder), "--configfile", f"config/{study}.yaml", environment=environment)
    said = "\n".join(answer.lines)
    assert answer.code == 0, said
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", said, re.MULTILINE)}, said
