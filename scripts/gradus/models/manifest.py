"""`model.json`: what a model folder holds. It is written last, so a folder that has one is a whole model.

The rules depend on manifests, and a job compares the files that it opens with them. Nothing in a manifest depends on
the place of the folder or on the time: equal models have equal manifests. Planning reads manifests, so nothing here
imports torch or tokenizers.
"""

import hashlib
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints, ValidationError, model_validator

from gradus.hub.contents import MODEL_FILES, ORIGIN
from gradus.provenance.digests import file_digests
from gradus.provenance.errors import GradusError
from gradus.provenance.files import json_text, parse_json, read_json

MANIFEST = "model.json"
ADAPTER, ADAPTER_CONFIG = "adapter_model.safetensors", "adapter_config.json"
LATENTS = "ternary.safetensors"
"""Beside a dense model with ternary weights: the weights that these are made of, which training continues from."""

SERVICE_RECORD = "tinker.json"
"""Beside an adapter that a service trained: under which names the service keeps it."""

FILES = (*MODEL_FILES, ORIGIN, ADAPTER, ADAPTER_CONFIG, SERVICE_RECORD, LATENTS)
"""Patterns of the files that a manifest lists: all that any user of a model opens. Metrics and checkpoints are not."""

PLACE = {ADAPTER_CONFIG: "base_model_name_or_path"}
"""Keys of JSON files whose values depend on where the results are; digests are taken without them."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[^./][^/]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelFile(_Part):
    """A file of a model."""

    size: int | None = Field(description="In bytes; null where the digest leaves a key out.")
    sha256: Sha256 = Field(description="Of the bytes, or of the JSON object without the key `without`.")
    without: str | None = Field(None, description="The key of this JSON file whose value depends on the place.")


class BaseModelRef(_Part):
    """Another model of the study that this one belongs to or was made of."""

    folder: str = Field(description="Its folder, relative to this one.")
    sha256: Sha256 = Field(description="`Manifest.digest` of that model.")


class Manifest(_Part):
    """A model: dense weights, an adapter, or what is here of a model whose weights a service holds."""

    kind: Literal["dense", "adapter", "service", "service_adapter"] = Field(
        description="dense: all weights. adapter: LoRA weights on a `base`. service: tokenizer, template and configs "
        "of a model whose weights a service holds. service_adapter: an adapter that a service keeps as well."
    )
    files: dict[FileName, ModelFile] = Field(description="Every file that a user of the model opens, by its name.")
    weights: list[FileName] = Field(description="Which of the files hold weights; none for `service`.")
    base: BaseModelRef | None = Field(None, description="The dense model that an adapter was trained on.")
    dequantized_from: BaseModelRef | None = Field(
        None, description="The model that this dense one is in 4 bits: its matrices have only values of NF4."
    )
    tokenizer: FileName = Field(description="The file of the tokenizer.")
    template: Sha256 = Field(description="Digest of the text of the chat template.")
    ends: list[int] = Field(description="Tokens that end an answer (`Ends`); the first one closes the chat's turns.")
    step: int | None = Field(None, description="Steps of the training that it was written after, where it has one.")

    _path: Path = PrivateAttr(Path(MANIFEST))

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if missing := {*self.weights, self.tokenizer} - self.files.keys():
            raise ValueError(f"{min(missing)} is not among the files")
        if (self.base is not None) != self.kind.endswith("adapter"):
            raise ValueError("adapters have a base, and nothing else has")
        return self

    @classmethod
    def read(cls, path: str | Path) -> "Manifest":
        """The manifest at `path`. Raises GradusError, with the remedy, where there is none or it is torn."""
        path = Path(path)
        try:
            manifest = cls.model_validate(parse_json(path.read_bytes(), path))
        except FileNotFoundError:
            raise GradusError(f"{path}: does not exist, so the model is not whole; {again(path)}") from None
        except OSError as error:
            raise GradusError(f"{path}: cannot be read ({error.strerror}); correct that and run again") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            raise GradusError(f"{path}: {where}: {first['msg']}; remove it and {again(path)}") from None
        return manifest.at(path)

    def at(self, path: Path) -> "Manifest":
        """This manifest as that of the folder that `path` is in."""
        self._path = path
        return self

    @property
    def path(self) -> Path:
        return self._path

    @property
    def folder(self) -> Path:
        return self._path.parent

    def digest(self) -> str:
        """Of the names and digests of all files: equal for models with the same files, whatever made them."""
        lines = (f"{file.sha256}  {name}\n" for name, file in sorted(self.files.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def check(self, only: Collection[str] | None = None) -> None:
        """Compare the files with what is recorded: all, or those named in `only`. Each is read once, as `digests` says.

        Raises GradusError for the first that is missing, cut or another one: one line with file and remedy.
        """
        if fault := _faults([self], only).get(self._path):
            raise GradusError(f"{fault}; {again(self._path)}")

    def text(self) -> str:
        """What is written to the file."""
        return json_text(self.model_dump(mode="json"))


def again(path: Path) -> str:
    """How a model is made again."""
    return f"run snakemake {path}, which makes or fetches the model again"


def broken_models(paths: Iterable[str | Path]) -> dict[str, str]:
    """Which of these manifests' models were made and are not whole any more, and why: a reason by manifest.

    A manifest that does not exist is no broken model. Only files that changed since they were last read are read.
    """
    found: dict[str, str] = {}
    whole = []
    for path in map(Path, paths):
        if path.is_file():
            try:
                whole.append(Manifest.read(path))
            except GradusError as error:
                found[str(path)] = str(error)
    return found | {str(path): fault for path, fault in _faults(whole).items()}


def broken(path: str | Path) -> str | None:
    """Why the model of the manifest at `path` is not whole any more; None where it is, or was never made."""
    return broken_models([path]).get(str(Path(path)))


def _faults(manifests: Iterable[Manifest], only: Collection[str] | None = None) -> dict[Path, str]:
    """The first fault of each manifest's files that has one. Sizes are compared first, as that reads nothing."""
    found: dict[Path, str] = {}
    todo: list[tuple[Path, Path, ModelFile]] = []
    for manifest in manifests:
        chosen = [(manifest.folder / n, f) for n, f in sorted(manifest.files.items()) if only is None or n in only]
        if fault := next(filter(None, (_stat_fault(path, file) for path, file in chosen)), None):
            found[manifest.path] = fault
        else:
            todo += [(manifest.path, path, file) for path, file in chosen]
    plain = file_digests([os.path.realpath(path) for _, path, file in todo if file.without is None])
    for of, path, file in todo:
        now = plain[os.path.realpath(path)] if file.without is None else digest_without(path, file.without)
        if now != file.sha256:
            found.setdefault(of, f"{path}: is not the file that {MANIFEST} records (sha256 {now:.12}…)")
    return found


def _stat_fault(path: Path, file: ModelFile) -> str | None:
    try:
        size = os.stat(path).st_size
    except FileNotFoundError:
        return f"{path}: {'links to a file that is gone' if path.is_symlink() else 'is missing'}"
    except OSError as error:
        return f"{path}: cannot be read ({error.strerror})"
    if file.size is not None and size != file.size:
        return f"{path}: has {size:,} bytes, {file.size:,} were written"
    return None


def digest_without(path: Path, key: str) -> str:
    """Digest of a JSON object without one of its keys. What is torn has the digest of its bytes, which nothing has."""
    try:
        rest = {name: value for name, value in read_json(path).items() if name != key}
    except GradusError:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return hashlib.sha256(json_text(rest).encode()).hexdigest()
