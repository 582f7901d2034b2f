import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.grading.equivalence import equivalent, parse_answer
from gradus.grading.verdict import Verdict, grade, grade_answer, group_equivalent


@pytest.mark.parametrize(
    ("text", "gold", "verdict"),
    [
        ("12+7=19\n\\boxed{19}", "19", Verdict("19", True, "equal")),
        ("12+7=18\n\\boxed{18}", "19", Verdict("18", False, "different")),
        ("The answer is 19", "19", Verdict(None, False, "no_answer")),
        (r"\boxed{}", "19", Verdict(None, False, "no_answer")),
        (r"\boxed{$$}", "19", Verdict("$$", False, "different")),
        (r"\boxed{1+x}", "x+1", Verdict("1+x", None, "unknown")),
        (f"\\boxed{{{'1' * 3000}}}", "1", Verdict("1" * 3000, None, "too_long")),
    ],
)
def test_verdicts(text, gold, verdict):
    assert grade(text, gold) == verdict
    assert grade(text, parse_answer(gold)) == verdict


def test_methods_are_passed_on():
    assert grade("The answer is 19", "19", ("boxed", "answer_is")) == Verdict("19", True, "equal")
    assert grade_answer("0.5", r"\frac12") == Verdict("0.5", True, "equal")


def test_groups():
    answers = ["15", None, "15.0", r"\frac{1}{2}", "", "0.5", "x+1", "15 minutes", "1 + x", "x + 1"]
    assert group_equivalent(answers) == [0, -1, 0, 1, -1, 1, 2, 0, 3, 2]
    assert group_equivalent([]) == []


@given(st.lists(st.sampled_from(["1", "1.0", "2/2", "(1,2)", "(1, 2)", "x", "y", "", "50%", "0.5", "1/2"]) | st.none()))
def test_groups_agree_with_equivalence(answers):
    groups = group_equivalent(answers)
    for a, group_a in zip(answers, groups):
        for b, group_b in zip(answers, groups):
            same = a is not None and b is not None and equivalent(a, b) is True
            assert (group_a == group_b != -1) == same


def test_many_votes_are_fast():
    answers = [rf"\frac{{{index % 700}}}{{7}}" for index in range(2000)]
    begin = time.process_time()
    groups = group_equivalent(answers)
    assert time.process_time() - begin < 1
    assert max(groups) == 699
