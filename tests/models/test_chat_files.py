"""What a fetch writes in place of a publisher's files, and that transformers then renders and stops as Gradus does."""

from datetime import date
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

import thinking_layouts
from gradus.models.chat_files import ChatSettings, chat_files
from gradus.models.ends import Ends
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json, write_text
from layouts import CHOICES, save_layout, with_chat

CHAT = [{"role": "user", "content": "2 + 3?"}, {"role": "assistant", "content": "5"}, {"role": "user", "content": "?"}]


@pytest.mark.parametrize(("layout", "named"), CHOICES)
def test_transformers_renders_the_same_and_stops_at_the_same(tmp_path: Path, layout: str, named: str | None) -> None:
    folder = save_layout(tmp_path, layout).parent
    assert with_chat(folder, named)
    template, reference = ChatTemplate.load(folder), AutoTokenizer.from_pretrained(folder)
    for messages, prompt in ((CHAT[:1], True), (CHAT[:2], False), (CHAT, True)):
        expected = reference.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
        assert template.render(messages, add_generation_prompt=prompt) == expected
    model = AutoModelForCausalLM.from_pretrained(folder)
    ids = model.generation_config.eos_token_id
    ends = Ends.load(folder).ids
    assert set(ids if isinstance(ids, list) else [ids]) == set(ends)
    assert reference.eos_token_id == ends[0]
    assert with_chat(folder) == {}  # all agrees now, so nothing more is written


@pytest.mark.parametrize(
    ("layout", "named", "text"),
    [
        ("qwen2_5_base", "chatml", "<|im_start|>user\n2 + 3?<|im_end|>\n<|im_start|>assistant\n5<|im_end|>\n"),
        (
            "llama_base",
            "llama3",
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n2 + 3?<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n5<|eot_id|>",
        ),
        ("llama_base", "user_assistant", "<|begin_of_text|>User: 2 + 3?\nAssistant: 5<|end_of_text|>"),
        ("gpt2", "user_assistant", "User: 2 + 3?\nAssistant: 5<|endoftext|>"),
    ],
)
def test_named_templates(tmp_path: Path, layout: str, named: str, text: str) -> None:
    folder = save_layout(tmp_path, layout).parent
    with_chat(folder, named)
    template = ChatTemplate.load(folder)
    assert template.render(CHAT[:2]) == text
    assert text.startswith(template.render(CHAT[:1], add_generation_prompt=True))
    assert template.render(CHAT).startswith(text.rstrip())


def test_a_model_whose_files_agree_keeps_them(tmp_path: Path) -> None:
    folder = save_layout(tmp_path, "disagreeing").parent
    write_json(folder / "generation_config.json", {"eos_token_id": [2, 0]})
    assert chat_files(folder, ChatSettings()) == {}


def test_the_day_is_fixed_here_and_in_transformers(tmp_path: Path) -> None:
    folder = save_layout(tmp_path, "llama").parent
    assert "Today Date: 26 Jul 2024\n" in ChatTemplate.load(folder).render(CHAT)
    with_chat(folder, day=date(2031, 2, 3))
    reference = AutoTokenizer.from_pretrained(folder)
    for shown in (ChatTemplate.load(folder).render(CHAT), reference.apply_chat_template(CHAT, tokenize=False)):
        assert "Today Date: 03 Feb 2031\n" in shown
    own = reference.apply_chat_template(CHAT, tokenize=False, date_string="today")
    assert "Today Date: today\n" in own


def test_an_eos_token_of_ones_own(tmp_path: Path) -> None:
    folder = save_layout(tmp_path, "gpt2").parent
    with_chat(folder, "user_assistant", eos_token="\n", stop=("!",))
    assert ChatTemplate.load(folder).render(CHAT[:2]) == "User: 2 + 3?\nAssistant: 5\n"
    assert read_json(folder / "tokenizer_config.json")["eos_token"] == "\n"
    assert len(Ends.load(folder).ids) == 3


def test_what_a_tokenizer_begins_with_may_be_said_in_its_config(tmp_path: Path) -> None:
    """As DeepSeek's does, whose tokenizer.json puts nothing before a text."""
    folder = save_layout(tmp_path, "gpt2").parent
    config = read_json(folder / "tokenizer_config.json")
    write_json(folder / "tokenizer_config.json", config | {"bos_token": "<|endoftext|>", "add_bos_token": True})
    with_chat(folder, "user_assistant")
    assert ChatTemplate.load(folder).render(CHAT[:1]) == "<|endoftext|>User: 2 + 3?"


