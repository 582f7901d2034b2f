import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.grading.extraction import extract_answer
from gradus.provenance.errors import GradusError


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("12+7=19\n\\boxed{19}", "19"),
        (r"first \boxed{1}, then \boxed{2}.", "2"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{\left\{x \mid x>0\right.}", r"\left\{x \mid x>0\right."),
        (r"\boxed{\boxed{7}}", "7"),
        (r"\boxed { 5 }", "5"),
        (r"so $\fbox{8}$", "8"),
        (r"which is $\boxed 2$.", "2"),
        (r"\boxed{}", None),
        (r"\boxed{ }", None),
        (r"\boxed{3} and now \boxed{4", None),
        (r"\boxed{3} and now \boxed", None),
        (r"\boxed{\frac{1}{2}", None),
        (r"\boxedness{3}", None),
        ("the answer is 15", None),
        ("", None),
        (r"<think>\boxed{1}</think> \boxed{2}", "2"),
        (r"<think>\boxed{1}</think> no box", None),
        (r"<think>a</think>b</think>\boxed{3}", "3"),
    ],
)
def test_boxed(text, answer):
    assert extract_answer(text) == answer


@pytest.mark.parametrize(
    ("method", "text", "answer"),
    [
        ("hash", "2+2=4\n#### 4", "4"),
        ("hash", "#### 1\n#### 1,234 \nmore", "1,234"),
        ("hash", "####", None),
        ("hash", "### 4", None),
        ("answer_is", "12+7=19\nThe answer is 19", "19"),
        ("answer_is", "The answer is 3.5. I am sure.", "3.5"),
        ("answer_is", "the answer is: $x+1$.", "$x+1$"),
        ("answer_is", "**Final Answer:** 42", "42"),
        ("answer_is", r"The answer is \boxed{7}.", "7"),
        ("answer_is", "The answer is 5. I hope this answer helps.", "5"),
        ("answer_is", "no such sentence", None),
        ("last_number", "3 apples and 1,234.5 pears", "1,234.5"),
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


@given(st.text(alphabet="ab{}\\ 1$", max_size=30))
def test_a_balanced_box_is_returned_whole(content):
    balanced = "{" + content.replace("\\", "").replace("{", "").replace("}", "") + "}x"
    assert extract_answer(f"so \\boxed{{{balanced}}}.") == balanced


ALL = ("boxed", "hash", "answer_is", "last_number")


@given(st.text(alphabet="\\boxed{} #answer is:</think>\n0123456789,.-$", max_size=200), st.permutations(ALL))
def test_any_text_is_bearable_and_no_answer_is_empty(text, methods):
    answer = extract_answer(text, methods)
    assert answer is None or answer == answer.strip() != ""


@pytest.mark.parametrize(
    "unit", ["\\boxed{", "\\boxed", "answer ", "answer is ", "1,234,", "#### ", "    ", "{", "\\", "-"]
)
def test_long_texts_take_linear_time(unit):
    text = unit * (400_000 // len(unit))
    begin = time.process_time()
    for method in ALL:
        extract_answer(text, (method,))
    assert time.process_time() - begin < 2
