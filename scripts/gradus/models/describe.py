"""Writing `model.json` from what a model folder holds: the last act of every job that makes a model."""

import hashlib
import os
from pathlib import Path

from safetensors import SafetensorError, safe_open

from gradus.hub.contents import TOKENIZER, matches, weights_file
from gradus.models.ends import Ends
from gradus.models.manifest import (
    ADAPTER,
    FILES,
    MANIFEST,
    PLACE,
    SERVICE_RECORD,
    BaseModelRef,
    Manifest,
    ModelFile,
    digest_without,
)
from gradus.models.published import weight_files
from gradus.prompts.chat import template_text
from gradus.provenance.digests import file_digests
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text


def clear_model(folder: Path) -> None:
    """Remove what an earlier job left of a model in `folder`, the manifest first.

    A model of another kind has other files, and transformers would read the ones that are left: an adapter_config.json
    beside dense weights makes it load an adapter. Metrics and checkpoints stay.
    """
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in _model_files(folder):
        path.unlink()


def write_manifest(
    folder: Path, *, base: Path | None = None, dequantized_from: Path | None = None, step: int | None = None
) -> Manifest:
    """Write `folder`/model.json for the model that is there as a whole.

    base: manifest of the dense model that an adapter was trained on, ignored for what is no adapter. dequantized_from:
    manifest of the model that the folder's is in 4 bits. Raises GradusError where a weight file is missing or torn.
    """
    names = sorted(path.name for path in _model_files(folder))
    dense, adapter = weights_file(names) is not None, ADAPTER in names
    if dense and adapter:
        raise GradusError(f"{folder}: holds both a dense model and an adapter; remove the folder and run again")
    if TOKENIZER not in names:
        raise GradusError(f"{folder}: has no {TOKENIZER}; remove the folder and run again")
    if adapter:
        if base is None:
            raise GradusError(f"{folder}: holds an adapter, and no base was given for it")
        of = Manifest.read(base)
        kind = "service_adapter" if SERVICE_RECORD in names else "adapter"
        weights, ends, template = [ADAPTER], of.ends, of.template
    else:
        kind = "dense" if dense else "service"
        weights = [path.name for path in weight_files(folder)] if dense else []
        ends = list(Ends.load(folder).ids)
        template = hashlib.sha256(template_text(folder)[0].encode()).hexdigest()
    for name in weights:
        _expect_whole(folder / name)
    manifest = Manifest(
        kind=kind,
        files=_recorded(folder, names),
        weights=weights,
        base=_reference(base, folder) if adapter and base is not None else None,
        dequantized_from=_reference(dequantized_from, folder) if dequantized_from is not None else None,
        tokenizer=TOKENIZER,
        template=template,
        ends=ends,
        step=step,
    )
    write_text(folder / MANIFEST, manifest.text())
    return manifest.at(folder / MANIFEST)


def _model_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if matches(path.name, FILES) and not path.is_dir()]


def _expect_whole(path: Path) -> None:
    """Reads the header only, which says how long the file has to be."""
    try:
        with safe_open(path, framework="np"):
            pass
    except SafetensorError as error:
        raise GradusError(f"{path} is not a readable safetensors file ({error}); remove it and run again") from None


def _recorded(folder: Path, names: list[str]) -> dict[str, ModelFile]:
    files = {}
    digests = file_digests([os.path.realpath(folder / name) for name in names if name not in PLACE])
    for name in names:
        path = folder / name
        if name in PLACE:
            files[name] = ModelFile(size=None, sha256=digest_without(path, PLACE[name]), without=PLACE[name])
        else:
            files[name] = ModelFile(size=path.stat().st_size, sha256=digests[os.path.realpath(path)])
    return files


def _reference(manifest: Path, folder: Path) -> BaseModelRef:
    return BaseModelRef(folder=os.path.relpath(manifest.parent, folder), sha256=Manifest.read(manifest).digest())
