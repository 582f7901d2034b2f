"""The model that a job uses: its manifests as the command line names them, compared with the files before use."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gradus.models.manifest import MANIFEST, Manifest, again
from gradus.provenance.errors import GradusError


@dataclass(frozen=True)
class ModelFolders:
    """Where the files of a model are.

    dense: the folder of the dense model, which tokenizer, template and ends are taken from even if a service holds the
    weights. adapter: that of the adapter on it, where there is one.
    """

    dense: Path
    adapter: Path | None = None

    def check(self) -> None:
        """Compare the files with their manifests. Raises GradusError where one is missing, cut or another one."""
        dense = Manifest.read(self.dense / MANIFEST)
        dense.check()
        if self.adapter is not None:
            adapter = Manifest.read(self.adapter / MANIFEST)
            adapter.check()
            if not _belongs(adapter, dense):
                raise GradusError(
                    f"{adapter.path}: the adapter was trained on another model than {dense.path}; {again(adapter.path)}"
                )


def open_model(paths: Sequence[Path]) -> ModelFolders:
    """The model of `--weights DENSE [ADAPTER]`, both manifests, checked as `ModelFolders.check` says.

    Raises GradusError where it fails.
    """
    if len(paths) > 2:
        raise GradusError(f"{paths[2]}: a model is one dense model and at most one adapter, not {len(paths) - 1}")
    for path in paths:
        if path.name != MANIFEST:
            raise GradusError(f"{path}: not a model's manifest; give {path.parent / MANIFEST}")
    model = ModelFolders(*(path.parent for path in paths))
    model.check()
    return model


def open_tokenizer(path: Path) -> Path:
    """The folder of the model with this manifest, for tokenizer and chat template: all but its weights are checked.

    Raises GradusError where a file is missing, cut or another one.
    """
    manifest = Manifest.read(path)
    manifest.check(manifest.files.keys() - {*manifest.weights})
    return manifest.folder


def _belongs(adapter: Manifest, dense: Manifest) -> bool:
    """Whether the adapter was trained on this dense model, or on the 4-bit form of it or it on that of the adapter's.

    QLoRA trains beside weights in 4 bits: trl makes them itself, from the model; samplers and the torch backend read
    them as a dense model of its own.
    """
    if adapter.base is None:
        return False
    trained_on = {adapter.base.sha256}
    base = adapter.folder / adapter.base.folder / MANIFEST
    if base.is_file() and (origin := Manifest.read(base).dequantized_from):
        trained_on.add(origin.sha256)
    used = {dense.digest()} | ({dense.dequantized_from.sha256} if dense.dequantized_from else set())
    return bool(trained_on & used)
