"""A job whose code changed but not its result, found out while planning, where that takes a second.

The filter of traces grades them, so every change of the grader's code is one of the filter's. Snakemake would plan the
filter and all training on traces again, though the traces are mostly the same bytes. So the filter is tried aside, and
where it makes what is there, its spec is brought up to date with a time stamp that is no news: the plan then is what
really has to be built.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gradus.provenance.files import read_json, write_json
from gradus.provenance.fingerprint import SCRIPTS

MOST_BYTES = 50_000_000
"""Of input: what is larger takes longer than planning may, and is left to the build."""

MOST_SECONDS = 60


def makes_the_same(
    path: Path, spec: Mapping[str, Any], inputs: Mapping[str, Path | list[Path]], outputs: Mapping[str, Path]
) -> bool:
    """Whether `spec`, which differs from the one at `path` by its code alone, makes the `outputs` that are there.

    `inputs` and `outputs` are the job's files by role. The script runs as in a build, and writes to a scratch folder.
    """
    read = {role: given if isinstance(given, list) else [given] for role, given in inputs.items()}
    sources = [file for files in read.values() for file in files]
    if not all(file.is_file() for file in [*sources, *outputs.values()]):
        return False
    if sum(file.stat().st_size for file in sources) > MOST_BYTES:
        return False
    if read_json(path) | {"fingerprint": spec["fingerprint"]} != spec:
        return False
    with TemporaryDirectory(prefix="gradus-") as scratch:
        trial = Path(scratch, "spec.json")
        write_json(trial, spec)
        made = {role: Path(scratch, f"{role}.out") for role in outputs}
        command = [sys.executable, SCRIPTS / spec["script"], trial]
        for role, files in (read | {role: [file] for role, file in made.items()}).items():
            command += [f"--{role}", *files]
        try:
            done = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0 and all(
            made[role].read_bytes() == file.read_bytes() for role, file in outputs.items()
        )
