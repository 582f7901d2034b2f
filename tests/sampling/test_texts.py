"""A thought that was not finished has no answer, wherever completions are scored: samples, rewards, traces, votes."""

from pathlib import Path

import pytest
from tiny import job_of
from tokenizers import AddedToken, Tokenizer

from gradus.evaluation.judging import judge
from gradus.models.tokenizer import CHAT_TEMPLATE, load_tokenizer, save_tokenizer, train_tokenizer
from gradus.problems.problem import Problem
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import Prompt, encode_prompts
from gradus.provenance.files import write_text
from gradus.sampling.chat import ChatSampler
from gradus.sampling.conversations import one_turn
from gradus.sampling.protocol import Completion
from gradus.sampling.samples import Sample
from gradus.sampling.texts import answer_texts
from gradus.specs.traces import FilterTracesSpec
from gradus.study.settings.evaluation import Grading
from gradus.study.settings.traces import TraceFilter
from gradus.traces.filter import filter_completions
from gradus.training.groups import rewarded
from gradus.vocabulary.counts import TokenCounter
from sampling.sample_jobs import PROMPT

PROBLEM = Problem("a", "3 * 4?", "12", 1, "", "")
CONVERSATION = [{"role": "user", "content": PROBLEM.problem}]
ASSISTANT = "<|im_start|>assistant\\n"
OPENING = CHAT_TEMPLATE.replace(ASSISTANT, ASSISTANT + "<think>\\n")

CUT = r"maybe \boxed{12}? Wait"
ENDED = "3 * 4 is 12\n</think>\n\nSo\n\\boxed{12}"
OPENED_LATE = "Easy.\n<think>\n" + CUT


@pytest.fixture(params=[False, True], ids=["tags are text", "tags are special tokens"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    tokenizer = train_tokenizer([ENDED, CUT], 300)
    if request.param:
        tokenizer.add_special_tokens([AddedToken(tag, special=True) for tag in ("<think>", "</think>")])
    save_tokenizer(tmp_path, tokenizer)
    return tmp_path


def completion(tokenizer: Tokenizer, text: str) -> Completion:
    """One that the model ended by itself, with its end."""
    return Completion([*tokenizer.encode(text).ids, tokenizer.token_to_id("<|im_end|>")], [], "stop")


class Fixed:
    """An engine that writes the texts that it was given."""

    def __init__(self, completions: list[Completion]) -> None:
        self._completions = completions

    def generate(self, prompts: list[list[int]], **_: object) -> list[Completion]:
        return self._completions


@pytest.mark.parametrize(
    ("template", "text", "answer"),
    [
        (OPENING, CUT, None),
        (OPENING, ENDED, "12"),
        (CHAT_TEMPLATE, "<think>\n" + CUT, None),
        (CHAT_TEMPLATE, OPENED_LATE, None),
        (CHAT_TEMPLATE, "<think>\n" + ENDED, "12"),
        (CHAT_TEMPLATE, CUT, "12"),
    ],
)
def test_rewards_scores_and_traces_agree_on_thoughts(
    folder: Path, tmp_path: Path, template: str, text: str, answer: str | None
) -> None:
    write_text(folder / "chat_template.jinja", template)
    tokenizer = load_tokenizer(folder)
    written = completion(tokenizer, text)
    prompts = encode_prompts(ChatTemplate.load(folder), tokenizer, [CONVERSATION])
    settings = job_of(tmp_path, "direct_rl").settings.model_copy(update={"group_size": 1})
    (group,) = rewarded(prompts, [PROBLEM], one_turn(tokenizer, prompts, [written]), [0], settings, TokenCounter({}))
    assert [verdict.answer for verdict in group.verdicts] == [answer]
    assert group.parts["correct"] == [float(answer is not None)]
    assert group.prompt_ids == prompts[0].ids

    sampler = ChatSampler(folder, Fixed([written]))
    (said,) = sampler.sample([CONVERSATION], seeds=[0], max_tokens=99, temperature=1.0)
    assert said.text == ("<think>\n" if template == OPENING else "") + text
    sample = Sample(PROBLEM.id, 0, said.text, said.tokens, said.finish_reason, 0)
    assert judge("x", [sample], [PROBLEM], ["boxed"]).answers == [answer]
    rules = TraceFilter(min_steps=0, min_tokens=1, max_tokens=999, keep="all")
    kept = FilterTracesSpec(teacher="t", prompt=PROMPT, sets=["a"], filter=rules, grading=Grading(methods=["boxed"]))
    traces, dropped = filter_completions([PROBLEM], [sample], kept)
    assert len(traces) == (answer is not None)
    assert dict(dropped) == ({} if answer else {"no_answer": 1})


def test_only_the_end_is_left_out_of_a_text(folder: Path) -> None:
    tokenizer = load_tokenizer(folder)
    ids = tokenizer.encode("a</think>b<|im_start|>c").ids
    end = tokenizer.token_to_id("<|im_end|>")
    completions = [Completion([*ids, end], [], "stop"), Completion(ids, [], "length")]
    prompts = [Prompt("", [], ""), Prompt("", [], "<think>\n")]
    texts = answer_texts(tokenizer, prompts, completions)
    assert texts == ["a</think>b<|im_start|>c", "<think>\na</think>b<|im_start|>c"]


def test_a_reward_goes_by_the_ids_that_were_drawn(folder: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(folder)
    written = [completion(tokenizer, "is 6"), completion(tokenizer, "is")]
    six = tokenizer.encode("is 6").ids[-1]
    prompts = encode_prompts(ChatTemplate.load(folder), tokenizer, [CONVERSATION])
    settings = job_of(tmp_path, "direct_rl").settings
    rewards = {"uses_tokens": {"weight": 0.5, "families": None, "wrong_only": False}}
    settings = settings.model_copy(update={"group_size": 2, "rewards": rewards})
    answered = one_turn(tokenizer, [*prompts, *prompts], written)
    counter = TokenCounter({"mul": frozenset({six})})
    (group,) = rewarded(prompts, [PROBLEM], answered, [0, 1], settings, counter)
    assert (group.parts, group.rewards) == ({"uses_tokens": [1.0, 0.0]}, [0.5, 0.0])
