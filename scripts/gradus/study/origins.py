"""Where a model that is not made in the graph comes from: what its fetch reads, and what its users depend on."""

from pathlib import Path
from typing import Any

from gradus.hub.lock import Lock, PinnedFile
from gradus.provenance.outside import outside
from gradus.study.chat import chat_origin, chat_settings
from gradus.study.hub import Download, model_download
from gradus.study.lineage import Lineage
from gradus.study.local_files import model_folder_files
from gradus.study.own_results import own_result
from gradus.study.schema import Study
from gradus.study.settings.models import FolderModel, PublishedModel
from gradus.study.shapes import backends_of


def model_origin(study: Study, name: str, lock: Lock) -> dict[str, Any]:
    """For the specs of all that comes from a hub's or folder's model: a new tokenizer or template is news like weights.

    Empty for a model of the graph, whose files say it all.
    """
    model = study.models[name]
    if not isinstance(model, PublishedModel):
        return {}
    chat = {"chat": chat_origin(model)}
    if isinstance(model, FolderModel):
        if own_result(study.study, model.path):
            return {"origin": chat}  # what the graph makes is an input
        return {"origin": outside_model(model.path) | chat}
    repo = model_download(study, name).repo
    pin = lock.get(repo)
    return {"origin": {"repo": repo.name, "revision": pin.revision if pin else None} | chat}


def fetch_settings(study: Study, lineage: Lineage, name: str, lock: Lock) -> dict[str, Any]:
    """Settings of the job that brings a hub's or folder's model into the results."""
    model = study.models[name]
    common = {"backends": sorted(backends_of(study, lineage, name)), "chat": chat_settings(model)}
    if isinstance(model, FolderModel):
        own = own_result(study.study, model.path)
        return common | ({"path": own} if own else {"path": model.path, "outside": outside_model(model.path)})
    return common | pinned_files(model_download(study, name), lock)


def pinned_files(download: Download, lock: Lock) -> dict[str, Any]:
    """What a job downloads. Without a pin it has no revision: such a job can be planned, and stops when it runs."""
    pin = lock.get(download.repo)
    if pin is None or not pin.resolved:
        return {"repo": download.repo.name, "revision": None, "files": {}}
    files = {file: pinned_file(pin.files[file]) for file in download.files(pin)}
    return {"repo": download.repo.name, "revision": pin.revision, "files": files}


def pinned_file(file: PinnedFile) -> dict[str, Any]:
    return {"size": file.size, file.algorithm: file.digest}


def outside_model(folder: str) -> dict[str, Any]:
    """For a spec: a model's folder with the digest of what is read of it, weights included."""
    return outside(folder, [Path(file).name for file in model_folder_files(folder)])


def outside_rows(study: Study, settings: Any) -> dict[str, Any]:
    """For the spec of what is read from a local file or folder: its digest. Nothing where the graph makes it."""
    path = getattr(settings, "path", None)
    return {} if path is None or own_result(study.study, path) else {"outside": outside(path)}
