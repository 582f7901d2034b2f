"""Domain tokens that a published model has already: special ones are refused, or made regular with the same counts."""

from pathlib import Path

import pytest
from tokenizers import AddedToken
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from gradus.hub.contents import DOMAIN_TOKENS
from gradus.models.declared_tokens import token_files
from gradus.models.domain_tokens import FamilyIds, token_counter, write_domain_tokens
from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.specs.models import TokensSpec

TOKENS = ["<MUL_6_9_54>", "<MUL_2_3_6>"]
DECLARED = TokensSpec(name="mul", tokens=TOKENS, reserved=False)
TEXT = "6*9=<MUL_6_9_54>, and <<<MUL_2_3_6>>>6.<|im_end|>"


def saved(folder: Path, special: bool) -> Path:
    """A model's tokenizer to which transformers has added the tokens, as the seed's first builder did."""
    save_tokenizer(folder / "plain", train_tokenizer(["6*9=54, and so on"], 262))
    processor = AutoTokenizer.from_pretrained(folder / "plain")
    assert isinstance(processor, PreTrainedTokenizerFast)
    processor.add_tokens([AddedToken(token, normalized=False, special=special) for token in TOKENS], special)
    processor.save_pretrained(folder)
    return folder


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def test_special_tokens_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"'<MUL_6_9_54>' \(id 262\) and 1 more of 'mul' are special tokens") as told:
        token_files(saved(tmp_path, special=True), DECLARED, False, {})
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("key", [None, "additional_special_tokens", "extra_special_tokens"])
def test_repaired_tokens_have_the_same_ids_and_counts(tmp_path: Path, key: str | None) -> None:
    special, regular = saved(tmp_path / "special", special=True), saved(tmp_path / "regular", special=False)
    if key is not None:
        config = read_json(special / "tokenizer_config.json")
        write_json(special / "tokenizer_config.json", config | {key: ["<|im_start|>", *TOKENS]})
    before = AutoTokenizer.from_pretrained(special)
    ids = before(TEXT).input_ids
    assert "MUL" not in before.decode(ids, skip_special_tokens=True)
    put(special, token_files(special, DECLARED, True, {}))
    put(regular, token_files(regular, DECLARED, False, {}))
    repaired = AutoTokenizer.from_pretrained(special)
    assert repaired(TEXT).input_ids == ids == AutoTokenizer.from_pretrained(regular)(TEXT).input_ids
    assert repaired.decode(ids, skip_special_tokens=True) == TEXT.removesuffix("<|im_end|>")
    assert token_counter(special).counts(ids) == token_counter(regular).counts(ids) == {"mul": 2}


def test_changes_are_made_in_what_was_changed_before(tmp_path: Path) -> None:
    folder = saved(tmp_path, special=True)
    changed = {"tokenizer_config.json": '{"eos_token": "<|im_start|>", "extra_special_tokens": ["<MUL_2_3_6>"]}'}
    files = token_files(folder, DECLARED, True, changed)
    assert '"eos_token": "<|im_start|>"' in files["tokenizer_config.json"]
    assert "MUL" not in files["tokenizer_config.json"]


def test_a_model_without_domain_tokens_is_left_as_it_is(tmp_path: Path) -> None:
    assert token_files(saved(tmp_path, special=False) / "plain", None, True, {}) == {}


def test_what_the_model_says_itself_is_taken(tmp_path: Path) -> None:
    folder = saved(tmp_path, special=False)
    write_domain_tokens(folder, {"mul": FamilyIds.numbered(TOKENS, 262, reserved=False)})
    assert token_files(folder, None, False, {}) == {}
    assert token_files(folder, DECLARED, False, {}) == {}
    other = TokensSpec(name="mul", tokens=TOKENS[:1], reserved=False)
    with pytest.raises(GradusError, match=f"{DOMAIN_TOKENS} says other tokens of 'mul' than the study"):
        token_files(folder, other, False, {})


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (TokensSpec(name="mul", tokens=["<MUL_8_8_64>"], reserved=False), "'<MUL_8_8_64>' of 'mul' is no token of it"),
        (TokensSpec(name="mul", tokens=TOKENS, reserved=True), "which alone could say the ids of reserved tokens"),
    ],
)
def test_tokens_that_are_not_there(tmp_path: Path, declared: TokensSpec, message: str) -> None:
    with pytest.raises(GradusError, match=message):
        token_files(saved(tmp_path, special=False), declared, False, {})