def test_files_of_other_versions_of_transformers_agree_too(tmp_path: Path) -> None:
    """Older ones keep the template in tokenizer_config.json and name special tokens a second time."""
    folder = save_layout(tmp_path, "qwen2_5_base").parent
    template = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").unlink()
    config = read_json(folder / "tokenizer_config.json")
    eos = {"content": "<|endoftext|>", "special": True}
    write_json(folder / "tokenizer_config.json", config | {"chat_template": template, "eos_token": eos})
    write_json(folder / "special_tokens_map.json", {"eos_token": eos, "pad_token": "<|endoftext|>"})
    assert with_chat(folder).keys() == {"tokenizer_config.json", "special_tokens_map.json", "generation_config.json"}
    assert read_json(folder / "special_tokens_map.json") == {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    assert AutoTokenizer.from_pretrained(folder).eos_token == "<|im_end|>"
    assert with_chat(folder, "chatml").keys() == {"tokenizer_config.json", "chat_template.jinja"}
    assert "chat_template" not in read_json(folder / "tokenizer_config.json")


@pytest.mark.parametrize(
    ("layout", "named", "settings", "words"),
    [
        ("gpt2", None, {}, r"chat_template.jinja does not exist .* set this model's chat_template to chatml"),
        ("gpt2", "chatml", {}, r"the chat_template of the study writes '<\|im_end\|>\\n' after an answer"),
        (
            "qwen2_5_base",
            None,
            {"eos_token": "<|endoftext|>"},
            r"ends an answer with '<\|im_end\|>', not with eos_token",
        ),
        ("gpt2", "user_assistant", {"eos_token": "</s>"}, r"'</s>' is not one token of tokenizer.json"),
        ("gpt2", "user_assistant", {"stop": ("\nUser:",)}, r"stop: '\\nUser:' is not one token of tokenizer.json"),
        ("gpt2", None, {"template": "{% for"}, r"of the study, line 1: .*: correct the template"),
        ("gpt2", None, {"template": "Q"}, r"of the study leaves out what the assistant says"),
    ],
)
def test_what_cannot_be_settled_is_refused(
    tmp_path: Path, layout: str, named: str | None, settings: dict[str, object], words: str
) -> None:
    folder = save_layout(tmp_path, layout).parent
    with pytest.raises(GradusError, match=words):
        with_chat(folder, named, **settings)


def test_an_end_beyond_the_embeddings_is_refused(tmp_path: Path) -> None:
    folder = save_layout(tmp_path, "qwen2_5_base").parent
    write_json(folder / "config.json", read_json(folder / "config.json") | {"vocab_size": 2})
    with pytest.raises(GradusError, match=r"'<\|im_end\|>' is token 2, and the model has 2 embeddings"):
        with_chat(folder)


def test_a_template_that_needs_another_eos_token_in_its_prompt_is_refused(tmp_path: Path) -> None:
    folder = save_layout(tmp_path, "qwen2_5_base").parent
    text = "{% for m in messages %}{{ eos_token }}{{ m.content }}<|im_end|>{% endfor %}"
    write_text(folder / "chat_template.jinja", text)
    with pytest.raises(GradusError, match=r"writes the eos_token, '<\|endoftext\|>', elsewhere"):
        with_chat(folder)


@pytest.mark.parametrize(
    ("variables", "begins"),
    [
        ({}, "<think>\n"),
        ({"enable_thinking": True}, "<think>\n"),
        ({"enable_thinking": False}, "<think>\n\n</think>\n\n"),
    ],
)
def test_thinking_is_switched_by_a_variable_of_qwen3_5s_template(
    tmp_path: Path, variables: dict[str, bool], begins: str
) -> None:
    folder = thinking_layouts.save_layout(tmp_path, "qwen3_5")
    write_json(folder / "config.json", {"model_type": "qwen3_5", "text_config": {"vocab_size": 400}})
    for name, text in chat_files(folder, ChatSettings(variables=dict(variables))).items():
        (folder / name).write_text(text, encoding="utf-8")
    template = ChatTemplate.load(folder)
    asked = [{"role": "user", "content": "2 + 3?"}]
    prompt = template.render(asked, add_generation_prompt=True)
    assert prompt == f"<|im_start|>user\n2 + 3?<|im_end|>\n<|im_start|>assistant\n{begins}"
