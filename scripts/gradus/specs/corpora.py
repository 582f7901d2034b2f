"""Settings of the jobs that make pretraining corpora and train tokenizers on them."""

from gradus.specs.base import JobSettings, Outside, Pinned
from gradus.specs.contamination import Shares
from gradus.specs.models import Origin, TokensSpec
from gradus.study.settings.base import Settings
from gradus.study.settings.models import Corpus
from gradus.study.settings.token_groups import InjectedTokens


class TrainTokenizerSpec(JobSettings):
    """`corpus`: only the documents mixed into it matter, not its flaws or levels. `tokens`: domain tokens added to the
    trained vocabulary."""

    vocab_size: int
    corpus: Corpus
    tokens: TokensSpec | None = None
    seed: int


class MakeCorpusSpec(JobSettings):
    """`set`: the model that is pretrained on it. `tokens`: how many it is trained on."""

    set: str
    corpus: Corpus
    tokens: int
    seed: int


class TextSource(Settings):
    """What a text is read from: local files by their digest, or files of a repository. What the graph makes is an input
    of the jobs that read it, which says as much."""

    column: str
    separator: str
    outside: Outside | None = None
    hub: Pinned | None = None


class SearchTextSpec(JobSettings):
    set: str
    text: TextSource
    benchmarks: list[str]
    shares: Shares
    near: bool


class TokenizeTextSpec(JobSettings):
    """tokenizer: the model that has it, a name below models/, with the origin of its files. vocabulary: ids that are
    before the ones of `added`."""

    text: TextSource
    tokens: int
    eval_tokens: int
    inject: InjectedTokens | None
    tokenizer: str
    origin: Origin | None
    vocabulary: int
    added: TokensSpec | None
