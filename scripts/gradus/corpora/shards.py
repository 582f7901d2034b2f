"""A tokenised text: files of token ids with a manifest, `shards.json`, that is written last.

The ids of all files of a split, one after the other, are one stream in which a token ends each document. They are read
by mapping the files, so a corpus may be larger than memory.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gradus.provenance.digests import file_digests
from gradus.provenance.errors import GradusError
from gradus.provenance.files import json_text, parse_json, replacing, sha256_file, write_text

MANIFEST = "shards.json"

Split = Literal["train", "eval"]
IdType = Literal["uint16", "uint32"]


class Shard(BaseModel):
    """A file of ids."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^(train|eval)-[0-9]{5}\.npy$")]
    tokens: int = Field(ge=1)
    sha256: str


class Shards(BaseModel):
    """What `shards.json` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dtype: IdType = Field(description="Of an id in the files.")
    rows: int = Field(description="Rows that embeddings need: ids are below this.")
    ends: list[int] = Field(description="Tokens that end an answer; the first one ends each document.")
    documents: int = Field(description="That were read, those left out among them.")
    left_out: int = Field(description="Of these, as they hold benchmark problems.")
    injected: int = Field(description="Domain tokens that took the place of other words.")
    train: list[Shard]
    eval: list[Shard]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises GradusError, with the remedy, where it is missing or torn."""
        try:
            return cls.model_validate(parse_json(path.read_bytes(), path))
        except (FileNotFoundError, ValidationError):
            raise GradusError(f"{path}: no list of shards; remove it and run again, which tokenises the text") from None

    def tokens(self, split: Split) -> int:
        return sum(shard.tokens for shard in getattr(self, split))

    def check(self, folder: Path) -> None:
        """Compare all files with their digests. Raises GradusError for the first that is gone or another one."""
        shards = [*self.train, *self.eval]
        again = f"remove {folder / MANIFEST} and run again, which tokenises the text"
        if missing := [shard.name for shard in shards if not (folder / shard.name).is_file()]:
            raise GradusError(f"{folder / missing[0]}: is missing; {again}")
        digests = file_digests([str(folder / shard.name) for shard in shards])
        for shard in shards:
            if digests[str(folder / shard.name)] != shard.sha256:
                raise GradusError(f"{folder / shard.name}: is not the file that {MANIFEST} records; {again}")

    def write(self, folder: Path) -> None:
        write_text(folder / MANIFEST, json_text(self.model_dump(mode="json")))


def id_type(rows: int) -> IdType:
    """The smallest that has ids below `rows`."""
    return "uint16" if rows <= 1 << 16 else "uint32"


def check_ids(ids: Sequence[int], rows: int, said: str) -> None:
    """Raises GradusError naming a document, one of whose ids is not below `rows`."""
    if ids and max(ids) >= rows:
        what = f"token {max(ids):,} is beyond the {rows:,} rows of the embeddings, in {id_type(rows)}"
        raise GradusError(f"{said}: {what}; raise the model's architecture.vocab_size, or take its own tokenizer")


def write_shard(folder: Path, split: Split, number: int, ids: np.ndarray) -> Shard:
    """Write ids as a whole file and say what it is."""
    name = f"{split}-{number:05d}.npy"
    with replacing(folder / name) as temporary, open(temporary, "wb") as file:
        np.save(file, ids)
    return Shard(name=name, tokens=len(ids), sha256=sha256_file(folder / name))


class TokenStream:
    """The ids of files, one after the other, of which parts are read as they are asked for."""

    def __init__(self, folder: Path, shards: Iterable[Shard]) -> None:
        self._parts = [np.load(folder / shard.name, mmap_mode="r") for shard in shards]
        self._ends = np.cumsum([len(part) for part in self._parts]).tolist()

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def read(self, start: int, length: int) -> np.ndarray:
        """So many ids from `start` on, as int64 [length]."""
        found: list[np.ndarray] = []
        place = bisect_right(self._ends, start)
        while length:
            part = self._parts[place]
            within = start - (self._ends[place] - len(part))
            piece = part[within : within + length]
            found.append(piece.astype(np.int64))
            start, length, place = start + len(piece), length - len(piece), place + 1
        return np.concatenate(found)
