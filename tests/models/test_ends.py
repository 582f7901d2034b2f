"""Which tokens end an answer: all that any file of the model names, and what its chat template closes answers with."""

from pathlib import Path

import pytest

from gradus.models.ends import Ends, closing_token, token_id
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from layouts import CHATML, save_layout, with_chat

TAILS = [
    (CHATML, "<|im_end|>", "<|im_end|>\n", "<|im_end|>"),
    (CHATML, "<|endoftext|>", "<|im_end|>\n", "<|im_end|>"),
    (CHATML, "<|endoftext|>", "<|im_end|><|endoftext|>", "<|endoftext|>"),  # the tokenizer's own, where it is written
    (CHATML, None, "<|endoftext|>", "<|endoftext|>"),
    (CHATML, "<|im_end|>", "\n<|im_start|>user", "<|im_start|>"),
    (CHATML, "\n\n", "\n\n", "\n\n"),  # an ordinary token, where it is named
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_layout(tmp_path_factory.mktemp("model"), "disagreeing").parent


def answered(tail: str, eos: str | None) -> ChatTemplate:
    text = "{% for m in messages %}{{ m.content }}{% endfor %}" + f"{{{{ {tail!r} }}}}"
    return ChatTemplate.parse(text, {"eos_token": eos} if eos else {}, "the template")


@pytest.mark.parametrize(("layout", "ids"), [("disagreeing", (2, 0)), ("qwen2_5_base", (2, 0)), ("gemma", (4, 1))])
def test_the_ends_are_those_of_all_files_and_the_template(tmp_path: Path, layout: str, ids: tuple[int, ...]) -> None:
    folder = save_layout(tmp_path, layout).parent
    assert Ends.load(folder).ids == ids
    # Models that read images too keep what concerns text apart.
    config = read_json(folder / "config.json")
    write_json(folder / "config.json", config | {"eos_token_id": None, "text_config": {"eos_token_id": 7}})
    write_json(folder / "generation_config.json", {"eos_token_id": [8, 9]})
    own = {"disagreeing": 2, "qwen2_5_base": 0, "gemma": 1}[layout]
    assert set(Ends.load(folder).ids) == {ids[0], own, 7, 8, 9}


@pytest.mark.parametrize(("special", "eos", "tail", "closing"), TAILS)
def test_what_a_template_closes_an_answer_with(
    folder: Path, special: tuple[str, ...], eos: str | None, tail: str, closing: str
) -> None:
    assert closing_token(load_tokenizer(folder), answered(tail, eos)) == closing


@pytest.mark.parametrize("eos", ["<|im_end|>", None])
def test_a_template_that_closes_nothing_is_refused(folder: Path, eos: str | None) -> None:
    with pytest.raises(GradusError, match=r"the template writes '\\nUser:' after an answer.*set this model's chat_"):
        closing_token(load_tokenizer(folder), answered("\nUser:", eos))


def test_an_end_is_one_token(folder: Path) -> None:
    tokenizer = load_tokenizer(folder)
    assert token_id(tokenizer, "<|im_end|>", "here") == 2
    (line_break,) = tokenizer.encode("\n").ids
    assert token_id(tokenizer, "\n", "here") == line_break
    with pytest.raises(GradusError, match=r"here: '</s>' is not one token of tokenizer.json but 4"):
        token_id(tokenizer, "</s>", "here")


def test_an_id_that_is_no_token_is_refused(tmp_path: Path) -> None:
    folder = save_layout(tmp_path, "disagreeing").parent
    write_json(folder / "generation_config.json", {"eos_token_id": [2, 320]})
    with pytest.raises(GradusError, match="eos_token_id 320 is no token"):
        Ends.load(folder)


def test_settled_files_name_every_end(tmp_path: Path) -> None:
    folder = save_layout(tmp_path, "gpt2").parent
    assert with_chat(folder, "user_assistant", stop=("\n",)).keys() >= {"generation_config.json"}
    (line_break,) = load_tokenizer(folder).encode("\n").ids
    assert Ends.load(folder).ids == (0, line_break)
