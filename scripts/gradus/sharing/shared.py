"""A model of a study that is, or may be, on the hub: its folder here, its repository there, and the files of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from gradus.graph.gate import seen_by
from gradus.graph.graph import Graph
from gradus.hub.contents import matches
from gradus.hub.download import fetch
from gradus.hub.listing import Repository
from gradus.hub.lock import Repo
from gradus.models.manifest import FILES, MANIFEST, Manifest
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.study.groups import members, repo_of

MARK = "gradus.json"
"""In a repository: which model of which study it is, and the digest of its manifest."""

CARD = "README.md"
METRICS = "metrics.jsonl"
CHECKPOINTS = "checkpoints"
RECORD = "record"
"""In a repository: the settings of the job that made the model and its entry in the ledger, and the same with the
verdicts of the contamination gate on what it was trained on, at their places in the study's results. With them a build
knows what the model was made by: it need not make it again, nor the training sets, to measure it."""


@dataclass(frozen=True)
class Shared:
    """member: the model or training run that the study names. name: the model's, below `root`/models/. verdicts: jobs
    of the gate on what its weights have seen."""

    study: str
    root: Path
    member: str
    name: str
    repo: Repo
    verdicts: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return self.root / "models" / self.name

    @property
    def manifest(self) -> Path:
        return self.folder / MANIFEST

    @property
    def job(self) -> str:
        return f"models/{self.name}"

    @property
    def spec(self) -> str:
        """The path in the repository of the settings of the job that made the model."""
        return f"{RECORD}/specs/{self.job}.json"

    @property
    def records(self) -> list[str]:
        """Paths in the repository of the RECORD; of a job its entry in the ledger last, which vouches for the rest."""
        files = [f"{folder}/{job}" for job in self.verdicts for folder in ("specs", ".", "ledger")]
        files += [f"{folder}/{self.job}" for folder in ("specs", "ledger")]
        return [PurePosixPath(RECORD, f"{file}.json").as_posix() for file in files]

    def place(self, name: str) -> Path:
        """Where a file of the repository is here."""
        below = PurePosixPath(name)
        return self.root / below.relative_to(RECORD) if below.parts[0] == RECORD else self.folder / below

    def takes(self, name: str, checkpoints: bool) -> bool:
        """Whether a path in the repository is one that push writes and pull takes, card and mark apart. Nothing else is
        ever downloaded: no code, and no pickle."""
        *folders, last = PurePosixPath(name).parts
        if not folders:
            return last in (MANIFEST, METRICS) or matches(last, FILES)
        at_step = len(folders) == 2 and folders[0] == CHECKPOINTS and folders[1].removeprefix("step-").isdigit()
        return name in self.records or (checkpoints and at_step and matches(last, FILES))

    def files(self, checkpoints: bool) -> dict[str, Path]:
        """The files that are shared, by their paths in the repository; card and mark come on top.

        Raises GradusError where the model is not whole.
        """
        manifest = Manifest.read(self.manifest)
        manifest.check()
        found = {name: self.folder / name for name in (*manifest.files, MANIFEST)}
        found |= {name: path for name in (METRICS, *self.records) if (path := self.place(name)).is_file()}
        for path in sorted((self.folder / CHECKPOINTS).glob("step-*/*")) if checkpoints else ():
            if matches(path.name, FILES):
                found[path.relative_to(self.folder).as_posix()] = path
        return found

    def expect_ours(self, mark: Mapping[str, object] | None) -> None:
        """Raise GradusError where a repository is another's: mark is what its MARK says, None where it has none."""
        if mark is None:
            raise GradusError(
                f"{self.repo} holds what no study of Gradus has put there; give {self.member} another repository under "
                "hub.repos, or remove that one on the hub"
            )
        whose = f"{mark.get('model')!r} of the study {mark.get('study')!r}"
        if (mark.get("study"), mark.get("model")) != (self.study, self.name):
            raise GradusError(
                f"{self.repo} holds {whose}, not {self.name!r} of {self.study!r}; give {self.member} another "
                "repository under hub.repos, or remove that one on the hub"
            )


def shared(graph: Graph, asked: Sequence[str], named: bool = False) -> list[Shared]:
    """The models of these groups, models and experiments; of all groups where none is asked for, unless one has to be
    `named`.

    Raises GradusError where the study has no such group, or no namespace for their repositories.
    """
    study = graph.study
    if named and not asked:
        groups = ", ".join(study.groups) or "none; a model or experiment will do too"
        raise GradusError(f"say which models are meant: --config group=NAME; the study's groups are {groups}")
    found = []
    for member in members(study, asked):
        if (repo := repo_of(study, member)) is None:
            raise GradusError(
                f"{member}: the study does not say whose repositories it has; set hub.namespace to a user or "
                "organization of the hub"
            )
        root, name = Path(graph.root), _model_of(graph, member)
        found.append(Shared(study.study, root, member, name, Repo("model", repo), _verdicts(graph, member)))
    if not found and not study.groups:
        raise GradusError("the study has no groups; add groups: {NAME: [models and experiments]}, or say group=MODEL")
    return found


def _model_of(graph: Graph, member: str) -> str:
    weights = graph.context.lineage.weights(member)
    return weights.adapter or weights.dense


def stale(model: Shared, there: Repository, model_changed: bool) -> list[str]:
    """Files of an earlier model in a repository; its checkpoints are only of use beside the model that they led to."""
    return [name for name in there.files if model.takes(name, checkpoints=model_changed)]


def _verdicts(graph: Graph, member: str) -> tuple[str, ...]:
    seen = seen_by(graph.context, member)
    return tuple(job for kind, name in seen if (job := f"contamination/{kind}/{name}.gate") in graph.jobs)


def is_empty(there: Repository) -> bool:
    """Whether a repository has only what the hub puts into a new one."""
    return set(there.files) <= {".gitattributes"}


def read_mark(there: Repository, again: str) -> dict[str, Any] | None:
    """What a repository says of itself; None where it says nothing. Raises GradusError where it cannot be read."""
    if MARK not in there.files:
        return None
    return read_json(fetch(there.repo, there.pin, [MARK], lambda line: None, again=again)[MARK])
