"""What setting a problem anew leaves alone, and what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.problems.contamination.tokens import numbers, tokenise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"Find $\dfrac{1}{2}$.", r"find \(\frac12\)"),
        (r"Find $\frac{1}{2}$.", r"find ½"),
        (r"$\left( x^{2}+1 \right)$", "$(x^2+1)$"),
        (r"$x\,y \le 1{,}000$", "$x y ≤ 1000$"),
        (r"$2 \cdot 3 \times 4$", "2·3×4"),
        ("He has 1,234 coins", "he has 1234 coins."),
        ("a set of five", "a set of 5"),
        (r"cost \$5 each", "cost $5$ each"),
        (r"$60^{\circ}$", "60°"),
        (r"$\text{if } x\geq 2,\quad y$", "if x ≥ 2 y"),
        (r"\begin{align*}x&=1\\[2pt]y&=2\end{align*}", "x=1 y=2"),
        ("“Stop” – she said…", '"stop" - she said...'),
        (r"$\hspace{0.5cm}x^2$", "x²"),
    ],
)
def test_how_a_problem_is_set_does_not_count(one: str, other: str) -> None:
    assert tokenise(one).key == tokenise(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("He has 12 coins", "He has 13 coins"),
        ("12 coins", "1.2 coins"),
        ("x + 2", "x - 2"),
        (r"\sin x", r"\cos x"),
        ("x^2", "x_2"),
        ("the sum of a and b", "the product of a and b"),
        ("Find it. [asy]draw(1);[/asy]", "Find it. [asy]draw(2);[/asy]"),
        ("Find it. [asy]draw(1);[/asy]", "Find it."),
    ],
)
def test_what_a_problem_says_counts(one: str, other: str) -> None:
    assert tokenise(one).key != tokenise(other).key


def test_pictures_stand_apart() -> None:
    text = tokenise("See [asy]draw((0,1));[/asy] and [asy]dot(2); tell $3$.")
    assert text.words == ("see", "and")  # the second picture does not end
    assert text.pictures == ("draw", "(", "(", "0", "1", ")", ")", "dot", "(", "2", ")", "tell", "3")


def test_numbers_are_runs_of_numerals() -> None:
    assert numbers(tokenise("From 2,500 take 3.75, then seventy-two of 10 and twelve.").words) == [
        *("2500", "3.75", "seventy", "2", "10", "twelve"),
    ]


@given(st.text(), st.text(alphabet=" \n\t$", min_size=1, max_size=5))
def test_any_text_has_tokens_and_white_space_never_matters(text: str, space: str) -> None:
    tokens = tokenise(text)
    assert all(tokens.words + tokens.pictures)
    assert tokenise(space + text + space).words == tokens.words or "\\" in text or "[asy]" in text.lower()


@given(st.text(alphabet="abc 12+-=()^_.", max_size=60))
def test_a_space_may_stand_between_any_two_tokens(text: str) -> None:
    words = tokenise(text).words
    spread = " ".join(words).replace(". ", ".")  # but a decimal point and its digit belong together
    assert "".join(tokenise(spread).words) == "".join(words)
