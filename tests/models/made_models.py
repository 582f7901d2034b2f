"""Model folders as jobs leave them."""

from pathlib import Path

from tokenizers import Tokenizer

from gradus.models.architecture import Architecture
from gradus.models.describe import write_manifest
from gradus.models.lora import init_adapter, save_adapter
from gradus.models.manifest import MANIFEST, SERVICE_RECORD, Manifest
from gradus.models.qwen3 import Weights
from gradus.models.store import save_model
from gradus.models.tokenizer import copy_tokenizer, save_tokenizer
from gradus.provenance.files import write_json


class Models:
    """The models of a study below `root`/models."""

    def __init__(self, root: Path, arch: Architecture, weights: Weights, tokenizer: Tokenizer) -> None:
        self.root, self.arch, self.weights, self.tokenizer = root / "models", arch, weights, tokenizer

    def dense(self, name: str = "base", step: int | None = 7, scale: float = 1.0) -> Path:
        folder = self.root / name
        save_tokenizer(folder, self.tokenizer)
        save_model(folder, self.arch, {name: scale * tensor for name, tensor in self.weights.items()})
        write_manifest(folder, step=step)
        return folder

    def dequantized(self, base: Path) -> Path:
        """With as many bytes as the base, and other ones."""
        folder = self.dense(f"{base.name}.nf4", scale=2.0)
        write_manifest(folder, dequantized_from=base / MANIFEST)
        return folder

    def adapter(self, base: Path, name: str = "rl", service: bool = False) -> Path:
        folder = self.root / name
        copy_tokenizer(base, folder)
        save_adapter(folder, init_adapter(self.arch, rank=2, alpha=4.0, seed=1), str(base))
        if service:
            write_json(folder / SERVICE_RECORD, {"state": "tinker://x/1"})
        write_manifest(folder, base=base / MANIFEST, step=12)
        return folder


def read(folder: Path) -> Manifest:
    return Manifest.read(folder / MANIFEST)
