"""What a training on the service begins from: files here for the texts, a model or a checkpoint there for the rest."""

import tinker
from tokenizers import Tokenizer

from gradus.models.ends import Ends
from gradus.models.lora import TARGETS
from gradus.models.manifest import SERVICE_RECORD
from gradus.models.opened import ModelFolders
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.specs.training import TrainingSpec
from gradus.tinker.checkpoints import Checkpoint
from gradus.tinker.service import Service

ATTENTION, MLP = set(TARGETS[:4]), set(TARGETS[4:])


class Start:
    """`model`: its dense folder has tokenizer and template; its adapter is one that another experiment left on the
    service, with its record."""

    def __init__(self, model: ModelFolders) -> None:
        self.model, self.folder = model, model.dense
        self.tokenizer: Tokenizer = load_tokenizer(self.folder)
        self.template = ChatTemplate.load(self.folder)
        self.ends = Ends.of(self.folder, self.tokenizer, self.template)
        self._record = model.adapter / SERVICE_RECORD if model.adapter else None

    def parent(self, service: Service, model: str | None = None) -> Checkpoint | None:
        """The checkpoint to continue from; `model`: whose, where that is not the job's. Raises GradusError where it is
        of no use any more."""
        return None if self._record is None else Checkpoint.read(self._record, model or service.model, service.url)

    def client(self, service: Service, settings: TrainingSpec) -> tinker.APIFuture[tinker.TrainingClient]:
        """A training client that has seen no step: a fresh adapter, or another experiment's with a fresh optimizer.

        The output matrix gets no adapter, although Tinker's default is to train one: vLLM loads none for it, and a
        model with tied embeddings has no such matrix of its own.
        """
        parent = self.parent(service)
        if parent is not None:
            return service.client.create_training_client_from_state(parent.state)
        lora = settings.lora
        targets = set(lora.names)
        return service.client.create_lora_training_client(
            service.model,
            rank=lora.rank,
            seed=settings.seed,
            train_attn=targets >= ATTENTION,
            train_mlp=targets >= MLP,
            train_unembed=False,
        )
