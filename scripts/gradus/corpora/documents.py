"""Documents to pretrain on: one chat a line of a file, and what they are in a model's tokens."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer

from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import Messages
from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing

AT_ONCE = 1000
"""Documents that are encoded together."""


def encoded(
    documents: Iterable[Messages], template: ChatTemplate, tokenizer: Tokenizer
) -> Iterator[tuple[Messages, list[int]]]:
    """Each document with the ids of its tokens, drawing few more than are asked for."""
    iterator = iter(documents)
    while batch := list(islice(iterator, AT_ONCE)):
        texts = [template.render(document) for document in batch]
        found = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        yield from ((document, encoding.ids) for document, encoding in zip(batch, found, strict=True))


def enough(
    documents: Iterable[Messages], template: ChatTemplate, tokenizer: Tokenizer, tokens: int
) -> Iterator[Messages]:
    """The first documents that together have so many tokens. Raises GradusError where all of them have fewer."""
    found = 0
    for document, ids in encoded(documents, template, tokenizer):
        yield document
        found += len(ids)
        if found >= tokens:
            return
    raise GradusError(f"the documents have {found:,} tokens, {tokens:,} are asked for")


def write_documents(path: str | Path, name: str, documents: Iterable[Messages]) -> int:
    """Write documents of the corpus `name`, and return how many there are."""
    count = 0
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        for count, document in enumerate(documents, start=1):
            line = {"id": f"{name}-{count:06d}", "messages": list(document)}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return count


def read_documents(path: str | Path) -> Iterator[Messages]:
    """The documents in order. Raises GradusError naming the line that holds none."""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield json.loads(line)["messages"]
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise GradusError(
                    f"{path}:{number}: not a document ({error!r}); remove the file and build it again"
                ) from None
