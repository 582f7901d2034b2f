"""Whether a backend computes a published model correctly, from the model's config and the headers of its weights.

Nothing here imports torch, which costs a job seconds.
"""

from pathlib import Path

from safetensors import SafetensorError, safe_open

from gradus.models.architecture import Architecture
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json


def weight_files(directory: str | Path) -> list[Path]:
    """The safetensors files of a model: one, or those that its index names. Raises GradusError where one is missing."""
    whole, index = Path(directory, "model.safetensors"), Path(directory, "model.safetensors.index.json")
    if whole.is_file() or not index.is_file():
        files = [whole]
    else:
        files = [Path(directory, name) for name in sorted(set(read_json(index)["weight_map"].values()))]
    for file in files:
        if not file.is_file():
            raise GradusError(f"{file} does not exist: give the directory of a whole model in safetensors files")
    return files


def check_shape(folder: Path) -> None:
    """Raises GradusError where `config.json` is that of a model that the embedded network does not compute."""
    _architecture(folder)


def check_weights(folder: Path, embedded: bool) -> None:
    """Raises GradusError where a file is torn, or where the embedded network, if it is to read them (`embedded`), would
    find other tensors than those of `config.json`.

    Reads headers only, whatever the size.
    """
    wanted = _architecture(folder).weight_shapes() if embedded else {}
    for path in weight_files(folder):
        try:
            with safe_open(path, framework="np") as file:
                for name in file.keys():  # noqa: SIM118 not a mapping
                    shape = tuple(file.get_slice(name).get_shape())
                    if wanted.pop(name, shape) != shape:
                        raise GradusError(f"{path}: {name} is {shape}, which is not what config.json says")
        except SafetensorError as error:
            raise GradusError(f"{path} is not a readable safetensors file ({error}): copy it again") from None
    if wanted:
        name = next(iter(wanted))
        raise GradusError(f"{folder}: the weights lack {name}, which config.json asks for: take a whole copy")


def _architecture(folder: Path) -> Architecture:
    return Architecture.from_config(read_json(folder / "config.json"), source=str(folder / "config.json"))
