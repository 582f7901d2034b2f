"""Several turns: what an environment is told and says, which tokens are whose, and where a conversation ends."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import save_tiny_model

from gradus.environments.kinds.calculator import call_of
from gradus.models.ends import Ends
from gradus.models.tokenizer import CHAT_TEMPLATE, load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import encode_prompts
from gradus.prompts.messages import Message, messages_for
from gradus.prompts.training import encode_for_training
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text
from gradus.provenance.seeds import derive_seed
from gradus.sampling import conversations
from gradus.sampling.chat import ChatSampler
from gradus.sampling.conversations import Answered, Conversations
from gradus.sampling.protocol import Completion, Decoding
from gradus.specs.prompts import EnvironmentSpec, PromptSpec

CALCULATOR = EnvironmentSpec(name="calculator", max_turns=4)
PROMPT = PromptSpec(system=None, few_shot=[], suffix="", environment=CALCULATOR)
PRODUCT, SUM = call_of("37*48").text, call_of("1776+9").text
DECODING = Decoding(400, 1.0, (2,))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model")).parent


class Script:
    """An engine that says what it is given, turn by turn, of each question by itself; log-probabilities count up."""

    def __init__(self, folder: Path, turns: dict[str, list[str]]) -> None:
        self._tokenizer, self._left = load_tokenizer(folder), {q: list(said) for q, said in turns.items()}
        self.asked: list[tuple[list[str], list[int], Decoding]] = []

    def generate(
        self, prompts: Sequence[Sequence[int]], *, seeds: Sequence[int], decoding: Decoding, on_progress: Any = None
    ) -> list[Completion]:
        texts = self._tokenizer.decode_batch([list(ids) for ids in prompts], skip_special_tokens=False)
        self.asked.append((texts, list(seeds), decoding))
        return [self._say(text, decoding.max_tokens) for text in texts]

    def _say(self, prompt: str, most: int) -> Completion:
        question = next(question for question in self._left if question in prompt)
        ids = [*self._tokenizer.encode(self._left[question].pop(0), add_special_tokens=False).ids, 2]
        ended = len(ids) <= most
        ids = ids[:most]
        return Completion(ids, [-1.0 - place for place in range(len(ids))], "stop" if ended else "length")


def answer(
    folder: Path, turns: dict[str, list[str]], environment: EnvironmentSpec | None = CALCULATOR, **changes: Any
) -> tuple[list[Answered], Script, list[list[Message]]]:
    tokenizer, template = load_tokenizer(folder), ChatTemplate.load(folder)
    asked = [messages_for(question, PROMPT) for question in turns]
    prompts, script = encode_prompts(template, tokenizer, asked), Script(folder, turns)

    def generate(ids: Any, seeds: Any, decoding: Decoding) -> list[Completion]:
        return script.generate(ids, seeds=seeds, decoding=decoding)

    made = Conversations(folder, template, tokenizer, environment)
    seeds = range(7, 7 + len(asked))
    return made.answer(generate, asked, prompts, seeds, replace(DECODING, **changes)), script, asked


def test_calls_are_answered_until_the_model_calls_nothing(folder: Path) -> None:
    turns = {"37 * 48 + 9?": [PRODUCT, SUM, "\\boxed{1785}"], "1 + 1?": ["\\boxed{2}"], "1/0?": [PRODUCT, "no"]}
    answers, script, _ = answer(folder, turns)
    assert [message["content"] for message in answers[0].messages] == [PRODUCT, "1776", SUM, "1785", "\\boxed{1785}"]
    assert [message["role"] for message in answers[0].messages] == ["assistant", "tool"] * 2 + ["assistant"]
    assert [one.text for one in answers] == ["\\boxed{1785}", "\\boxed{2}", "no"]
    assert [one.completion.finish_reason for one in answers] == ["stop"] * 3
    # Round by round those that have not ended, each with a seed of its own that its first one decides.
    second, third = ([derive_seed(seed, "turn", turn) for seed in seeds] for turn, seeds in ((1, (7, 9)), (2, (7,))))
    assert [seeds for _, seeds, _ in script.asked] == [[7, 8, 9], second, third]
    assert script.asked[2][0] == [
        f"<|im_start|>user\n37 * 48 + 9?<|im_end|>\n<|im_start|>assistant\n{PRODUCT}<|im_end|>\n"
        f"<|im_start|>tool\n1776<|im_end|>\n<|im_start|>assistant\n{SUM}<|im_end|>\n"
        "<|im_start|>tool\n1785<|im_end|>\n<|im_start|>assistant\n"
    ]


def test_tokens_are_those_that_training_reads_and_only_the_models_own_are_learned(folder: Path) -> None:
    (one,), _, (asked,) = answer(folder, {"37 * 48 + 9?": [PRODUCT, SUM, "\\boxed{1785}"]})
    tokenizer, template = load_tokenizer(folder), ChatTemplate.load(folder)
    ((ids, learned),) = encode_for_training(template, tokenizer, [*asked, *one.messages])
    (prompt,) = encode_prompts(template, tokenizer, [asked])
    completion = one.completion
    assert [*prompt.ids, *completion.token_ids] == ids
    assert completion.written == learned[len(prompt.ids) :]
    drawn = [value for value, own in zip(completion.logprobs, completion.written, strict=True) if own]
    lengths = [len(tokenizer.encode(text).ids) + 1 for text in (PRODUCT, SUM, "\\boxed{1785}")]
    assert drawn == [-1.0 - place for length in lengths for place in range(length)]
    given = [value for value, own in zip(completion.logprobs, completion.written, strict=True) if not own]
    assert set(given) == {0.0}
    assert (completion.written_count, completion.given_count) == (sum(lengths), len(given))


def test_what_was_drawn_is_not_encoded_again(folder: Path) -> None:
    """A call in single bytes is told apart from the same text in the tokenizer's own tokens."""
    tokenizer, template = load_tokenizer(folder), ChatTemplate.load(folder)
    spelled = [id for letter in PRODUCT for id in tokenizer.encode(letter, add_special_tokens=False).ids]
    assert spelled != tokenizer.encode(PRODUCT, add_special_tokens=False).ids
    asked = [messages_for("37 * 48?", PROMPT)]
    prompts = encode_prompts(template, tokenizer, asked)
    read: list[list[int]] = []

    def generate(ids: Any, seeds: Any, decoding: Decoding) -> list[Completion]:
        read.append(list(ids[0]))
        said = [*spelled, 2] if len(read) == 1 else [5, 2]
        return [Completion(said, [0.0] * len(said), "stop")]

    (one,) = Conversations(folder, template, tokenizer, CALCULATOR).answer(generate, asked, prompts, [0], DECODING)
    assert read[1][len(prompts[0].ids) :][: len(spelled) + 1] == [*spelled, 2]
    assert one.completion.token_ids[: len(spelled) + 1] == [*spelled, 2]


