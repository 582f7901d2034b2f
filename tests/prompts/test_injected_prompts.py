"""Domain tokens in what a model is asked."""

from gradus.prompts.messages import messages_for
from gradus.specs.prompts import PromptSpec
from vocabulary.tokens import multiplication

EXCHANGE = {"user": "4*2?", "assistant": "4*2 = 8"}


def said(prompt: PromptSpec) -> list[str]:
    return [message["content"] for message in messages_for("What is 6 x 9?", prompt)]


def test_all_but_the_system_message_has_tokens() -> None:
    prompt = PromptSpec.model_validate(
        {"system": "Write 2*3 so.", "few_shot": [EXCHANGE], "suffix": " Is 2*2 less?", "inject": [multiplication()]}
    )
    assert said(prompt) == [
        "Write 2*3 so.",
        "<MUL_2_4_8>? Is <MUL_2_2_4> less?",
        "<MUL_2_4_8>",
        "What is <MUL_6_9_54>? Is <MUL_2_2_4> less?",
    ]
    plain = prompt.model_copy(update={"inject": []})
    assert said(plain) == ["Write 2*3 so.", "4*2? Is 2*2 less?", "4*2 = 8", "What is 6 x 9? Is 2*2 less?"]


def test_strict_leaves_what_has_no_result() -> None:
    prompt = PromptSpec.model_validate({"system": None, "few_shot": [EXCHANGE], "suffix": ""})
    strict = prompt.model_copy(update={"inject": [multiplication(mode="strict")]})
    assert said(strict) == ["4*2?", "<MUL_2_4_8>", "What is 6 x 9?"]
