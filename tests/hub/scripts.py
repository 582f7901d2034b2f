"""Scripts in processes of their own, with a cache of their own, that ask a hub which the environment names."""

import os
import subprocess
import sys
from pathlib import Path

from gradus.provenance.fingerprint import SCRIPTS


class Scripts:
    """Runs scripts in `folder` against the hub at `url`. What the last one printed is in `said`."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.cache = folder / "hf"
        self.said = ""

    def succeeds(self, script: str, *arguments: str | Path, **variables: str) -> bool:
        """Whether `scripts/<script>` ends with 0. Only these variables of the hub reach it, none of the caller's."""
        done = subprocess.run(
            [sys.executable, SCRIPTS / script, *arguments],
            cwd=self.folder,
            env=without_hub() | {"HF_ENDPOINT": self.url, "HF_HOME": str(self.cache)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        self.said = done.stdout
        return done.returncode == 0

    def errors(self) -> list[str]:
        """Lines of its error, without what huggingface_hub and the progress print before it."""
        return self.said[self.said.index("error: ") :].splitlines() if "error: " in self.said else []


def without_hub() -> dict[str, str]:
    """The environment without the caller's variables of the hub."""
    return {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
