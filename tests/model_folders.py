"""Models of tests, whose folders have no manifest, as backends and samplers take them."""

from pathlib import Path

from gradus.models.opened import ModelFolders


def model_of(*files: Path) -> ModelFolders:
    """The model of a file in the dense model's folder, and of one in the adapter's where there is one."""
    return ModelFolders(*(file.parent for file in files))
