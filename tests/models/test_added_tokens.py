"""Domain tokens in tokenizers: regular ones, by the ids that were asked for, in tokenizers and transformers alike."""

import shutil
from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer, models
from transformers import AutoTokenizer

from gradus.models.added_tokens import check_tokens, files_with_tokens, with_family, with_tokens
from gradus.models.domain_tokens import FamilyIds
from gradus.models.tokenizer import train_tokenizer
from gradus.provenance.errors import GradusError
from gradus.vocabulary.kinds.multiplication import MultiplicationTokens
from gradus.vocabulary.named import token_family
from published_tokenizers import published

TEXT = "So 6*9=<MUL_6_9_54>, and <<<MUL_2_3_6>>>6."
IDS = {"<MUL_6_9_54>": 300, "<MUL_2_3_6>": 301}


@pytest.fixture
def tokenizer() -> Tokenizer:
    return train_tokenizer(["6*9=54, and so on"], 262)


def test_tokens_are_read_and_written_by_their_ids(tokenizer: Tokenizer) -> None:
    made = with_tokens(tokenizer, IDS)
    ids = made.encode(TEXT).ids
    assert [number for number in ids if number >= 262] == [300, 301]
    assert made.decode(ids, skip_special_tokens=True) == TEXT
    plain = "6*9=54 <MUL_9_9_81>"
    assert made.encode(plain).ids == tokenizer.encode(plain).ids


def test_special_tokens_beside_the_vocabulary_keep_their_ids() -> None:
    """Of a tokenizer like Qwen's, which has them as added tokens alone."""
    tokenizer = Tokenizer(models.BPE({"a": 0, "b": 1}, []))
    tokenizer.add_special_tokens(["<end>"])
    made = with_tokens(tokenizer, {"<x>": 9, "<y>": 10})
    assert made.get_vocab() == {"a": 0, "b": 1, "<end>": 2, "<x>": 9, "<y>": 10}
    assert made.encode("a<y><end>b<x>").ids == [0, 10, 2, 1, 9]


def test_a_text_that_is_a_token_already_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(GradusError, match=r"'<\|im_end\|>' is token 2 of the model already"):
        with_tokens(tokenizer, {"<|im_end|>": 300})


def test_a_vocabulary_without_gaps_is_refused_one() -> None:
    unigram = Tokenizer(models.Unigram([("<unk>", 0.0), ("a", -1.0)], unk_id=0))
    assert with_tokens(unigram, {"aa": 2}).encode("aaa").ids == [2, 1]
    with pytest.raises(GradusError, match="'aa' would be token 2 and not 5: a tokenizer of type Unigram has no gap"):
        with_tokens(unigram, {"aa": 5})


def test_reserved_tokens_are_unknown_to_the_tokenizer(tokenizer: Tokenizer) -> None:
    reserved = FamilyIds(reserved=True, tokens=IDS)
    assert with_family(tokenizer, reserved).encode(TEXT).ids == tokenizer.encode(TEXT).ids
    check_tokens(tokenizer, {"mul": reserved}, "here")
    with pytest.raises(GradusError, match=r"here: '<MUL_6_9_54>' of 'mul' is reserved, and the tokenizer knows it"):
        check_tokens(with_tokens(tokenizer, IDS), {"mul": reserved}, "here")


def test_special_tokens_are_refused_in_one_line(tokenizer: Tokenizer) -> None:
    family = FamilyIds(reserved=False, tokens={"<MUL_6_9_54>": 262, "<MUL_2_3_6>": 263})
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in family.tokens])
    with pytest.raises(GradusError) as refused:
        check_tokens(tokenizer, {"mul": family}, "folder/tokenizer.json")
    assert str(refused.value) == (
        "folder/tokenizer.json: '<MUL_6_9_54>' (id 262) and 1 more of 'mul' are special tokens, which decoding leaves "
        "out, so that no text shows it; set repair_tokens: true of the model"
    )


def test_tokens_with_other_ids_are_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(GradusError, match=r"'<MUL_6_9_54>' of 'mul' is split into \d+ tokens, not as token 300"):
        check_tokens(tokenizer, {"mul": FamilyIds(reserved=False, tokens=IDS)}, "here")
    swapped = FamilyIds(reserved=False, tokens={"<MUL_6_9_54>": 301, "<MUL_2_3_6>": 300})
    with pytest.raises(GradusError, match=r"is read as \[300\], not as token 301"):
        check_tokens(with_tokens(tokenizer, IDS), {"mul": swapped}, "here")


@pytest.mark.parametrize("name", ["gpt2", "qwen3", "llama3_1", "gemma3"])
def test_in_published_tokenizers(name: str, tmp_path: Path) -> None:
    """Behind padded rows, read alike by tokenizers and by transformers, before and after a save."""
    folder = published(name)
    tokens = token_family(MultiplicationTokens()).tokens
    before = Tokenizer.from_file(str(folder / "tokenizer.json"))
    first = 50_304 if name == "gpt2" else max(before.get_vocab().values()) + 20
    family = FamilyIds.numbered(tokens, first, reserved=False)
    for file, text in files_with_tokens(folder, family.tokens).items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    for file in folder.iterdir():
        if not (tmp_path / file.name).exists():
            shutil.copy(file, tmp_path)
    made = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert made.get_vocab() == before.get_vocab() | family.tokens
    check_tokens(made, {"mul": family}, tmp_path)
    ids = made.encode(TEXT, add_special_tokens=False).ids
    assert [number for number in ids if number >= first] == [
        family.tokens["<MUL_6_9_54>"],
        family.tokens["<MUL_2_3_6>"],
    ]
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    plain = AutoTokenizer.from_pretrained(folder).get_vocab()
    assert loaded.get_vocab() == plain | family.tokens
    assert loaded(TEXT, add_special_tokens=False).input_ids == ids
    assert loaded.decode(ids, skip_special_tokens=True) == TEXT
    loaded.save_pretrained(tmp_path / "again")
    assert AutoTokenizer.from_pretrained(tmp_path / "again")(TEXT, add_special_tokens=False).input_ids == ids
    if name == "gpt2":
        assert (family.tokens["<MUL_1_1_1>"], family.tokens["<MUL_9_9_81>"]) == (50_304, 50_348)
