"""How solutions read as the assistant's turn, by hand, over real files, and for any text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.grading.extraction import extract_answer
from gradus.study.settings.traces import AnswerForm
from gradus.traces.rendering import Unusable, boxed, rendered, split_thought
from problems.published_sets import shared

R1 = "<think> 2 and 2 is 4. </think> <answer> 4 </answer>"
GSM = "Two and two.\n2+2=4\n#### 4"
MATH = "We add, so it is $\\boxed{4}$."


@pytest.mark.parametrize(
    ("solution", "think", "form", "expected"),
    [
        (R1, "keep", "as_is", R1),
        (R1, "keep", "box", "<think>\n2 and 2 is 4.\n</think>\n\n\\boxed{4}"),
        (R1, "strip", "as_is", "<answer> 4 </answer>"),
        (R1, "strip", "box", "\\boxed{4}"),
        (R1, "plain", "as_is", "2 and 2 is 4.\n\n<answer> 4 </answer>"),
        (R1, "plain", "box", "2 and 2 is 4.\n\n\\boxed{4}"),
        (R1, "wrap", "box", "<think>\n2 and 2 is 4.\n</think>\n\n\\boxed{4}"),
        ("2 and 2.\n</think>\n4", "strip", "box", "4\n\n\\boxed{5}"),  # the template wrote the opening tag
        (GSM, "keep", "as_is", GSM),
        (GSM, "keep", "box", "Two and two.\n2+2=4\n\\boxed{4}"),
        (GSM, "wrap", "box", "<think>\nTwo and two.\n2+2=4\n</think>\n\n\\boxed{4}"),
        (GSM, "wrap", "as_is", "<think>\nTwo and two.\n2+2=4\n</think>\n\n#### 4"),
        (MATH, "keep", "box", MATH),
        (MATH, "wrap", "box", f"<think>\n{MATH}\n</think>\n\n\\boxed{{4}}"),
        ("Just add.", "keep", "box", "Just add.\n\n\\boxed{5}"),
        ("Just add.", "wrap", "as_is", "<think>\nJust add.\n</think>\n\n\\boxed{5}"),
        (R1, "keep", "bold", "<think>\n2 and 2 is 4.\n</think>\n\nThe answer is **4**."),
        (GSM, "wrap", "bold", "<think>\nTwo and two.\n2+2=4\n</think>\n\nThe answer is **4**."),
        (MATH, "keep", "hash", f"{MATH}\n#### 4"),
        (GSM, "keep", "hash", GSM),
        (GSM, "strip", "bold", "Two and two.\n2+2=4\nThe answer is **4**."),
        (MATH, "wrap", "hash", f"<think>\n{MATH}\n</think>\n\n#### 4"),
        ("<answer>\\boxed{4}</answer>", "keep", "box", "\\boxed{4}"),
    ],
)
def test_by_hand(solution: str, think: str, form: AnswerForm, expected: str) -> None:
    assert rendered(solution, "5", think, form) == expected


@pytest.mark.parametrize(
    ("solution", "think", "expected"),
    [
        (R1, "keep", "<think>\n2 and 2 is 4.\n</think>\n\n<answer>4</answer>"),
        (R1, "strip", "<answer>4</answer>"),
        (f"<think>2+2?</think> {MATH} Done.", "keep", "<think>\n2+2?\n</think>\n\n<answer>4</answer>"),
        ("<think>2+2?</think> It is four.", "keep", "<think>\n2+2?\n</think>\n\n<answer>5</answer>"),  # the row's
        (GSM, "wrap", "<think>\nTwo and two.\n2+2=4\n</think>\n\n<answer>4</answer>"),
    ],
)
def test_the_answer_alone_in_tags(solution: str, think: str, expected: str) -> None:
    assert rendered(solution, "5", think, "tags") == expected
    assert extract_answer(expected, ["answer_tag"]) in ("4", "5")


@pytest.mark.parametrize(
    ("solution", "answer", "think", "reason"),
    [
        ("<think> and so on, and so", "5", "keep", "unfinished_thought"),
        ("<think> 4 </think>  ", "5", "strip", "only_thought"),
        ("Just add.", "", "wrap", "no_answer"),
    ],
)
def test_what_cannot_be_rendered_says_why(solution: str, answer: str, think: str, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        rendered(solution, answer, think, "box")


def test_without_an_answer_there_is_nothing_to_put_in_tags() -> None:
    with pytest.raises(Unusable, match="no_answer"):
        rendered("<think>2+2?</think> It is four.", "", "keep", "tags")


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="<\x00"), min_size=1).filter(str.strip)


@given(TEXT, TEXT)
def test_a_thought_and_what_follows_are_told_apart_in_any_text(thought: str, rest: str) -> None:
    text = f"<think>{thought}</think>{rest}"
    assert split_thought(text) == (thought.strip(), rest.strip())
    assert rendered(text, "", "keep", "as_is") == text.strip()
    assert rendered(text, "", "strip", "as_is") == rest.strip()
    assert split_thought(rendered(text, "", "wrap", "as_is")) == (thought.strip(), rest.strip())


@given(st.text(), st.from_regex(r"[0-9a-z+ ]{1,8}", fullmatch=True))
def test_boxing_is_done_once_and_leaves_an_answer(text: str, answer: str) -> None:
    once = boxed(text, answer)
    assert boxed(once, answer) == once
    assert "\\boxed" in once or "\\fbox" in once


@pytest.mark.parametrize("think", ["keep", "plain", "wrap", "strip"])
def test_every_real_r1_trace_ends_in_the_box_that_its_tags_had(think: str) -> None:
    lines = shared("cs336_math_r1_sft.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines[::9]:
        response = json.loads(line)["response"]
        tagged = extract_answer(response, ["answer_tag"])
        if tagged is not None:
            text = rendered(response, "", think, "box")
            assert extract_answer(text, ["boxed"]) == extract_answer(f"\\boxed{{{tagged}}}", ["boxed"])
            assert ("<think>" in text) == (think in ("keep", "wrap"))
