"""Chats to pretrain on that have tools in them, among the documents of a corpus."""

import random
from collections.abc import Iterable, Iterator

from gradus.problems.pocket.products import draw_document
from gradus.problems.pocket.solutions import worked
from gradus.prompts.messages import Messages
from gradus.study.settings.models import Corpus
from gradus.traces.calls import with_calls
from gradus.traces.select import one_turn

LEVELS = (1, 2)


def with_products(documents: Iterable[Messages], seed: int, corpus: Corpus) -> Iterator[Messages]:
    """The documents, of which the share that `corpus` says is replaced by problems of `pocket_products` from the train
    split: so many of these are solved by calls of a calculator, the others worked without."""
    rng = random.Random(f"{seed}/products")
    for document in documents:
        if rng.random() >= corpus.products:
            yield document
            continue
        text, chain = draw_document(rng, "train", LEVELS, corpus.product_numbers)
        solve = with_calls if rng.random() < corpus.products_called else one_turn
        yield [{"role": "user", "content": text}, *solve(worked(chain))]
