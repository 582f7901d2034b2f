"""What a study keeps of a set."""

import pytest

from gradus.problems.checks import foreign_share, malformed, repeated
from gradus.problems.filters import filtered
from gradus.problems.problem import Problem
from gradus.problems.summary import lengths
from gradus.provenance.errors import GradusError
from gradus.study.settings.problems import Filters

ROWS = [Problem(f"p-{n}", f"{n}?", str(n), n % 4, "ab"[n % 2], "made up") for n in range(40)]


def kept(seed=0, **settings):
    return [int(problem.id[2:]) for problem in filtered("mine", ROWS, Filters(**settings), seed)]


def test_filters_keep_the_order():
    assert kept() == list(range(40))
    assert kept(levels=[1, 3], subjects=["b"]) == list(range(1, 40, 2))
    assert kept(levels=[0], drop=["p-0", "p-8"]) == [4, 12, 16, 20, 24, 28, 32, 36]


def test_a_sample_is_drawn_with_the_seed():
    some = kept(size=10)
    assert some == sorted(some) == kept(size=10)
    assert len(set(some)) == 10
    assert some != kept(size=10, seed=1)
    assert some != list(range(10))
    assert set(kept(size=5, levels=[2])) <= set(kept(levels=[2]))
    assert kept(size=40) == kept()


def test_the_first_are_those_of_the_file():
    assert kept(size=10, take="first") == kept(size=10, take="first", seed=1) == list(range(10))
    assert kept(size=3, take="first", levels=[2]) == [2, 6, 10]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"levels": [7]}, r"levels: there is no 7; there are 0, 1, 2, 3"),
        ({"subjects": ["A"]}, r"subjects: there is no 'A'; there are a, b"),
        ({"drop": ["p-99"]}, r"drop: there is no 'p-99'; there are p-0, .*, \.\.\."),
        ({"size": 41}, r"size 41 is more than the 40 problems there are"),
        ({"levels": [1], "subjects": ["a"]}, r"there is no 'a'"),
        ({"drop": [p.id for p in ROWS]}, r"leave no problem"),
    ],
)
def test_what_is_not_there_is_refused(settings, message):
    with pytest.raises(GradusError, match=f"^problem set 'mine': .*{message}"):
        kept(**settings)


def test_malformed_answers_by_hand():
    for answer in ("$221,$8$", r"\frac{1}{2", "1}", r"\text{a}}{", "$"):
        assert malformed(answer)
    for answer in ("$221,8$", r"\$32,348", r"\left\{1,2\right\}", r"\{1\}", "[0,1)", "", r"\left.\frac{1}{2}\right)"):
        assert not malformed(answer)


def test_small_checks_by_hand():
    assert foreign_share("How many? $x^2$") == foreign_share("é, π, 𝑥, 5 · 3 = 15") == foreign_share("12 + 3") == 0
    assert foreign_share("计算 ab") == 0.5
    same = [Problem(f"{n}", text, "1", 0, "", "") for n, text in enumerate(["One  two", "x", "one two", "ONE\ntwo"])]
    assert repeated(same) == [["0", "2", "3"]]
    assert lengths(range(1, 101)) == {"median": 50, "p95": 95, "largest": 100}
    assert lengths([7]) == {"median": 7, "p95": 7, "largest": 7}
