"""Which thoughts a prompt opens."""

from pathlib import Path

import pytest

from gradus.models.tokenizer import CHAT_TEMPLATE, load_tokenizer, save_tokenizer, train_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import encode_prompts
from gradus.provenance.files import write_text

ASSISTANT = "<|im_start|>assistant\\n"
OPENING = CHAT_TEMPLATE.replace(ASSISTANT, ASSISTANT + "<think>\\n")
"""As R1's distillations and Qwen3.5: the prompt opens the thought."""

CLOSING = CHAT_TEMPLATE.replace(ASSISTANT, ASSISTANT + "<think>\\n\\n</think>\\n\\n")
"""As Qwen3 with enable_thinking=False."""

BARE = "{% for m in messages %}{{ m.content }}{% endfor %}"


@pytest.mark.parametrize(
    ("template", "question", "thought"),
    [
        (CHAT_TEMPLATE, "1 + 1?", ""),
        (CHAT_TEMPLATE, "Begin with <think>", ""),
        (OPENING, "1 + 1?", "<think>\n"),
        (OPENING, "Think between <think> and </think>.", "<think>\n"),
        (CLOSING, "Begin with <think>", ""),
        (BARE, "User: 1 + 1?\nAssistant: <think>", "<think>"),
        (BARE, "User: Begin with <think>\nAssistant:", ""),
    ],
)
def test_the_thought_that_a_prompt_opens(tmp_path: Path, template: str, question: str, thought: str) -> None:
    save_tokenizer(tmp_path, train_tokenizer(["1 + 1"], 280))
    write_text(tmp_path / "chat_template.jinja", template)
    chat, tokenizer = ChatTemplate.load(tmp_path), load_tokenizer(tmp_path)
    conversations = [[{"role": "user", "content": text}] for text in ("2 + 2?", question)]
    *_, prompt = encode_prompts(chat, tokenizer, conversations)
    assert prompt.thought == thought
    assert prompt.text == chat.render(conversations[1], add_generation_prompt=True)
    assert prompt.ids == tokenizer.encode(prompt.text, add_special_tokens=False).ids
