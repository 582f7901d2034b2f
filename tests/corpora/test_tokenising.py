"""Text into shards: what the ids say, which documents are held out, and a killed job that ends in the same bytes."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from tokenizers import Tokenizer

from gradus.corpora import tokenising
from gradus.corpora.shards import Shards, TokenStream, check_ids, id_type
from gradus.corpora.texts import TextFiles
from gradus.corpora.tokenising import Done, Tokeniser, Wanted, place_shards, tokenise
from gradus.corpora.vocabulary import write_vocabulary
from gradus.models.domain_tokens import read_domain_tokens
from gradus.models.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer
from gradus.provenance.errors import GradusError
from gradus.specs.models import TokensSpec
from gradus.vocabulary.inject import injector, unchanged
from vocabulary.tokens import multiplication

END = 2
LINES = [f"Tom has {n} bags of {n % 9 + 1} pens, so {n % 9} * {n % 7} of <|im_end|>." for n in range(200)]


@pytest.fixture
def text(tmp_path: Path) -> TextFiles:
    (tmp_path / "text.txt").write_text("\n\n".join(LINES), encoding="utf-8")
    return TextFiles.at(tmp_path / "text.txt", "text", "\n\n")


@pytest.fixture(scope="module")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(folder, train_tokenizer(LINES, 300))
    return folder


@pytest.fixture
def tokenizer(tokenizer_folder: Path) -> Tokenizer:
    return load_tokenizer(tokenizer_folder)


def plain(tokenizer: Tokenizer) -> Tokeniser:
    return Tokeniser(tokenizer, END, 300, unchanged, ())


def ids(done: Done, split: str, folder: Path) -> list[int]:
    stream = TokenStream(folder, done.shards[split])
    return stream.read(0, len(stream)).tolist()


def test_shards_hold_the_documents_one_after_the_other(text: TextFiles, tokenizer: Tokenizer, tmp_path: Path) -> None:
    done = tokenise(text, Wanted(3000, 0), plain(tokenizer), tmp_path)
    found = ids(done, "train", tmp_path)
    assert len(found) == 3000
    said = tokenizer.decode(found, skip_special_tokens=False).split("<|im_end|>.<|im_end|>")
    # What is spelled as the token that ends a document in it is not that token.
    assert said[:2] == [LINES[0].removesuffix("<|im_end|>."), LINES[1].removesuffix("<|im_end|>.")]
    ends = [place for place, number in enumerate(found) if number == END]
    assert len(ends) == len(said) - 1
    assert np.load(tmp_path / "train-00000.npy").dtype == np.uint16


def test_held_out_documents_are_whole_and_far_apart(text: TextFiles, tokenizer: Tokenizer, tmp_path: Path) -> None:
    wanted = Wanted(4000, 400)
    done = tokenise(text, wanted, plain(tokenizer), tmp_path)
    held_out = tokenizer.decode(ids(done, "eval", tmp_path), skip_special_tokens=False)
    trained = tokenizer.decode(ids(done, "train", tmp_path), skip_special_tokens=False)
    assert wanted.every == 11
    assert [line in held_out for line in LINES[8:12]] == [False, False, True, False]
    assert [line in trained for line in LINES[8:12]] == [True, True, False, True]
    assert (done.tokens("train"), done.tokens("eval")) == (4000, 400)


def test_documents_that_hold_benchmark_problems_are_left_out(
    text: TextFiles, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    done = tokenise(text, Wanted(3000, 0, {1, 3}), plain(tokenizer), tmp_path)
    said = tokenizer.decode(ids(done, "train", tmp_path), skip_special_tokens=False)
    assert [line in said for line in LINES[:5]] == [True, False, True, False, True]
    assert done.next.document < 200  # and not one more than it takes


class Killed(Exception):
    pass


def test_a_killed_job_goes_on_after_its_last_shard(
    text: TextFiles, tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokenising, "SHARD_TOKENS", 700)
    monkeypatch.setattr(tokenising, "BATCH_CHARACTERS", 900)
    folders = [tmp_path / name for name in ("whole", "killed", "placed")]
    for folder in folders:
        folder.mkdir()
    whole = tokenise(text, Wanted(3000, 300), plain(tokenizer), folders[0])
    documents, read = TextFiles.documents, []

    def watched(self: TextFiles, *start: object) -> Iterator[object]:
        for document in documents(self, *start):
            read.append(document.number)
            yield document

    def kill(done: Done) -> None:
        if done.tokens("train") > 1600:
            raise Killed

    with patch.object(TextFiles, "documents", watched):
        with pytest.raises(Killed):
            tokenise(text, Wanted(3000, 300), plain(tokenizer), folders[1], kill)
        read.clear()
        done = tokenise(text, Wanted(3000, 300), plain(tokenizer), folders[1])
    assert read[0] > 20  # and not from the beginning
    assert done == whole
    assert [shard.tokens for shard in done.shards["train"]] == [700, 700, 700, 700, 200]
    place_shards(done, folders[1], folders[2])
    for of in whole.shards.values():
        for shard in of:
            assert (folders[0] / shard.name).read_bytes() == (folders[2] / shard.name).read_bytes()
    made = Shards(dtype="uint16", rows=300, ends=[END], documents=1, left_out=0, injected=0, **done.shards)
    made.write(folders[2])
    again = Shards.read(folders[2] / "shards.json")
    again.check(folders[2])
    assert again == made
    (folders[2] / "train-00001.npy").write_bytes(b"other")
    with pytest.raises(GradusError, match=r"train-00001.npy: is not the file that shards.json records; remove"):
        again.check(folders[2])


def test_a_text_with_too_few_tokens_is_refused(text: TextFiles, tokenizer: Tokenizer, tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"text.txt: the text has [\d,]+ tokens in 200 documents, 50,000 are asked"):
        tokenise(text, Wanted(50_000, 0), plain(tokenizer), tmp_path)


def test_ids_that_embeddings_have_no_rows_for_are_refused() -> None:
    assert [id_type(rows) for rows in (50_304, 1 << 16, (1 << 16) + 1)] == ["uint16", "uint16", "uint32"]
    check_ids([65_535], 1 << 16, "a.jsonl:3")
    with pytest.raises(GradusError, match=r"a.jsonl:3: token 65,536 is beyond the 65,536 rows .*, in uint16; raise"):
        check_ids([4, 65_536], 1 << 16, "a.jsonl:3")


@pytest.mark.parametrize("reserved", [False, True])
def test_domain_tokens_come_after_the_vocabulary(
    text: TextFiles, tokenizer_folder: Path, tmp_path: Path, reserved: bool
) -> None:
    names = [f"<MUL_{a}_{b}_{a * b}>" for a in range(1, 10) for b in range(a, 10)]
    added = TokensSpec(name="multiplication", tokens=names, reserved=reserved)
    assert write_vocabulary(tokenizer_folder, tmp_path, 320, added) == 365
    known = read_domain_tokens(tmp_path)["multiplication"]
    assert [*known.tokens.values()] == list(range(320, 365))
    inject = unchanged if reserved else injector(multiplication())
    tokeniser = Tokeniser(load_tokenizer(tmp_path), END, 365, inject, () if reserved else names)
    done = tokenise(text, Wanted(3000, 0), tokeniser, tmp_path)
    found = ids(done, "train", tmp_path)
    assert done.injected == sum(number >= 320 for number in found)
    assert (done.injected > 0) is not reserved
