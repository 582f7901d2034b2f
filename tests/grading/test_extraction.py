import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.grading import extraction
from gradus.grading.extraction import METHODS, answer_given, extract_answer
from gradus.provenance.errors import GradusError

RULES = Path(extraction.__file__).with_name("EXTRACTION.md").read_text(encoding="utf-8")


def documented_examples():
    """The rows of the table of examples."""
    rows = re.findall(r"^\| `(.+)` \| (\w+) \| (?:`(.+)`|none) \|$", RULES.split("## Examples")[1], re.MULTILINE)
    return [(method, text, answer or None) for text, method, answer in rows]


def test_the_rules_name_every_method_and_have_examples():
    named = re.findall(r"^\| `(\w+)` \|", RULES.split("## Reasoning")[0], re.MULTILINE)
    assert named == list(METHODS)
    assert {method for method, _, _ in documented_examples()} == set(METHODS)
    assert len(documented_examples()) == RULES.split("## Examples")[1].count("\n| `")


@pytest.mark.parametrize(("method", "text", "answer"), documented_examples())
def test_documented_examples(method, text, answer):
    assert extract_answer(text, (method,)) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("12+7=19\n\\boxed{19}", "19"),
        (r"first \boxed{1}, then \boxed{2}.", "2"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{\left\{x \mid x>0\right.}", r"\left\{x \mid x>0\right."),
        (r"\boxed{x = \boxed{7}}", "7"),
        (r"\boxed{\boxed{}}", None),
        (r"\boxed{\boxed{1}\boxed{2}}", "1, 2"),
        (r"\boxed{3 and \boxed{4}", "4"),
        (r"\boxed { 5 }", "5"),
        (r"so $\fbox{8}$", "8"),
        (r"\fbox{8} or \boxed{9}", "8, 9"),
        (r"which is $\boxed 2$.", "2"),
        (r"which is \(\boxed 2\).", "2"),
        (r"\boxed", None),
        ("\\boxed 2\n$", None),
        (r"\boxed{}", None),
        (r"\boxed{ }", None),
        (r"\boxed{} and \boxed{2}", "2"),
        (r"\boxed{3} and now \boxed", None),
        (r"\boxed{\frac{1}{2}", None),
        (r"\boxedness{3}", None),
        ("the answer is 15", None),
        ("", None),
        (r"<think>a</think>b</think>\boxed{3}", "3"),
        (r"\boxed{3} <think> or \boxed{4}", None),
        (r"a</think>\boxed{3}<think>\boxed{4}</think>", None),
        # boxes in JSON that was encoded twice
        (r"are $\\boxed{\\left( 3, \\frac{\\pi}{2} \\right)}$", r"\left( 3, \frac{\pi}{2} \right)"),
    ],
)
def test_boxes(text, answer):
    assert extract_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"\boxed{1}\boxed{2}", "1, 2"),
        (r"\boxed{1} \quad \boxed{2}", "1, 2"),
        (r"\boxed{1}; \boxed{2} and/or", "1, 2"),
        (r"$\boxed{(2, 2)} \quad \text{and} \quad \boxed{(6, 2)}$", "(2, 2), (6, 2)"),
        (r"\(\boxed{1}\) and \(\boxed{-2}\).", "1, -2"),
        ("\\boxed{1},\n\\boxed{2}", "1, 2"),
        (r"\($y_1 = \boxed{x^2} \) and \( y_2 = \boxed{x} \) ", "x^2, x"),
        (r"\boxed{1} and \boxed{2} and \boxed{1}", "1, 2"),
        (r"\boxed{1} and and and or thus but \boxed{2} and \boxed{3}", "2, 3"),
        (r"\boxed{1}, or rather and \boxed{2}", "2"),
        ("\\boxed{1}\n\\boxed{2}", "2"),
        ("\\boxed{1}\n\n**Final Answer**\n\\boxed{2}", "2"),
        ("\\boxed{1},\n\n\\boxed{2}", "2"),
        (r"\boxed{1} = \boxed{2}", "2"),
        (r"\boxed{1} + \boxed{2}", "2"),
        (r"\frac{\boxed{1}}{\boxed{2}}", "2"),
        (r"\boxed{1} of the many and very long and \boxed{2}", "2"),
        (r"\boxed{1} and" + " " * 100 + r"\boxed{2}", "2"),
    ],
)
def test_several_boxes(text, answer):
    assert extract_answer(text) == answer


