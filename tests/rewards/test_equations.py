"""What a text derives: the right sides of its equations that hold."""

from fractions import Fraction

import pytest

from gradus.rewards.equations import results


@pytest.mark.parametrize(
    ("text", "derived"),
    [
        ("Natalia sold 48/2 = <<48/2=24>>24 clips in May.", "24"),
        ("He pays 5*2=$<<5*2=10>>10.", "10"),
        ("Weng earns 12/60 = $0.2 a minute, so 0.2 x 50 = 10", "1/5"),
        ("12+7=19\n19-4=15\n\\boxed{15}", "19 15"),
        ("8 + 2 = 10 = 5 * 2", "10"),
        ("1+1=2=3", "2"),
        ("She has 1,000 - 200 = 800 dollars.", "800"),
        ("Then 3 × 4 = 12. Then 12 − 2 = 10.", "12 10"),
        (r"$x = \frac{3}{4}$ and $3\cdot 4 = 12 \text{ cm}$", "3/4 12"),
        (r"\[2x + 3 = 7 \Rightarrow x = 2\]", "7 2"),
        (r"$a = 3\sqrt{2}$, $b = 2x$, $c = 3 + y$, $d = 5!$", ""),
        ("5+5=24", ""),
        ("= 24", ""),
        ("24 = 24", ""),
        ("1 / 0 = 4", ""),
        ("a <= 3, b >= 4, c == 5, d != 6", ""),
        ("9 ** 99999 = 3", ""),
    ],
)
def test_results_of_equations(text: str, derived: str) -> None:
    assert results(text) == [Fraction(value) for value in derived.split()]


def test_only_the_first_equations_are_read() -> None:
    text = "\n".join(f"{number}+1={number + 1}" for number in range(50))
    assert results(text, most=3) == [1, 2, 3]
    assert len(results(text)) == 50
