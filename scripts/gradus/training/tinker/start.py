"""What a training on the service begins from: files here for the texts, a model or a checkpoint there for the rest."""

from pathlib import Path
from typing import Any

import tinker
from tokenizers import Tokenizer

from gradus.models.ends import Ends
from gradus.models.lora import TARGETS
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.tinker.checkpoints import Checkpoint
from gradus.tinker.service import Service

ATTENTION, MLP = set(TARGETS[:4]), set(TARGETS[4:])


class Start:
    """`weight_files`: one of the model whose tokenizer and template are used, then the record of the adapter, if any,
    that another experiment left on the service."""

    def __init__(self, weight_files: list[Path]) -> None:
        self.folder = weight_files[0].parent
        self.tokenizer: Tokenizer = load_tokenizer(self.folder)
        self.template = ChatTemplate.load(self.folder)
        self.ends = Ends.of(self.folder, self.tokenizer, self.template)
        self._record = weight_files[1] if len(weight_files) > 1 else None

    def parent(self, service: Service) -> Checkpoint | None:
        """The checkpoint to continue from. Raises GradusError where it is of no use any more."""
        return None if self._record is None else Checkpoint.read(self._record, service.model, service.url)

    def client(self, service: Service, settings: dict[str, Any]) -> tinker.APIFuture[tinker.TrainingClient]:
        """A training client that has seen no step: a fresh adapter, or another experiment's with a fresh optimizer.

        The output matrix gets no adapter, although Tinker's default is to train one: vLLM loads none for it, and a
        model with tied embeddings has no such matrix of its own.
        """
        parent = self.parent(service)
        if parent is not None:
            return service.client.create_training_client_from_state(parent.state)
        lora = settings["lora"]
        targets = set(lora["targets"])
        return service.client.create_lora_training_client(
            service.model,
            rank=lora["rank"],
            seed=settings["seed"],
            train_attn=targets >= ATTENTION,
            train_mlp=targets >= MLP,
            train_unembed=False,
        )
