"""When one problem is another one again."""

import pytest

from gradus.problems.contamination.alike import gram_share, likeness
from gradus.problems.contamination.tokens import tokenise

SHARES = {8: 0.9, 13: 0.8}
PROBLEM = (
    "A farmer keeps 24 hens and 13 ducks in two sheds. Every hen lays 5 eggs a week and every duck lays 3. On Sunday "
    "a fox takes 6 of the hens. How many eggs does the farmer collect in the week after that, if he breaks none?"
)

FRAME = "The following question is one of a series in which the numbers alone differ, so read it with care. " * 4


def kind_of(ours: str, theirs: str) -> str | None:
    found = likeness(tokenise(ours), tokenise(theirs), SHARES)
    return found.kind if found else None


def test_shares_by_hand() -> None:
    ours = tuple("abcdefghij")
    assert gram_share(ours, tuple("abcdefghij"), 8) == 1.0
    assert gram_share(ours, tuple("abcdefgh"), 8) == pytest.approx(1 / 3)
    assert gram_share(ours, tuple("xabcdefghi"), 8) == pytest.approx(2 / 3)
    assert gram_share(ours, tuple("abcdefghij"), 13) == 0.0
    assert gram_share(tuple("aaaaaaaaa"), tuple("aaaaaaaa"), 8) == 1.0  # one n-gram, twice


def test_a_share_that_reaches_its_threshold_is_enough() -> None:
    ours, theirs = tokenise("a b c d e f g h i j"), tokenise("a b c d e f g h i x")  # 2 of 3 8-grams
    assert likeness(ours, theirs, {8: 2 / 3}) == ("8-gram", pytest.approx(2 / 3))
    assert likeness(ours, theirs, {8: 0.67}) is None


def test_a_copy_inside_a_longer_prompt_is_found() -> None:
    assert kind_of(PROBLEM, PROBLEM.upper()) == "exact"
    assert kind_of(PROBLEM, f"Solve step by step. Question 7: {PROBLEM} Write your answer in \\boxed{{}}.") == "13-gram"


def test_a_copy_with_a_word_changed_is_found() -> None:
    """50 tokens have 38 13-grams: a word breaks as many of them as it stands in, the last but two 3, one within 13."""
    assert len(tokenise(PROBLEM).words) == 50
    found = likeness(tokenise(PROBLEM), tokenise(PROBLEM.replace("if he", "if she")), SHARES)
    assert found == ("13-gram", pytest.approx(35 / 38))
    assert kind_of(PROBLEM, PROBLEM.replace("Sunday", "Monday")) is None  # 25 / 38, and 35 / 43 of the 8-grams


def test_a_copy_whose_end_is_cut_is_found() -> None:
    assert kind_of(PROBLEM, PROBLEM.removesuffix("after that, if he breaks none?")) == "13-gram"  # 32 / 38
    assert kind_of(PROBLEM, PROBLEM.removesuffix("in the week after that, if he breaks none?")) is None  # 29 / 38


@pytest.mark.parametrize(
    ("old", "new"), [("24", "25"), ("24", "240"), ("5 eggs", "7 eggs"), ("6 of", "8 of"), ("3.", "4.")]
)
def test_another_number_is_another_problem(old: str, new: str) -> None:
    """However long the words between: the frame is the same, and so is most of the text."""
    assert kind_of(FRAME + PROBLEM, FRAME + PROBLEM.replace(old, new, 1)) is None


def test_a_number_that_is_missing_makes_another_problem() -> None:
    """Unless the text ends before it: then nothing is known of the rest."""
    ours = FRAME + PROBLEM
    without = ours.replace("takes 6 of the hens", "takes some of the hens")
    assert kind_of(ours, without) is None
    assert kind_of(ours, without + " Show each step of your work and then the answer.") is None
    assert kind_of(ours, "Question: " + without) is None
    lead = (
        "Read the whole text before you begin, draw a table of the animals if that is of help, and write each step on "
        "a line of its own, so that whoever marks your work can follow it to the end without asking for more. Marks "
        "are given for the way as well as for the result, and none are taken off for a slip of the pen."
    )
    cut = f"{lead} {PROBLEM}"[: -len(PROBLEM) + PROBLEM.index("6 of the hens")]
    assert kind_of(f"{lead} {PROBLEM}", cut) == "13-gram"
    assert kind_of(f"{lead} {PROBLEM}", cut.replace("13 ducks", "some ducks")) is None


def test_numbers_around_a_copy_do_not_matter() -> None:
    around = f"Example: 3 + 4 = 7. Now 12 more questions. {PROBLEM} (20 points)"
    assert kind_of(PROBLEM, around) == "13-gram"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            "Tom has 5 apples. He buys 3. How many apples does he have in all?",
            "Ann has 9 pears. She buys 2. How many pears does she have in all?",
        ),
        (
            "What is the sum of the first 20 positive even integers?",
            "What is the sum of the first 30 positive even integers?",
        ),
        ("What is 7 times 8?", "What is 7 times 8 plus 9 times 3, divided by 2?"),
    ],
)
def test_a_frame_alone_is_no_overlap(ours: str, theirs: str) -> None:
    assert kind_of(ours, theirs) is None


def test_the_same_words_under_another_picture_are_another_problem() -> None:
    words = "What is the number of square centimeters in the area of the shaded region of the figure below?"
    ours, theirs = f"{words} [asy]draw((0,0)--(3,4));[/asy]", f"{words} [asy]draw((0,0)--(5,12));[/asy]"
    assert kind_of(ours, theirs) is None
    assert kind_of(ours, words) == "13-gram"  # a copy often lacks it
    assert kind_of(ours, ours.replace("draw", "fill")) == "13-gram"
