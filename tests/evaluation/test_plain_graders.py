"""The graders of other tables, case by case as their rules have it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.evaluation.plain_graders import exact, last_number, math_paper, prm800k

# reference answer, answer, and what exact, math_paper, last_number and prm800k say
CASES = [
    ("15", "15", "++++"),
    ("15", " 15 ", "++++"),
    ("15", "16", "----"),
    (r"\frac{1}{2}", "0.5", "-+-+"),
    (r"\frac{1}{2}", r"\tfrac12", "-+-+"),
    ("0.5", r"\frac{1}{2}", "-+-+"),
    (r"\frac{1}{2}", "1/2", "-+++"),
    (r"\frac{1}{2}", r"\frac{2}{4}", "----"),
    ("0.25", r"\frac{1}{4}", "---+"),
    ("1234", "1,234", "--++"),
    ("10", r"10\%", "-+++"),
    ("5", "x = 5", "-+++"),
    ("15", "15 minutes", "--++"),
    ("15", r"15\text{ cm}", "-+++"),
    ("90", r"90^\circ", "-+++"),
    (r"\sqrt{2}", r"\sqrt2", "-+++"),
    ("(1,2)", "( 1, 2 )", "-+-+"),
    ("(1,0.5)", "(1,0.50)", "---+"),
    ("(1,2)", "[1,2]", "--+-"),
    ("(1,2)", "(1,2,2)", "----"),
    (r"7\frac{3}{4}", r"7 3/4", "--++"),
    ("east", "East", "---+"),
    ("2", "2.0", "---+"),
    ("", "", "++-+"),
]


@pytest.mark.parametrize(("reference", "answer", "says"), CASES)
def test_known_cases(reference, answer, says):
    graders = (exact, math_paper, last_number, prm800k)
    assert "".join("+" if grader(reference, answer) else "-" for grader in graders) == says


def test_each_finds_the_answer_in_a_completion_in_its_own_way():
    prose = r"We have 3 boxes of 4, so \boxed{\frac{24}{2}} in all, that is 12, for 2 of us."
    graders = (exact, math_paper, last_number, prm800k)
    assert [grader(r"\frac{24}{2}", prose) for grader in graders] == [True] * 4
    assert [grader("2", prose) for grader in graders] == [False, False, True, False]
    assert [grader("5", "0.6 and then 5.0") for grader in graders] == [False, False, False, False]
    assert [grader("5", "2 + 3 = 5\n#### 5") for grader in graders] == [True, False, True, False]
    assert [grader("5", "2 + 3\n\n# Answer\n\n5") for grader in graders] == [False, False, True, True]
    assert [grader("5", r"\boxed{5}, or \boxed{") for grader in graders] == [False, False, True, False]


@given(st.text(max_size=60) | st.text(alphabet="\\frac{}sqrt12 ,.()[]%$/=x", max_size=60))
def test_any_text_is_bearable_and_an_answer_is_itself(text):
    for grader in (exact, math_paper):
        assert grader(text, text)
    for grader in (last_number, prm800k):
        assert grader(text, text) in (True, False)


@pytest.mark.parametrize(
    "unit", ["1", "1,", "\\frac", "{", "\\text{ ", "(1,", "1/", "^\\circ", "\\text", "-", " or ", "1 "]
)
def test_long_texts_take_little_time(unit):
    text = unit * (100_000 // len(unit))
    begin = time.process_time()
    for grader in (exact, math_paper, last_number, prm800k):
        grader(text, text + "1")
        grader("1", text)
    assert time.process_time() - begin < 5
