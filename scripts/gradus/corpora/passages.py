"""Documents as the contamination gate reads them: a long one in passages, of which each shares an end with the next.

A problem that is no longer than that end is whole in one of them.
"""

from collections.abc import Iterable, Iterator

from gradus.corpora.texts import Document
from gradus.problems.contamination.texts import Text

PASSAGE_CHARACTERS = 20_000
SHARED_CHARACTERS = 4_000
BATCH_PASSAGES = 256


def passages(name: str, documents: Iterable[Document]) -> Iterator[list[Text]]:
    """Those of a corpus in batches; the row of each is its document's number, from 1."""
    batch: list[Text] = []
    for document in documents:
        row = document.number + 1
        batch += [Text(row, f"{name}/{row}", part) for part in _parts(document.text)]
        if len(batch) >= BATCH_PASSAGES:
            yield batch
            batch = []
    if batch:
        yield batch


def _parts(text: str) -> Iterator[str]:
    step = PASSAGE_CHARACTERS - SHARED_CHARACTERS
    for start in range(0, max(len(text) - SHARED_CHARACTERS, 1), step):
        yield text[start : start + PASSAGE_CHARACTERS]
