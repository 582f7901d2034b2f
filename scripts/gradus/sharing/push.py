"""Sending models of a study to repositories of their own, each with its card."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gradus.graph.graph import Graph, study_specs
from gradus.hub import upload
from gradus.hub.listing import Repository, find_repository
from gradus.hub.lock import Repo
from gradus.models.manifest import ADAPTER_CONFIG, Manifest
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json, write_text
from gradus.sharing.bases import Base, base_of
from gradus.sharing.card import model_card
from gradus.sharing.shared import CARD, MARK, Shared, is_empty, read_mark, stale

AGAIN = "run snakemake push again"


@dataclass(frozen=True)
class Push:
    """What is to be sent of one model. there: its repository as it is; None where it is to be made."""

    model: Shared
    base: Base | None
    there: Repository | None
    changes: upload.Changes
    private: bool

    def told(self) -> str:
        """One line: what, where to, and who can see it there."""
        if not self.changes:
            return f"{self.model.member}: {self.model.repo} has it as it is here"
        private = self.private if self.there is None else self.there.private
        where = f"{'a new repository' if self.there is None else 'the repository'} {self.model.repo}"
        removed = f", and removes {len(self.changes.remove)} of an earlier model" if self.changes.remove else ""
        sent = f"{len(self.changes.send)} files, {self.changes.bytes:,} bytes"
        return f"{self.model.member}: {sent} to {where} ({'private' if private else 'public'}){removed}"


def plan_push(graph: Graph, models: Sequence[Shared], checkpoints: bool, scratch: Path) -> list[Push]:
    """What would be sent. Nothing is written but cards, in `scratch`.

    Raises GradusError where a model is not made as the study says now, or where a repository is another's.
    """
    expect_made(graph, models)
    return [_planned(graph, model, checkpoints, scratch / model.name) for model in models]


def expect_made(graph: Graph, models: Sequence[Shared]) -> None:
    """What is pushed has the settings that its card says."""
    is_made = study_specs(graph).is_made
    if missing := [model for model in models if not is_made(model.job)]:
        files = " ".join(model.manifest.as_posix() for model in missing)
        names = ", ".join(model.member for model in missing)
        raise GradusError(f"not made yet as the study says now: {names}; make it first: snakemake {files}")


def send(push: Push, log: Callable[[str], None]) -> None:
    """Make the repository where there is none, and send what it lacks. Raises GradusError."""
    model, there = push.model, push.there
    if not push.changes:
        return
    if there is None:
        upload.create(model.repo, push.private, AGAIN)
        there = find_repository(model.repo, AGAIN)
        if there is None:
            raise GradusError(f"{model.repo}: was made, and the hub does not show it yet: {AGAIN}")
    message = f"{model.member} of the study {model.study}"
    revision = upload.commit(model.repo, there.pin.revision, push.changes, message, log, AGAIN)
    log(f"{model.member}: {model.repo} is at {revision}")


def missing_bases(pushes: Sequence[Push]) -> Iterator[str]:
    """Lines on adapters whose base is neither on the hub nor sent with them."""
    sent = {push.model.repo for push in pushes}
    for push in pushes:
        if push.base is None or push.base.folder is None:
            continue
        repo = Repo("model", push.base.repo)
        if repo not in sent and find_repository(repo, AGAIN) is None:
            yield f"{push.model.member}: its base {repo} is not on the hub yet; push that too"


def _planned(graph: Graph, model: Shared, checkpoints: bool, scratch: Path) -> Push:
    base, private = base_of(graph, model), graph.study.hub.private
    files, digest = model.files(checkpoints), Manifest.read(model.manifest).digest()
    there, changed = find_repository(model.repo, AGAIN), True
    if there is not None:
        if not is_empty(there):
            mark = read_mark(there, AGAIN)
            model.expect_ours(mark)
            changed = mark is None or mark.get("digest") != digest
        if private and not there.private:
            raise GradusError(
                f"{model.repo} is public, and the study says hub.private: true; make it private on the hub, or say "
                "hub: {private: false}"
            )
    for name, path in files.items():
        if base is not None and PurePosixPath(name).name == ADAPTER_CONFIG:
            write_text(scratch / name, base.on_the_hub(path), durable=False)
            files[name] = scratch / name
    write_text(scratch / CARD, model_card(graph, model, base), durable=False)
    write_json(scratch / MARK, {"study": model.study, "model": model.name, "digest": digest}, durable=False)
    files |= {name: scratch / name for name in (CARD, MARK)}
    known = {} if there is None else there.files
    old = [] if there is None else stale(model, there, changed)
    return Push(model, base, there, upload.changes(files, known, old), private)