@pytest.mark.parametrize(
    ("method", "text", "answer"),
    [
        ("hash", "2+2=4\n#### 4", "4"),
        ("hash", "#### 1\n#### 1,234 \nmore", "1,234"),
        ("hash", r"#### $\boxed{5}$", "5"),
        ("hash", r"#### \boxed{5", None),
        ("hash", "####", None),
        ("hash", "### 4", None),
        ("answer_tag", "<answer>1</answer> <ANSWER>\n2\n</ANSWER>", "2"),
        ("answer_tag", r"<answer>It is \boxed{3}.</answer>", "3"),
        ("answer_tag", "<answer></answer>", None),
        ("answer_tag", "<answer>1</answer><answer>2", None),
        ("answer_tag", "1</answer>", None),
        ("answer_tag", "<answer>1</answer></answer>", "1"),
        ("answer_is", "12+7=19\nThe answer is 19", "19"),
        ("answer_is", "the answer is: $x+1$.", "$x+1$"),
        ("answer_is", "**Final Answer:** 42", "42"),
        ("answer_is", "**Answer**: 42", "42"),
        ("answer_is", "Answer:\n\n42\nBye", "42"),
        ("answer_is", r"The answer is \boxed{7}.", "7"),
        ("answer_is", "The answer is 5. I hope this answer helps.", "5"),
        ("answer_is", "Answer: The largest $n$ is 34", "34"),
        ("answer_is", "The answer is something I cannot find in my notes", None),
        ("answer_is", "no such sentence", None),
        ("last_formula", "$x = 3$ and then $y$.", "y"),
        ("last_formula", "which is \\[ 9 \\]", "9"),
        ("last_formula", "which is $$\n9\n$$", "9"),
        ("last_formula", r"\(a\) or \(b", "a"),
        ("last_formula", r"\$5 is not $5\$$", r"5\$"),
        ("last_number", "5-3", "3"),
        ("last_number", "it is -3", "-3"),
        ("last_number", "x = 3/4.", "3/4"),
        ("last_number", "none", None),
    ],
)
def test_other_methods(method, text, answer):
    assert extract_answer(text, (method,)) == answer


def test_methods_are_tried_in_order():
    text = "The answer is 3\n#### 4"
    assert extract_answer(text, ("boxed", "hash", "answer_is")) == "4"
    assert extract_answer(text, ("boxed", "answer_is", "hash")) == "3"
    assert extract_answer(text, ()) is None
    with pytest.raises(GradusError, match="'guess' is unknown; choose among boxed"):
        extract_answer(text, ("boxed", "guess"))


@pytest.mark.parametrize(
    ("text", "other", "answer"),
    [
        ("$1/3$", "1", "$1/3$"),
        (r"$\boxed{\frac{1}{3}}$", "1", r"\frac{1}{3}"),
        (r"We had \boxed{3}, now \boxed{4", "4", "4"),
        (r"\boxed{}", "4", ""),
        ("Therefore $x \\geq 5$ is the solution.", "$x>=5$", "x \\geq 5"),
        ("Therefore $x \\geq 5$ is the solution.", "It is $x$, so $x$ is the solution.", None),
        ("The matrix we want: $A + B$", "$C$", "A + B"),
        ("so " + "it is clear that " * 5 + "the chance that Alice wins this game is 2/3", "$2/3$", "2/3"),
        ("all odd numbers", "$n$ odd", "all odd numbers"),
        ("", "1", ""),
    ],
)
def test_answers_that_were_given(text, other, answer):
    assert answer_given(text, other) == (text if answer is None else answer)


@given(st.text(alphabet="ab{}\\ 1$", max_size=30))
def test_a_balanced_box_is_returned_whole(content):
    balanced = "{" + content.replace("\\", "").replace("{", "").replace("}", "") + "}x"
    assert extract_answer(f"so \\boxed{{{balanced}}}.") == balanced


@given(st.lists(st.integers(0, 99).map(str), min_size=1, max_size=6), st.sampled_from([", ", " and ", r" \text{or} "]))
def test_a_list_of_boxes_is_the_list(values, joint):
    text = "First \\boxed{-1}. " + joint.join(f"\\boxed{{{value}}}" for value in values)
    assert extract_answer(text) == ", ".join(dict.fromkeys(values))


