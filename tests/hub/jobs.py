"""Fetching jobs as a build runs them: the script in a process of its own, with the hub that the environment names."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from gradus.hub.lock import Pin
from gradus.provenance.files import write_json
from gradus.provenance.fingerprint import SCRIPTS, fingerprint
from gradus.study.chat import chat_settings
from gradus.study.origins import pinned_file
from gradus.study.settings.models import HubModel

CLOSED = "http://127.0.0.1:9"
"""An address at which nobody listens."""


class Jobs:
    """Runs scripts in `folder`, with a cache of their own, against the hub at `url`."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.cache = folder / "hf"
        self.said = ""

    def run(self, script: str, settings: dict[str, Any], *arguments: str, name: str, **variables: str) -> bool:
        """Whether the job succeeded; what it said is in `said`."""
        spec = self.folder / "specs" / f"{name}.json"
        code = {"script": script, "modules": [], "fingerprint": fingerprint(script)}
        write_json(spec, code | {"stage": "fetch", "name": name, "settings": settings})
        known = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        done = subprocess.run(
            [sys.executable, SCRIPTS / script, spec, "--log", self.folder / "job.log", *arguments],
            cwd=self.folder,
            env=known | {"HF_ENDPOINT": self.url, "HF_HOME": str(self.cache)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        self.said = done.stdout
        return done.returncode == 0

    def data(self, repo: str, pin: Pin, name: str = "set", **variables: str) -> bool:
        """Fetch a data set to `out/<name>`."""
        return self.run(
            "fetch_data.py", as_settings(repo, pin), "--out", f"out/{name}", name=f"hub/problems/{name}", **variables
        )

    def model(self, settings: dict[str, Any], name: str = "base", **variables: str) -> bool:
        """Fetch a model to `out/<name>`."""
        settings = {"backends": ["torch"], "chat": chat_settings(HubModel(repo="a/b"))} | settings
        return self.run(
            "fetch_model.py", settings, "--config", f"out/{name}/config.json", name=f"models/{name}", **variables
        )

    def pins(self, *repos: tuple[str, str], **variables: str) -> bool:
        """Add the repositories (kind, name) to `hub.lock.yaml`."""
        settings = {"repos": [list(repo) for repo in repos]}
        return self.run("pin_hub.py", settings, "--lock", "hub.lock.yaml", name="hub/pins", **variables)

    def errors(self) -> list[str]:
        """Lines of the job's message, without what huggingface_hub and the progress say before it."""
        return self.said[self.said.index("error: ") :].splitlines() if "error: " in self.said else []

    def out(self, name: str = "set") -> dict[str, bytes]:
        """The files of a result by path."""
        folder = self.folder / "out" / name
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    def left(self) -> set[str]:
        """All that lies in the results, hidden or not."""
        out = self.folder / "out"
        return {path.relative_to(out).as_posix() for path in out.rglob("*")}


def as_settings(repo: str, pin: Pin) -> dict[str, Any]:
    files = {name: pinned_file(file) for name, file in pin.files.items()}
    return {"repo": repo, "revision": pin.revision, "files": files}