def test_the_last_turn_is_not_answered(folder: Path) -> None:
    (one,), script, _ = answer(folder, {"q": [PRODUCT] * 9}, EnvironmentSpec(name="calculator", max_turns=2))
    assert [message["role"] for message in one.messages] == ["assistant", "tool", "assistant"]
    assert (one.text, len(script.asked)) == (PRODUCT, 2)


@pytest.mark.parametrize("most", range(1, 150, 7))
def test_max_tokens_are_for_all_turns_with_what_is_between_them(folder: Path, most: int) -> None:
    turns = {"37 * 48 + 9?": [PRODUCT, SUM, "\\boxed{1785}"], "9 + 9?": ["\\boxed{18}"]}
    whole = answer(folder, turns)[0][0].completion
    one, other = (found.completion for found in answer(folder, turns, max_tokens=most)[0])
    assert len(one.token_ids) <= most
    assert one.token_ids == whole.token_ids[: len(one.token_ids)]
    assert one.logprobs == whole.logprobs[: len(one.token_ids)]
    assert (one.finish_reason == "stop") == (len(whole.token_ids) <= most)
    assert one.finish_reason == "length" or one == whole
    assert not one.given or one.given[-1][1] < len(one.token_ids)  # the model has the last word
    assert (other.finish_reason == "stop") == (most >= len(load_tokenizer(folder).encode("\\boxed{18}").ids) + 1)


