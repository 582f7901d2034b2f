"""Settings of the jobs that make what models are pretrained on."""

from gradus.specs.base import JobSettings
from gradus.specs.models import TokensSpec
from gradus.study.settings.models import Corpus


class TrainTokenizerSpec(JobSettings):
    """corpus: of which only counts what is mixed in. tokens: that are added to the trained ones."""

    vocab_size: int
    corpus: Corpus
    tokens: TokensSpec | None = None
    seed: int


class MakeCorpusSpec(JobSettings):
    """tokens: that the model `set` is trained on."""

    set: str
    corpus: Corpus
    tokens: int
    seed: int
