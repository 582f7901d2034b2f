"""The publishers' own tokenizers and chat templates, as a fetch makes them agree."""

import shutil
from pathlib import Path

import pytest

from gradus.models.ends import Ends
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.files import read_json, write_json
from layouts import with_chat
from published_tokenizers import published

pytestmark = pytest.mark.slow  # tokenizers of tens of megabytes

CHAT = [{"role": "user", "content": "2 + 3?"}, {"role": "assistant", "content": "5"}]
CHOICES = [
    ("qwen3", None, None, "<|im_end|>", ["<|endoftext|>"]),
    ("qwen2_5", "<|endoftext|>", None, "<|im_end|>", ["<|endoftext|>"]),  # as its bases ship
    ("llama3_1", None, None, "<|eot_id|>", ["<|end_of_text|>"]),
    ("llama3_2", None, "llama3", "<|eot_id|>", ["<|end_of_text|>"]),
    ("gemma3", "<eos>", None, "<end_of_turn>", ["<eos>"]),
    ("deepseek_v3", None, None, "<｜end▁of▁sentence｜>", []),
    ("gpt2", None, "user_assistant", "<|endoftext|>", []),
]
PROMPTS = {
    "llama3_2": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n2 + 3?<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "gpt2": "User: 2 + 3?\nAssistant:",
}


@pytest.mark.parametrize(("name", "eos", "named", "closing", "others"), CHOICES)
def test_what_ends_an_answer(
    name: str, eos: str | None, named: str | None, closing: str, others: list[str], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(published(name), tmp_path / name))
    tokenizer = load_tokenizer(folder)
    ids = [tokenizer.token_to_id(token) for token in others or [closing]]
    write_json(folder / "config.json", {"eos_token_id": ids, "vocab_size": tokenizer.get_vocab_size()})
    config = read_json(folder / "tokenizer_config.json")
    write_json(folder / "tokenizer_config.json", config | ({"eos_token": eos} if eos else {}))
    with_chat(folder, named)
    template = ChatTemplate.load(folder)
    assert template.special_tokens["eos_token"] == closing
    first, *rest = Ends.of(folder, tokenizer, template).ids
    assert (tokenizer.id_to_token(first), {*rest}) == (closing, {*ids} - {first})
    prompt = template.render(CHAT[:1], add_generation_prompt=True)
    assert prompt == PROMPTS.get(name, prompt)
    assert template.render(CHAT).rstrip().endswith("5" + closing)


def test_the_day_of_llama_is_fixed(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(published("llama3_2"), tmp_path / "llama"))
    write_json(folder / "config.json", {})
    with_chat(folder)
    assert "Today Date: 26 Jul 2024\n" in ChatTemplate.load(folder).render(CHAT)
    assert "strftime_now(form)" in (folder / "chat_template.jinja").read_text(encoding="utf-8")
