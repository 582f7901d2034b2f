import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.grading.equivalence import MAX_CHARACTERS, equivalent, in_process, parse_answer

EQUAL = [
    ("15", "15"),
    ("15", "15."),
    ("15", " 15 "),
    ("15", "15.0"),
    ("15", "$15$"),
    ("15", r"\$15"),
    ("15", r"\(15\)"),
    ("15", r"\text{15}"),
    ("15", r"\mathbf{15}"),
    ("15", r"15\text{ cm}"),
    ("15", r"15 \text{ square units}"),
    ("15", r"15\,\mathrm{m}^2"),
    ("15", "15 dollars"),
    ("15", "15 minutes"),
    ("15", "x = 15"),
    ("90", r"90^\circ"),
    ("90", "90°"),
    ("90 degrees", r"90^{\circ}"),
    ("-3", "−3"),
    ("1234", "1,234"),
    ("1234", "1{,}234"),
    ("1234", r"1,\!234"),
    ("1234", r"1\,234"),
    ("1234567", "1,234,567"),
    ("0.5", ".5"),
    ("0.5", r"\frac{1}{2}"),
    ("1/2", r"\dfrac12"),
    ("1/72", r"\frac1{72}"),
    ("1/2", r"\frac{2}{4}"),
    ("3/2", r"1\frac12"),
    (r"\left(\frac{3}{4}\right)", "3/4"),
    ("50%", r"50\%"),
    ("50%", "50.0%"),
    ("(1,2)", "( 1, 2 )"),
    ("(1,2)", r"\left(1,2\right)"),
    ("(0.5,-2]", r"\left(\frac{1}{2},-2\right]"),
    ("(1,\\pi)", "(1, π)"),
    ("1, 2", "1,2"),
    ("Evelyn", r"\text{evelyn}"),
    (r"2\sqrt{3}", r"2\sqrt3"),
    (r"2\sqrt{3}", r"2 \cdot \sqrt{3}"),
    (r"3\pi", "3 pi"),
    ("x+1", "x + 1"),
]
DIFFERENT = [
    ("15", "16"),
    ("15", "-15"),
    ("1/2", "1/3"),
    ("15 cm", "16 cm"),
    ("10%", "11"),
    ("10%", "20%"),
    ("(1,2)", "(2,1)"),
    ("(1,2)", "(1,2,3)"),
    ("(36,104)", "[36,104]"),
    ("(1,234)", "1234"),
    ("1,2", "1,3"),
    ("", "15"),
    ("", ""),
    ("$$", r"\text{}"),
]
UNKNOWN = [
    ("5 m", "5"),
    ("1/0", "2/0"),
    (r"\frac{1}{", "1"),
    ("9^{9^{9^9}}", "1"),
    ("1" * (MAX_CHARACTERS + 1), "2" * (MAX_CHARACTERS + 1)),
]
SAMPLES = sorted({text for pairs in (EQUAL, DIFFERENT, UNKNOWN) for pair in pairs for text in pair})


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [(*pair, True) for pair in EQUAL] + [(*pair, False) for pair in DIFFERENT] + [(*pair, None) for pair in UNKNOWN],
)
def test_known_pairs_in_both_directions(a, b, expected):
    assert equivalent(a, b) is expected
    assert equivalent(b, a) is expected
    assert equivalent(parse_answer(a), b) is expected


def test_equal_keys_are_equal_answers_but_for_units_and_names():
    parsed = [parse_answer(text) for text in SAMPLES]
    for a in parsed:
        for b in parsed:
            if a.key == b.key and a.kind not in ("empty", "too_long") and a.form and b.form:
                labels = (a.form.label, b.form.label, a.form.name, b.form.name)
                assert in_process(a, b).equal is True or any(labels)


ANSWERISH = st.text(alphabet="0123456789,.()[]{}-/% x=$\\^cirfatexsqpm", max_size=25) | st.sampled_from(SAMPLES)


@given(ANSWERISH, ANSWERISH)
def test_symmetric_for_any_text(a, b):
    assert equivalent(a, b) is equivalent(b, a)
    assert equivalent(a, a) is (parse_answer(a).kind != "empty")


@given(st.fractions(), st.fractions())
def test_numbers_are_compared_exactly(a, b):
    assert equivalent(f"\\frac{{{a.numerator}}}{{{a.denominator}}}", f"{b.numerator}/{b.denominator}") is (a == b)


@given(st.lists(st.integers(-99, 99), min_size=2, max_size=5), st.lists(st.integers(-99, 99), min_size=2, max_size=5))
def test_tuples_are_compared_elementwise(a, b):
    left, right = (f"({', '.join(map(str, numbers))})" for numbers in (a, b))
    assert equivalent(left, right) is (a == b)


@pytest.mark.parametrize(
    "unit", [*list("1,.({[\\ -/%$^x"), r"\frac", r"\frac1", r"\text{", r"\text{m}", "1 ", "1,", "(1,", "1/"]
)
def test_the_longest_answers_take_no_time(unit):
    text = unit * (MAX_CHARACTERS // len(unit))
    begin = time.process_time()
    parse_answer(text)
    parse_answer("1" + text[1:] + "x")
    assert time.process_time() - begin < 1


def test_no_text_is_evaluated():
    assert equivalent("__import__('os').getcwd()", "1") is not True
    assert equivalent("9^{9^{9^9}}", "1") is None


CASES = Path(__file__).parents[3] / "shared" / "graders"


@pytest.mark.skipif(not CASES.is_dir(), reason="the collected equivalence cases are not beside this checkout")
@pytest.mark.parametrize(("name", "known", "wrong"), [("derived_pos", 0.99, 0), ("derived_neg", 0.99, 0)])
def test_collected_cases(name, known, wrong):
    lines = (CASES / f"suite_{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    verdicts = [equivalent(row["gold_bare"], row["prediction_bare"]) for row in rows]
    assert sum(v is row["expected"] for v, row in zip(verdicts, rows)) / len(rows) > known
    assert sum(v is (not row["expected"]) for v, row in zip(verdicts, rows)) == wrong


def test_pairs_are_judged_in_process_without_workers_or_algebra():
    code = """
        import sys
        from gradus.grading.equivalence import judge_in_process
        pairs = [("12", "12"), ("0.5", "1/2"), ("x+1", "1+x"), ("13", "12"), ("20", "June 20")]
        print([judge_in_process(*pair).equal for pair in pairs])
        print([judge_in_process(*pair[::-1]).equal for pair in pairs])
        print(sorted({"sympy", "mpmath", "subprocess"} & set(sys.modules)))
    """
    scripts = Path(__file__).parents[2] / "scripts"
    command = [sys.executable, "-c", textwrap.dedent(code)]
    result = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(scripts)}, capture_output=True, text=True)
    verdicts = "[True, True, True, False, None]"
    assert result.stdout.splitlines() == [verdicts, verdicts, "[]"], result
