"""The files that stand for a model's weights: what a job lists as inputs that trains, asks or merges it."""

from pathlib import Path

from gradus.hub.contents import TOKENIZER, WEIGHTS, weights_file
from gradus.hub.lock import Lock
from gradus.study.hub import model_download
from gradus.study.lineage import Lineage, Weights
from gradus.study.local_files import model_folder_files
from gradus.study.own_results import maker, own_result
from gradus.study.schema import Study

ON_TINKER = "tinker.json"
"""Beside an adapter that Tinker trained: under which names the service keeps it."""


class WeightFiles:
    """Paths are relative to the project root; `root` is the study's folder of results."""

    def __init__(self, study: Study, lock: Lock, root: str) -> None:
        self._study = study
        self._lock = lock
        self._root = root

    def read_by(self, implementation: str, weights: Weights) -> list[str]:
        """What a job of this backend or sampler reads: the dense model's file, then the adapter's where there is one.

        Tinker has the weights itself: of the model it takes the tokenizer, of an adapter the service's names.
        """
        there = implementation == "tinker"
        dense = TOKENIZER if there else self.name(weights.dense)
        files = [f"{self._root}/models/{weights.dense}/{dense}"]
        if weights.adapter:
            files.append(f"{self._root}/models/{weights.adapter}/{ON_TINKER if there else 'adapter_model.safetensors'}")
        return files

    def name(self, model: str) -> str:
        """`model.safetensors`, or the index of its parts where a model comes in several, or all that there is of it."""
        settings = self._study.models.get(model)
        if settings is None or settings.source == "pretrain":
            return WEIGHTS
        if settings.source == "tinker":
            return TOKENIZER
        if made := maker(self._study, "models", model):
            weights = Lineage(self._study).weights(made[1])
            return WEIGHTS if weights.adapter else self.name(weights.dense)
        return weights_file(Path(file).name for file in self._origin_names(model)) or WEIGHTS

    def _origin_names(self, model: str) -> list[str]:
        download = model_download(self._study, model)
        if download is None:
            return model_folder_files(self._study.models[model].path)
        pin = self._lock.get(download.repo)
        return download.files(pin) if pin is not None and pin.resolved else []

    def made_folder(self, model: str) -> list[str]:
        """The folder that a model is read from, where the study makes it; what lies outside is in the specs."""
        path = own_result(self._study.study, getattr(self._study.models[model], "path", None))
        return [path] if path else []
