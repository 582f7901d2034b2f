"""What training reads of conversations: for each answer the ids of its prompt, and then what is learned."""

from pathlib import Path

import pytest
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from gradus.models.tokenizer import CHAT_TEMPLATE, load_tokenizer, save_tokenizer, train_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import encode_prompts
from gradus.prompts.messages import Message
from gradus.prompts.training import encode_for_training
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text
from prompts.test_chat import CONVERSATION
from published_tokenizers import NAMES, published
from thinking_layouts import LAYOUTS, save_layout

ANSWERS = (
    "5",
    "\n\n5",
    " 5",
    "5 \n",
    "\\boxed{5}",
    "<think>\n2 and 3\n</think>\n\n5",
    "<think>2</think>5",
)
BARE = (
    "{% for m in messages %}{{ m.role | capitalize + ': ' + m.content }}{% if m.role == 'assistant' %}{{ eos_token }}"
    "{% endif %}{% if add_generation_prompt or not loop.last %}{{ '\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""For GPT-2, which has no template: an answer begins with the space after the colon."""

Model = tuple[ChatTemplate, Tokenizer]


def asked(question: str, answer: str) -> list[Message]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def learned(model: Model, example: tuple[list[int], list[bool]]) -> str:
    ids, mask = example
    return model[1].decode([i for i, flag in zip(ids, mask, strict=True) if flag], skip_special_tokens=False)


@pytest.fixture(scope="module", params=[*NAMES, *LAYOUTS])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    if request.param in LAYOUTS:
        folder = save_layout(tmp_path_factory.mktemp(request.param), request.param)
        return ChatTemplate.load(folder), load_tokenizer(folder)
    folder = published(request.param)
    if request.param != "gpt2":
        return ChatTemplate.load(folder), load_tokenizer(folder)
    made = tmp_path_factory.mktemp("gpt2")
    (made / "tokenizer_config.json").write_bytes((folder / "tokenizer_config.json").read_bytes())
    write_text(made / "chat_template.jinja", BARE)
    return ChatTemplate.load(made), load_tokenizer(folder)


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_prompt_of_sampling_is_a_prefix_of_what_is_trained(model: Model, answer: str) -> None:
    template, tokenizer = model
    messages = asked("2 + 3?", answer)
    (prompt,) = encode_prompts(template, tokenizer, [messages[:1]])
    if prompt.text.rstrip().endswith("</think>") and "</think>" in answer:
        with pytest.raises(GradusError, match=r"nothing is thought.*think: strip or plain"):
            encode_for_training(template, tokenizer, messages)
        return
    ((ids, mask),) = encode_for_training(template, tokenizer, messages)
    assert ids[: len(prompt.ids)] == prompt.ids
    assert mask == [False] * len(prompt.ids) + [True] * (len(ids) - len(prompt.ids))
    text, closing = learned(model, (ids, mask)), template.special_tokens["eos_token"]
    assert text.count(closing) == 1
    assert text.endswith(closing)
    # The whole answer is learned, the thought too, and a thought that the prompt opened is closed.
    thought, _, said = answer.rpartition("</think>")
    whole = prompt.thought + text
    assert whole.rpartition("</think>")[2].removesuffix(closing).strip() == said.strip()
    assert thought.rpartition("<think>")[2].strip() in whole.rpartition("</think>")[0]
    assert whole.count("<think>") == whole.count("</think>")


def test_all_answers_of_a_conversation_are_learned_after_their_prompts(model: Model) -> None:
    template, tokenizer = model
    answers = [message["content"] for message in CONVERSATION if message["role"] == "assistant"]
    examples = encode_for_training(template, tokenizer, CONVERSATION)
    texts = "".join(learned(model, example) for example in examples)
    closing = template.special_tokens["eos_token"]
    assert texts.count(closing) == 2
    assert [part.rpartition("</think>")[2].strip() for part in texts.split(closing)[:2]] == answers
    prompts = encode_prompts(template, tokenizer, [CONVERSATION[:2], CONVERSATION[:4]])
    for prompt in prompts:
        (example,) = [e for e in examples if e[0][: len(prompt.ids)] == prompt.ids and e[1][len(prompt.ids)]]
        assert not example[1][len(prompt.ids) - 1]


@pytest.fixture(scope="module")
def chatml(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("model")
    save_tokenizer(folder, train_tokenizer([m["content"] for m in CONVERSATION] * 3, 280))
    return ChatTemplate.load(folder), load_tokenizer(folder)


def runs(model: Model, example: tuple[list[int], list[bool]]) -> list[str]:
    """The texts of consecutive learned tokens."""
    ids, mask = example
    found, run = [], []
    for token, wanted in zip([*ids, 0], [*mask, False], strict=True):
        if wanted:
            run.append(token)
        elif run:
            found.append(model[1].decode(run, skip_special_tokens=False))
            run = []
    return found


def test_learns_the_answers_and_their_ends_only(chatml: Model) -> None:
    (example,) = encode_for_training(*chatml, CONVERSATION)
    assert runs(chatml, example) == ["12-5=7. \\boxed{7}<|im_end|>", "7-2=5. \\boxed{5}<|im_end|>"]
    assert chatml[1].decode(example[0], skip_special_tokens=False) + "\n" == chatml[0].render(CONVERSATION)


def test_an_answer_that_mentions_the_closing_token(chatml: Model) -> None:
    (example,) = encode_for_training(*chatml, asked("?", "a<|im_end|>b"))
    assert runs(chatml, example) == ["a<|im_end|>b<|im_end|>"]


@pytest.mark.parametrize(
    ("layout", "first"),
    [("qwen3_5", "one\n</think>\n\n2<|im_end|>"), ("r1_distill", "one\n</think>\n\n2<|im_end|>")],
)
def test_thoughts_of_earlier_turns_are_learned_where_they_were_thought(tmp_path: Path, layout: str, first: str) -> None:
    folder = save_layout(tmp_path, layout)
    model = ChatTemplate.load(folder), load_tokenizer(folder)
    turns = asked("1 + 1?", "<think>\none\n</think>\n\n2") + asked("And 1?", "<think>\ntwo\n</think>\n\n3")
    examples = encode_for_training(*model, turns)
    assert [runs(model, example) for example in examples] == [[first], ["two\n</think>\n\n3<|im_end|>"]]
    assert "one" not in model[1].decode(examples[1][0], skip_special_tokens=False)


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        ("5", "\n</think>\n\n5<|im_end|>"),
        ("<think>\n2, 3\n</think>\n\n5", "2, 3\n</think>\n\n5<|im_end|>"),
        ("2, 3\n</think>\n\n5", "2, 3\n</think>\n\n5<|im_end|>"),
        ("So <think>2, 3</think>5", "\n</think>\n\nSo <think>2, 3</think>5<|im_end|>"),
    ],
)
@pytest.mark.parametrize("header", ["<think>\\n", ""])
def test_the_thought_that_a_prompt_opens_is_opened_once_and_closed(
    tmp_path: Path, answer: str, written: str, header: str
) -> None:
    """Under templates that write the answer behind `<think>`, or without it, whatever the answer is."""
    save_tokenizer(tmp_path, train_tokenizer(["1 + 1"], 280))
    template = CHAT_TEMPLATE.replace(
        "message['content'] + ", f"('{header}' if message['role'] == 'assistant' else '') + message['content'] + "
    )
    opening = template.replace("assistant\\n' }}{% endif %}", "assistant\\n<think>\\n' }}{% endif %}")
    write_text(tmp_path / "chat_template.jinja", opening)
    model = ChatTemplate.load(tmp_path), load_tokenizer(tmp_path)
    (example,) = encode_for_training(*model, asked("2 + 3?", answer))
    assert runs(model, example) == [written]


