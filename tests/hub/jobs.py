"""Fetching jobs as a build runs them: the script in a process of its own, with the hub that the environment names."""

from collections.abc import Sequence
from pathlib import Path

from gradus.graph.origins import pinned_file
from gradus.graph.spec_files import spec_text
from gradus.hub.lock import Pin
from gradus.models.manifest import MANIFEST
from gradus.provenance.files import write_text
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.outside import outside
from gradus.specs.base import JobSettings, PinnedFiles, Spec
from gradus.specs.hub import FetchDataSpec
from gradus.specs.models import ChatSpec, FetchModelSpec
from gradus.study.chat import chat_settings
from gradus.study.settings.models import HubModel
from hub.scripts import Scripts

CLOSED = "http://127.0.0.1:9"
"""An address at which nobody listens."""


class Jobs(Scripts):
    """Fetching jobs, by their settings."""

    def run(self, stage: str, settings: JobSettings, *arguments: str, name: str, **variables: str) -> bool:
        """Whether the job succeeded; what it said is in `said`."""
        script, path = f"{stage}.py", self.folder / "specs" / f"{name}.json"
        spec = Spec(stage=stage, name=name, modules=[], settings=settings, fingerprint=fingerprint(script))
        write_text(path, spec_text(spec).decode())
        return self.succeeds(script, path, "--log", self.folder / "job.log", *arguments, **variables)

    def data(self, repo: str, pin: Pin, name: str = "set", **variables: str) -> bool:
        """Fetch a data set to `out/<name>`."""
        settings = FetchDataSpec(**pinned_files(repo, pin).model_dump())
        return self.run("fetch_data", settings, "--out", f"out/{name}", name=f"hub/problems/{name}", **variables)

    def model(self, of: PinnedFiles | Path, backends: Sequence[str] = ("torch",), **variables: str) -> bool:
        """Fetch a model of the hub, or of a local folder, to `out/base`."""
        chat = ChatSpec(**chat_settings(HubModel(repo="a/b")))
        settings = FetchModelSpec(chat=chat, backends=list(backends))
        if isinstance(of, Path):
            settings = settings.model_copy(update={"path": str(of), "outside": outside(str(of))})
        else:
            settings = settings.model_copy(update={"hub": of})
        return self.run("fetch_model", settings, "--model", f"out/base/{MANIFEST}", name="models/base", **variables)

    def pins(self, study: str, **variables: str) -> bool:
        """Add what this study file downloads to the lock."""
        (self.folder / "study.yaml").write_text(study, encoding="utf-8")
        return self.succeeds("hub_pins.py", "study.yaml", **variables)

    def out(self, name: str = "set") -> dict[str, bytes]:
        """The files of a result by path."""
        folder = self.folder / "out" / name
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    def left(self) -> set[str]:
        """All that lies in the results, hidden or not."""
        out = self.folder / "out"
        return {path.relative_to(out).as_posix() for path in out.rglob("*")}


def pinned_files(repo: str, pin: Pin) -> PinnedFiles:
    files = {name: pinned_file(file) for name, file in pin.files.items()}
    return PinnedFiles(repo=repo, revision=pin.revision, files=files)
