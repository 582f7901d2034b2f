"""Documents into shards of token ids, once: what is done is kept after each shard, and a killed job goes on from there.

Held-out documents are taken in even distances, each whole, until there are enough of their tokens. Where a split
is whole in the middle of a document, the rest of that is left out.
"""

import os
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from gradus.corpora.shards import Shard, Split, check_ids, id_type, write_shard
from gradus.corpora.texts import BEGIN, Document, Place, TextFiles
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.vocabulary.inject import Injector

SHARD_TOKENS = 100_000_000
"""Of a file, but for the last one of a split."""

BATCH_CHARACTERS = 2_000_000
"""Of documents that are encoded together."""

STATE = "tokenised.json"
CODE = "I"
"""Of 4 bytes, for ids of any tokenizer."""


@dataclass(frozen=True)
class Wanted:
    """Tokens of each split, and the documents that are left out by their numbers, from 0."""

    train: int
    eval: int
    left_out: Collection[int] = ()

    @property
    def every(self) -> int:
        """Of so many documents one is held out; 0: none."""
        return max(2, (self.train + self.eval) // self.eval) if self.eval else 0


@dataclass
class Done:
    """What is tokenised so far.

    next: where documents are read on. rest: ids by split that are in no file yet.
    """

    next: Place = BEGIN
    injected: int = 0
    shards: dict[Split, list[Shard]] = field(default_factory=lambda: {"train": [], "eval": []})
    rest: "dict[Split, array[int]]" = field(default_factory=lambda: {"train": array(CODE), "eval": array(CODE)})

    def __post_init__(self) -> None:
        self._written = {split: sum(shard.tokens for shard in of) for split, of in self.shards.items()}

    def tokens(self, split: Split) -> int:
        return self._written[split] + len(self.rest[split])

    def write(self, folder: Path, split: Split, tokens: int, rows: int) -> None:
        """Put the first so many ids of the rest into a file."""
        ids = np.array(self.rest[split][:tokens], id_type(rows))
        self.shards[split].append(write_shard(folder, split, len(self.shards[split]), ids))
        self.rest[split] = self.rest[split][tokens:]
        self._written[split] += len(ids)

    def save(self, folder: Path) -> None:
        shards = {split: [shard.model_dump() for shard in of] for split, of in self.shards.items()}
        rest = {split: ids.tolist() for split, ids in self.rest.items()}
        kept = {"next": asdict(self.next), "injected": self.injected}
        write_json(folder / STATE, kept | {"shards": shards, "rest": rest})

    @classmethod
    def load(cls, folder: Path) -> "Done":
        """Of an earlier run of the job, or none."""
        if not (folder / STATE).is_file():
            return cls()
        kept = read_json(folder / STATE)
        shards = {split: [Shard.model_validate(one) for one in of] for split, of in kept["shards"].items()}
        rest = {split: array(CODE, ids) for split, ids in kept["rest"].items()}
        return cls(Place(**kept["next"]), kept["injected"], shards, rest)


class Tokeniser:
    """Encodes documents as text: what is spelled like a special token in them ends nothing."""

    def __init__(self, tokenizer: Tokenizer, end: int, rows: int, inject: Injector, tokens: Collection[str]) -> None:
        """end: the id after each document. tokens: domain tokens that `inject` may put in, which are counted."""
        tokenizer.encode_special_tokens = True
        self._tokenizer, self._end, self.rows = tokenizer, end, rows
        self._inject = inject
        self._counted = {tokenizer.token_to_id(token) for token in tokens}

    def count(self, ids: Sequence[int]) -> int:
        """How many of them are domain tokens."""
        return sum(number in self._counted for number in ids) if self._counted else 0

    def encoded(self, documents: list[Document]) -> Iterator[tuple[Document, list[int]]]:
        """Each document with its ids."""
        texts = [self._inject(document.text) for document in documents]
        found = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        for document, encoding in zip(documents, found, strict=True):
            ids = encoding.ids
            check_ids(ids, self.rows, document.said)
            yield document, [*ids, self._end]


def tokenise(
    files: TextFiles,
    wanted: Wanted,
    tokeniser: Tokeniser,
    folder: Path,
    told: Callable[[Done], None] = lambda _: None,
) -> Done:
    """Write the shards of a text to `folder`, or go on with those that an earlier run left there.

    told: called after each batch of documents. Raises GradusError where the text has too few tokens.
    """
    done = Done.load(folder)
    kept_out = frozenset(wanted.left_out)
    for batch in _batches(files.documents(done.next)):
        chosen = [document for document in batch if document.number not in kept_out]
        for document, ids in tokeniser.encoded(chosen):
            split = _split_of(document, done, wanted)
            if split is None:
                break
            kept = ids[: getattr(wanted, split) - done.tokens(split)]
            done.rest[split].extend(kept)
            done.injected += tokeniser.count(kept)
            done.next = document.after
        else:
            done.next = batch[-1].after
        told(done)
        whole = done.tokens("train") == wanted.train and done.tokens("eval") == wanted.eval
        if whole or len(done.rest["train"]) >= SHARD_TOKENS:
            while len(done.rest["train"]) >= SHARD_TOKENS:
                done.write(folder, "train", SHARD_TOKENS, tokeniser.rows)
            for split in ("train", "eval") if whole else ("eval",):
                if done.rest[split]:
                    done.write(folder, split, len(done.rest[split]), tokeniser.rows)
            done.save(folder)
        if whole:
            return done
    there, asked = done.tokens("train") + done.tokens("eval"), wanted.train + wanted.eval
    where = files.files[0] if len(files.files) == 1 else files.files[0].parent
    what = f"the text has {there:,} tokens in {done.next.document:,} documents, {asked:,} are asked for"
    raise GradusError(f"{where}: {what}; lower `tokens` or `eval_tokens`, or name more files")


def place_shards(done: Done, state: Path, out: Path) -> None:
    """Move the files from a job's state to where they are read; some may be there from a run that was killed."""
    for shard in (*done.shards["train"], *done.shards["eval"]):
        if (state / shard.name).is_file():
            os.replace(state / shard.name, out / shard.name)
    names = {shard.name for of in done.shards.values() for shard in of}
    for stale in out.glob("*.npy"):
        if stale.name not in names:
            stale.unlink()


def _split_of(document: Document, done: Done, wanted: Wanted) -> Split | None:
    """Where a document goes; None where both splits are whole."""
    lacks = {split: done.tokens(split) < getattr(wanted, split) for split in ("train", "eval")}
    held_out = wanted.every and document.number % wanted.every == wanted.every - 1
    if lacks["eval"] and (held_out or not lacks["train"]):
        return "eval"
    return "train" if lacks["train"] else None


def _batches(documents: Iterator[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    characters = 0
    for document in documents:
        batch.append(document)
        characters += len(document.text)
        if characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
