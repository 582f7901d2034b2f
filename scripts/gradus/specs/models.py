"""Settings of the jobs that make, fetch and copy models, and the models in the settings of other jobs."""

from typing import Literal

from gradus.specs.base import JobSettings, Outside, PinnedFiles
from gradus.study.settings.base import Day, Settings
from gradus.study.settings.models import Architecture, TextTraining


class ChatSpec(Settings):
    """How a model is asked in a chat.

    `template`: the text of a chat template, or its SHA-256 where a digest says as much; None: the model's own.
    """

    eos_token: str | None
    stop: list[str]
    template_variables: dict[str, bool | int | float | str]
    date: Day
    template: str | None


class Origin(Settings):
    """Where a model that no job trains comes from, the hub or a local folder, and the chat settings of the study."""

    chat: ChatSpec
    repo: str | None = None
    revision: str | None = None
    outside: Outside | None = None


class Weights(Settings):
    """A dense model, and the adapter on it where there is one: names below models/."""

    dense: str
    adapter: str | None = None


class WeightsSpec(Weights):
    """The weights that a job reads. `origin`: of the first model of their ancestry, where no job trains it."""

    origin: Origin | None = None


class ServiceModel(Settings):
    """The name of a model at a service, for jobs that run there."""

    model: str


class TokensSpec(Settings):
    """A family of domain tokens, spelled out in the order of their ids."""

    name: str
    tokens: list[str]
    reserved: bool


class PretrainSpec(JobSettings):
    architecture: Architecture
    steps: int
    optimizer: Literal["muon_adamw", "adamw"]
    batch_size: int
    sequence_length: int
    learning_rate: float
    warmup_steps: int
    minimum_learning_rate: float | None
    weight_decay: float
    ternary: bool = False
    seed: int


class PretrainTextSpec(JobSettings, TextTraining):
    """shards: the job that makes what it reads, such as `shards/base`."""

    shards: str
    architecture: Architecture
    seed: int


class FetchModelSpec(JobSettings):
    """`path`: a folder that the graph makes, or an outside one with its digest; else `hub` has the files."""

    chat: ChatSpec
    backends: list[str]
    """Backends and samplers that read the model."""
    path: str | None = None
    outside: Outside | None = None
    hub: PinnedFiles | None = None
    tokens: TokensSpec | None = None
    repair_tokens: bool = False


class ExtendModelSpec(JobSettings):
    of: str
    """The model that the tokens are added to, a name below models/."""
    origin: Origin | None
    """Of the first model of its ancestry, where no job trains that."""
    tokens: TokensSpec
    initial: Literal["pieces", "mean"]


class ImportNanogptSpec(JobSettings):
    chat: ChatSpec
    checkpoint: Outside
    gelu: Literal["exact", "tanh"] | None
    tokenizer: str
    """Name below models/."""


class TakeCheckpointSpec(JobSettings):
    experiment: str
    checkpoint: int | Literal["best"]
    metric: str
    """By which the best checkpoint is chosen."""


class MergeAdapterSpec(JobSettings):
    weights: WeightsSpec


class DequantizeModelSpec(JobSettings):
    weights: WeightsSpec
    precision: Literal["float32", "bfloat16"]


class ExportModelSpec(JobSettings):
    experiment: str
    weights: WeightsSpec