def test_a_conversation_ends_at_the_models_last_position(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = {"37 * 48 + 9?": [PRODUCT, SUM, "\\boxed{1785}"]}
    _, script, _ = answer(folder, turns)
    prompts = [len(load_tokenizer(folder).encode(texts[0]).ids) for texts, _, _ in script.asked]
    monkeypatch.setattr(conversations, "positions", lambda folder: prompts[1])
    (one,), _, _ = answer(folder, turns)
    assert (one.completion.finish_reason, one.text) == ("length", PRODUCT)


def test_without_an_environment_a_call_is_an_answer(folder: Path) -> None:
    (one,), script, _ = answer(folder, {"37 * 48?": [PRODUCT]}, None)
    assert (one.text, len(script.asked), one.completion.given) == (PRODUCT, 1, ())


def test_a_thought_that_each_turn_opens_is_part_of_it(folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    opening = CHAT_TEMPLATE.replace("assistant\\n' }}{% endif %}", "assistant\\n<think>\\n' }}{% endif %}")
    assert opening != CHAT_TEMPLATE
    write_text(tmp_path / "chat_template.jinja", opening)
    (one,), _, _ = answer(tmp_path, {"37 * 48?": [f"so\n</think>\n{PRODUCT}", "now\n</think>\n\\boxed{1776}"]})
    assert [message["content"] for message in one.messages] == [
        f"<think>\nso\n</think>\n{PRODUCT}",
        "1776",
        "<think>\nnow\n</think>\n\\boxed{1776}",
    ]


def test_a_template_that_rewords_earlier_turns_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    forgetful = CHAT_TEMPLATE.replace("message['content']", "(message['content'] if loop.last else '')")
    write_text(tmp_path / "chat_template.jinja", forgetful)
    with pytest.raises(GradusError, match="words earlier turns otherwise once a tool has answered; set another"):
        answer(tmp_path, {"37 * 48?": [PRODUCT, "x"]})


def test_a_sampler_tells_of_conversations_and_gives_their_messages(folder: Path) -> None:
    turns = {"37 * 48?": [PRODUCT, "\\boxed{1776}"], "1 + 1?": ["\\boxed{2}"]}
    told: list[tuple[int, int]] = []
    sampler = ChatSampler(folder, Script(folder, turns), CALCULATOR)
    conversations = [messages_for(question, PROMPT) for question in turns]
    two, one = sampler.sample(
        conversations,
        seeds=[1, 2],
        max_tokens=400,
        temperature=1.0,
        on_progress=lambda answers, tokens: told.append((answers, tokens)),
    )
    assert two.messages is not None
    assert [message["content"] for message in two.messages] == [PRODUCT, "1776", "\\boxed{1776}"]
    assert one.messages == [{"role": "assistant", "content": "\\boxed{2}"}]
    tokenizer = load_tokenizer(folder)
    assert two.tokens == sum(len(tokenizer.encode(text).ids) + 1 for text in (PRODUCT, "\\boxed{1776}"))
    between = "\n<|im_start|>tool\n1776<|im_end|>\n<|im_start|>assistant\n"
    asked = [len(prompt.ids) for prompt in sampler.encode(conversations)]
    assert two.prompt_tokens == asked[0] + len(tokenizer.encode(between, add_special_tokens=False).ids)
    assert told == [(1, one.tokens), (1, two.tokens)]
    assert Ends.load(folder).ids == (2,)