MARKS = [
    "\\boxed{",
    "\\boxed",
    "\\fbox{",
    "\\\\boxed{",
    "}",
    "{",
    "\\{",
    "\\",
    "$",
    "$$",
    "\\(",
    "\\)",
    "\\[",
    "####",
    "**",
]
WORDS = ["1", "2,3", "-5", "x", "and", "or", "so", "is", "answer", ",", "=", ":", ".", " ", "\n", "\n\n"]
TAGS = ["<think>", "</think>", "<answer>", "</answer>"]
PIECES = st.lists(st.sampled_from(MARKS + WORDS + TAGS), max_size=40).map("".join)


@given(PIECES | st.text(max_size=100), st.permutations(list(METHODS)))
def test_any_text_is_read_and_no_answer_is_empty(text, methods):
    answer = extract_answer(text, methods)
    assert answer is None or answer == answer.strip() != ""
    assert isinstance(answer_given(text, "1"), str)


@given(PIECES, PIECES, st.sampled_from(list(METHODS)))
def test_thoughts_never_count(thought, said, method):
    said = said.replace("<think>", "").replace("</think>", "")
    assert extract_answer(f"<think>{thought}</think>{said}", (method,)) == extract_answer(said, (method,))
    open_thought = thought.replace("</think>", "")
    assert extract_answer(f"{said}<think>{open_thought}", (method,)) is None


@given(PIECES)
def test_a_box_that_is_cut_off_is_no_answer(text):
    said = text.replace("<think>", "").replace("</think>", "").replace("}", "")
    assert extract_answer("\\boxed{1} " + said + " \\boxed{2") is None


@pytest.mark.parametrize(
    "unit",
    [
        *[
            "\\boxed{",
            "\\boxed{1} and ",
            "\\boxed{1",
            "\\boxed",
            "\\boxed ",
            "answer ",
            "answer is ",
            "1,234,",
            "#### ",
        ],
        *["    ", "{", "}", "\\", "-", "$", "$x$", "$a word ", "\\(", "\\)", "<answer>", "</answer>", "<think>", "is "],
        *["**", "**a", "**a**:", "** "],
        "\\boxed{1}" + "a" * 79,
    ],
)
def test_long_texts_take_linear_time(unit):
    text = unit * (200_000 // len(unit))
    begin = time.process_time()
    for method in METHODS:
        extract_answer(text, (method,))
    extract_answer("\\(" + text, ("last_formula",))
    extract_answer("\\boxed{" * 20_000 + "}" * 20_000)
    answer_given(text, "1")
    assert time.process_time() - begin < 15


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"it is \boxed{7}. Let me restate: \boxed{", None),
        (r"The answer is 3. So \boxed{}", None),
        (r"Put your final answer within \boxed{}. The sum is 6.", "6"),
        (r"Mark your solution with \boxed. So \boxed{5}", "5"),
        (r"I get \boxed{5}. That is my answer in \boxed{}.", "5"),
        ("<|begin_of_box|>C<|end_of_box|>", "C"),
        (r"<|begin_of_box|>\frac{1}{2}<|end_of_box|> indeed, of 4", r"\frac{1}{2}"),
        ("The answer is 4. <|begin_of_box|>C", None),
        ("The answer is 72, and that is final.", "72"),
        ("The answer is 72, in total 3 boxes of 24.", "72"),
        ("Therefore, the answer is clearly 72.", "72"),
        ("The answer is thus 72", "72"),
        ("The answers are 2 and 3.", "2 and 3"),
        ("The answer is\n\n72", "72"),
        ("The answer is: 72.\nI hope it is correct.", "72"),
        ("The answer is 12, 13 and 14.", "12, 13 and 14"),
        ("The answer is 3, 4, and 5, since x is odd.", "3, 4, and 5"),
        ("The final answer is $x$, which is about 0.5.", "$x$"),
        ("所以答案是24元，一共3天。", "24元"),
        ("答案：24", "24"),
        ("Die Antwort ist 18.", "18"),
        ("La respuesta es 18, que son 3 veces 6.", "18"),
        ("Ответ: 18.", "18"),
    ],
)
def test_answers_as_models_say_them(text, answer):
    assert extract_answer(text, METHODS) == answer


@pytest.mark.parametrize("gap", [0, 150, 250, 399, 400, 401, 5000])
def test_the_last_number_is_whole_however_far_back_it_is(gap):
    assert extract_answer("7 and 1,234,567" + " x" * (gap // 2) + " " * (gap % 2), ("last_number",)) == "1,234,567"
    assert extract_answer("7" * 450 + " x" * gap, ("last_number",)) == "7" * 450