def test_an_earlier_answer_that_reads_differently_later_is_an_example_of_its_own(tmp_path: Path) -> None:
    save_tokenizer(tmp_path, train_tokenizer(["1 + 1"], 280))
    template = (
        "{% for m in messages %}{{ m.content if loop.last or m.role != 'assistant' else '...' }}<|im_end|>{% endfor %}"
    )
    write_text(tmp_path / "chat_template.jinja", template)
    model = ChatTemplate.load(tmp_path), load_tokenizer(tmp_path)
    examples = encode_for_training(*model, CONVERSATION)
    assert [runs(model, example) for example in examples] == [
        ["12-5=7. \\boxed{7}<|im_end|>"],
        ["7-2=5. \\boxed{5}<|im_end|>"],
    ]


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (
            "{% for m in messages %}{{ m.content if loop.last else '' }}<|im_end|>{% endfor %}",
            "message 2: with the answer",
        ),
        ("{% for m in messages %}{{ m.content }}{% endfor %}", "message 2: the answer does not end in eos_token"),
    ],
)
def test_templates_that_nothing_can_be_learned_under(tmp_path: Path, template: str, told: str) -> None:
    save_tokenizer(tmp_path, train_tokenizer(["1 + 1"], 280))
    write_text(tmp_path / "chat_template.jinja", template)
    with pytest.raises(GradusError, match=told):
        encode_for_training(ChatTemplate.load(tmp_path), load_tokenizer(tmp_path), CONVERSATION)


def test_a_tokenizer_that_cannot_begin_in_the_middle_is_told(tmp_path: Path) -> None:
    """As sentencepiece's do that put a space before every text, and where `\\n\\n` is one token."""
    pieces = ["▁", "?", "\n", "\n\n", "5", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Prepend("▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("\n\n|</s>|."), behavior="isolated")
    template = "{% for m in messages %}{{ m.content + ('</s>' if m.role == 'assistant' else '\\n') }}{% endfor %}"
    write_text(tmp_path / "chat_template.jinja", template)
    write_text(tmp_path / "tokenizer_config.json", '{"eos_token": "</s>"}')
    chat = ChatTemplate.load(tmp_path)
    ((ids, mask),) = encode_for_training(chat, tokenizer, asked("?", "5"))
    assert (ids, mask) == ([0, 1, 2, 4, 5], [False, False, False, True, True])
    with pytest.raises(GradusError, match=r"message 1: after its prompt the answer '\\n5</s>' is no run of tokens"):
        encode_for_training(chat, tokenizer, asked("?", "\n5"))
