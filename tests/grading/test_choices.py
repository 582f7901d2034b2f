"""Answers that are choices or texts: what is read as an option, and what counts as the same text."""

import pytest

from gradus.grading.choices import as_letter, letter_in
from gradus.grading.literal import same_text
from gradus.grading.reference import Reference
from gradus.grading.verdict import NO_ANSWER, grade_answers, grade_completions

OPTIONS = ("Paris", "Rome", r"$\frac{1}{2}$", "b", "B. subtilis")


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("A", "A"),
        ("a", "A"),
        ("(A)", "A"),
        ("A.", "A"),
        ("A)", "A"),
        ("[a]", "A"),
        (r"\text{A}", "A"),
        (r"\textbf{(A)}", "A"),
        ("**A**", "A"),
        ("$A$", "A"),
        ("Option A", "A"),
        ("The correct answer is (A).", "A"),
        ("A) Rome", "A"),
        (r"\text{(A) } 1/2", "A"),
        ("rome", "B"),
        (r"\text{Rome.}", "B"),
        ("0.5", "C"),
        (r"\frac12", "C"),
        ("b", "D"),
        ("B", "B"),
        ("b. subtilis", "E"),
    ],
)
def test_an_option_is_named_by_its_letter_or_its_text(answer: str, letter: str) -> None:
    assert as_letter(answer, OPTIONS) == letter


@pytest.mark.parametrize("answer", ["Berlin", "A and B", "Apple", "is", "", "Paris or Rome", "1/3"])
def test_what_names_no_option_stays_as_it_is(answer: str) -> None:
    assert as_letter(answer, OPTIONS) == answer


def test_a_text_of_several_options_names_none() -> None:
    assert as_letter("0.5", ("1/2", "0.50", "2")) == "0.5"
    assert as_letter("2", ("1/2", "0.50", "2")) == "C"


def test_without_texts_letters_alone_are_read() -> None:
    assert [letter_in(text) for text in ("(d)", "D", "d.", "Dog", "4", "")] == ["D", "D", "D", None, None, None]
    assert as_letter("(d)", ()) == "D"
    assert as_letter("Dog", ()) == "Dog"


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Tuesday", r"\text{tuesday.}", True),
        ("Isaac  Newton", '"isaac newton"', True),
        ("x\N{NO-BREAK SPACE}y", r"x\ y", True),
        ("Newton", "Isaac Newton", False),
        ("1/2", "0.5", False),
        ("1.", "1", True),
        ("a b", "ab", False),
    ],
)
def test_texts_are_the_same_word_for_word(a: str, b: str, same: bool) -> None:
    assert same_text(a, b) is same
    assert same_text(b, a) is same


def test_verdicts_on_choices_tell_the_letter() -> None:
    choice = Reference("B", "choice", OPTIONS)
    completions = [r"\boxed{B}", r"so \boxed{\text{Rome}}", r"\boxed{(A)}", r"\boxed{Berlin}", "B"]
    verdicts = grade_completions(completions, [choice] * len(completions))
    assert [(v.answer, v.correct) for v in verdicts[:4]] == [("B", True), ("B", True), ("A", False), ("Berlin", False)]
    assert verdicts[4] == NO_ANSWER


def test_texts_and_expressions_are_graded_side_by_side() -> None:
    pairs = [("1/2", Reference("0.5", "text")), ("1/2", "0.5"), ("Ab", Reference("ab", "text")), (None, "0.5")]
    assert [verdict.correct for verdict in grade_answers(pairs)] == [False, True, True, False]
