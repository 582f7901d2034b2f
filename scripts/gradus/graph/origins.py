"""Where a model that is not made in the graph comes from: what its fetch reads, and what its users depend on."""

from pathlib import Path
from typing import Any

from gradus.hub.lock import Lock, PinnedFile
from gradus.provenance.outside import outside
from gradus.specs.base import Outside, Pinned, PinnedFiles
from gradus.specs.models import ChatSpec, FetchModelSpec, ImportNanogptSpec, Origin
from gradus.study.chat import chat_origin, chat_settings
from gradus.study.extended import first_of, tokens_spec
from gradus.study.hub import Download, model_download
from gradus.study.lineage import Lineage
from gradus.study.local_files import model_folder_files
from gradus.study.own_results import own_result
from gradus.study.schema import Study
from gradus.study.settings.models import FolderModel, NanogptModel, PublishedModel
from gradus.study.shapes import backends_of


def model_origin(study: Study, name: str, lock: Lock) -> Origin | None:
    """For the specs of all that comes from a hub's or folder's model: a new tokenizer or template counts like weights.

    None for a model of the graph, whose files say it all.
    """
    model = study.models[name := first_of(study.models, name)]
    if not isinstance(model, PublishedModel):
        return None
    chat = ChatSpec(**chat_origin(model))
    if isinstance(model, FolderModel):
        own = own_result(study.study, model.path)  # what the graph makes is an input
        return Origin(chat=chat, outside=None if own else outside_model(model.path))
    if isinstance(model, NanogptModel):
        return Origin(chat=chat, outside=outside(model.path))
    download = model_download(study, name)
    assert download is not None  # a model of the hub, or one whose tokenizer is there
    pin = lock.get(download.repo)
    return Origin(chat=chat, repo=download.repo.name, revision=pin.revision if pin else None)


def fetch_settings(study: Study, lineage: Lineage, name: str, lock: Lock) -> FetchModelSpec:
    """Settings of the job that brings a hub's or folder's model into the results."""
    model = study.models[name]
    assert isinstance(model, PublishedModel)  # the others are pretrained
    said: dict[str, Any] = {"chat": chat_settings(model), "backends": sorted(backends_of(study, lineage, name))}
    said |= {"tokens": tokens_spec(model.tokens), "repair_tokens": model.repair_tokens}
    if isinstance(model, FolderModel):
        if own := own_result(study.study, model.path):
            return FetchModelSpec(**said, path=own)
        return FetchModelSpec(**said, path=model.path, outside=outside_model(model.path))
    download = model_download(study, name)
    assert download is not None  # as in model_origin
    return FetchModelSpec(**said, hub=pinned_files(download, lock))


def import_settings(model: NanogptModel) -> ImportNanogptSpec:
    """Settings of the job that makes a model of a nanoGPT checkpoint."""
    chat = ChatSpec(**chat_settings(model))
    return ImportNanogptSpec(chat=chat, checkpoint=outside(model.path), gelu=model.gelu, tokenizer=model.tokenizer)


def pinned_files(download: Download, lock: Lock) -> PinnedFiles:
    """What a job downloads. Without a pin it has no revision: such a job can be planned, and stops when it runs."""
    pin = lock.get(download.repo)
    if pin is None or not pin.resolved:
        return PinnedFiles(repo=download.repo.name, revision=None, files={})
    files = {file: pinned_file(pin.files[file]) for file in download.files(pin)}
    return PinnedFiles(repo=download.repo.name, revision=pin.revision, files=files)


def pinned(download: Download, lock: Lock) -> Pinned:
    """For the specs of what is made of a download."""
    found = pinned_files(download, lock)
    return Pinned(repo=found.repo, revision=found.revision)


def pinned_file(file: PinnedFile) -> dict[str, Any]:
    return {"size": file.size, file.algorithm: file.digest}


def outside_model(folder: str) -> Outside:
    """For a spec: a model's folder with the digest of what is read of it, weights included."""
    return outside(folder, [Path(file).name for file in model_folder_files(folder)])


def outside_rows(study: Study, settings: Any) -> Outside | None:
    """For the spec of what is read from a local file or folder: its digest. None where the graph makes it."""
    path = getattr(settings, "path", None)
    return None if path is None or own_result(study.study, path) else outside(path)
