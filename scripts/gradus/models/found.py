"""The model in a folder that somebody names: of an experiment, a checkpoint, an export, or any of transformers."""

from pathlib import Path

from gradus.hub.contents import NEEDED
from gradus.models.manifest import ADAPTER_CONFIG, MANIFEST, Manifest
from gradus.models.opened import ModelFolders, open_model
from gradus.provenance.errors import GradusError
from gradus.specs.base import Spec
from gradus.specs.models import WeightsSpec
from gradus.specs.sampling import SampleBenchmarkSpec

CHECKPOINTS = "checkpoints"


def find_model(path: Path) -> ModelFolders:
    """Models of a study are compared with their manifests; an adapter is on the model that its study samples it with.

    An experiment that trains nothing is what it starts from. Raises GradusError where there is no model, or its
    weights are elsewhere.
    """
    folder = path.parent if path.name == MANIFEST else path
    if not folder.is_dir():
        if (weights := _sampled_weights(folder)) is None:
            raise GradusError(f"{path}: there is no such model{_others(folder)}")
        names = [weights.dense, weights.adapter] if weights.adapter else [weights.dense]
        return open_model([folder.parent / name / MANIFEST for name in names])
    if (folder / MANIFEST).is_file():
        manifest = Manifest.read(folder / MANIFEST)
        if manifest.kind == "service":
            raise GradusError(f"{folder}: a service holds its weights; ask an experiment whose adapter is kept here")
        return open_model([*_beneath(manifest), manifest.path])
    if (folder / ADAPTER_CONFIG).is_file():
        owner = folder.parents[1] / MANIFEST
        if folder.parent.name != CHECKPOINTS or not owner.is_file():
            raise GradusError(f"{folder}: an adapter without the manifest of its study; export it, and give the export")
        (beneath,) = _beneath(Manifest.read(owner))
        return ModelFolders(beneath.parent, folder)
    if missing := [name for name in NEEDED if not (folder / name).is_file()]:
        raise GradusError(
            f"{folder}: has no {missing[0]}; give the folder of a model, such as results/pocket/models/sft"
        )
    return ModelFolders(folder)


def _beneath(manifest: Manifest) -> list[Path]:
    """The manifest of the dense model that an adapter is on: none for a dense one."""
    if manifest.base is None:
        return []
    weights = _sampled_weights(manifest.folder)
    if weights is not None and (dense := manifest.folder.parent / weights.dense / MANIFEST).is_file():
        return [dense]  # in 4 bits for one of QLoRA
    return [manifest.folder / manifest.base.folder / MANIFEST]


def _sampled_weights(folder: Path) -> WeightsSpec | None:
    """What an experiment is sampled with; one that trains nothing has no folder of its own. None where it has no plan
    to be sampled."""
    specs = sorted(Path(folder.absolute().parents[1], "specs/samples", folder.name).glob("*.json"))
    return Spec[SampleBenchmarkSpec].model_validate_json(specs[0].read_bytes()).settings.weights if specs else None


def _others(folder: Path) -> str:
    there = sorted(path.parent.name for path in folder.parent.glob(f"*/{MANIFEST}"))
    return f"; {folder.parent} has {', '.join(there)}" if there else ": build it, or correct the path"
