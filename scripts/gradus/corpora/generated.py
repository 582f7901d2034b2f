"""Documents that pocket models are pretrained on: chats of problems and worked solutions, of which some are flawed."""

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module

from gradus.problems.pocket.corpus import documents
from gradus.prompts.messages import Messages
from gradus.study.settings.models import Corpus
from gradus.traces.injected import with_tokens
from gradus.vocabulary.inject import injector

TOKENIZER_DOCUMENTS = 20_000


def generated_chats(count: int, seed: int, corpus: Corpus, modules: Sequence[str]) -> Iterator[Messages]:
    """`count` documents, with domain tokens in what the assistant says where the corpus has any injected.

    modules: that the job loads by name, first the one that has other documents among them, where the corpus has any.
    """
    flaws = corpus.flaws.model_dump()
    pairs = documents(count, seed, flawed_share=corpus.flawed_share, flaws=flaws, levels=corpus.levels)
    inject = injector(corpus.inject)
    return (with_tokens(chat, inject) for chat in _mixed(pairs, seed, corpus, modules))


def tokenizer_chats(seed: int, corpus: Corpus, modules: Sequence[str]) -> Iterator[Messages]:
    """Without flaws and of all levels: models of one study that have as many tokens have the same ones."""
    pairs = documents(TOKENIZER_DOCUMENTS, seed, flawed_share=[0.0] * 5, flaws={})
    return _mixed(pairs, seed, corpus, modules)


def _mixed(pairs: Iterable[tuple[str, str]], seed: int, corpus: Corpus, modules: Sequence[str]) -> Iterator[Messages]:
    chats: Iterator[Messages] = (
        [{"role": "user", "content": asked}, {"role": "assistant", "content": said}] for asked, said in pairs
    )
    if not corpus.products:
        return chats
    return import_module(modules[0]).with_products(chats, seed, corpus)
