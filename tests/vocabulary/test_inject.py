import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.environments.arithmetic import evaluate
from gradus.environments.calls import ToolError
from gradus.vocabulary.inject import inject
from gradus.vocabulary.kinds.multiplication import MultiplicationTokens, product_token
from gradus.vocabulary.named import token_family

TOKEN = re.compile(r"<MUL_([0-9]+)_([0-9]+)_([0-9]+)>")


FAMILY = token_family(MultiplicationTokens(up_to=9))


def weak(text):
    return inject(text, FAMILY, "weak")


def strict(text):
    return inject(text, FAMILY, "strict")


@pytest.mark.parametrize(
    ("text", "in_weak", "in_strict"),
    [
        ("What is 6*9?", "What is <MUL_6_9_54>?", None),
        ("6 * 9 = 54.", "<MUL_6_9_54>.", "<MUL_6_9_54>."),
        ("9×6 is 54", "<MUL_6_9_54> is 54", None),
        ("3x4 and 5 X 4", "<MUL_3_4_12> and <MUL_4_5_20>", None),
        ("6*9=55 is wrong", None, None),
        ("6*9=-54", None, None),
        ("6*9=54.0", "<MUL_6_9_54>", "<MUL_6_9_54>"),
        ("2*3=6,000", None, None),
        ("2*3=$6", "<MUL_2_3_6>=$6", "<MUL_2_3_6>=$6"),
        ("2*3=$7", None, None),
        ("2*3=6cm", "<MUL_2_3_6>cm", "<MUL_2_3_6>cm"),
        ("2*3=<<2*3=6>>6 hours", "<MUL_2_3_6>=<<<MUL_2_3_6>>>6 hours", "2*3=<<<MUL_2_3_6>>>6 hours"),
        ("2*3\n=6", "<MUL_2_3_6>\n=6", None),
        ("two:\n* 3*2=6\n- 2*4=8", "two:\n* <MUL_2_3_6>\n- <MUL_2_4_8>", "two:\n* <MUL_2_3_6>\n- <MUL_2_4_8>"),
        ("**2*3=6**", "**<MUL_2_3_6>**", "**<MUL_2_3_6>**"),
        ("2*3=6+1", "<MUL_2_3_6>=6+1", None),
        ("2*3 = 3*2 = 6", "<MUL_2_3_6> = <MUL_2_3_6>", "2*3 = <MUL_2_3_6>"),
        ("5+2*3=11", "5+<MUL_2_3_6>=11", None),
        ("5-2*3=6", "5-<MUL_2_3_6>=6", None),
        ("-2*3=-6", "-<MUL_2_3_6>=-6", None),
        ("2*3+4=10", "<MUL_2_3_6>+4=10", None),
        ("2*3*4=24", "<MUL_2_3_6>*4=24", None),
        ("12*3*4=144", "12*<MUL_3_4_12>=144", None),
        (r"5 \times 2*3=30", r"5 \times <MUL_2_3_6>=30", None),
        ("6/2*3=9", None, None),
        ("6 ÷ 2 × 3", None, None),
        ("2^3*4", None, None),
        ("2 ** 3*4", None, None),
        ("2*3^2", None, None),
        ("2*3 ** 2", None, None),
        ("0.5*8=4", None, None),
        (".5*8", None, None),
        ("2*3.5", None, None),
        ("2*3.", "<MUL_2_3_6>.", None),
        ("102*3", None, None),
        ("2*30", None, None),
        ("02*3", None, None),
        ("15*20=300", None, None),
        ("1,002*3 and 2*3,000", None, None),
        ("2*3, 4*5", "<MUL_2_3_6>, <MUL_4_5_20>", None),
        ("2x + 3x", None, None),
        ("x2*3 2*3y 3*4%", None, None),
        ("2x4x8 wood", None, None),
        ("4*5!", None, None),
    ],
)
def test_products(text, in_weak, in_strict):
    assert weak(text) == (in_weak or text)
    assert strict(text) == (in_strict or text)


NUMBER = st.one_of(
    st.integers(1, 9).map(str), st.integers(0, 200).map(str), st.sampled_from(["0.5", ".5", "3.25", "(2+1)", "(4*5)"])
)
SIGN = st.sampled_from(["+", "-", "*", "*", "*", "×", "/", "^", " * ", " × ", " - ", " / "])
TERMS = st.lists(st.tuples(SIGN, NUMBER), min_size=1, max_size=5)


def value(expression):
    try:
        return evaluate(expression)
    except ToolError:
        return None


@given(NUMBER, TERMS)
def test_an_expression_keeps_its_value(first, terms):
    expression = first + "".join(sign + number for sign, number in terms)
    replaced = weak(expression)
    assert value(TOKEN.sub(r"\3", replaced)) == value(expression)
    assert value(TOKEN.sub(r"\1*\2", replaced)) == value(expression)


PIECES = st.lists(
    st.sampled_from([*"0123456789", "*", "×", "x", "X", "=", " ", "\n", ".", ",", "-", "/", "^", "$", "a"])
)


@given(PIECES)
def test_only_products_change(pieces):
    text = "".join(pieces)
    for replaced in (weak(text), strict(text)):
        assert [int(c) for _, _, c in TOKEN.findall(replaced)] == [
            int(a) * int(b) for a, b, _ in TOKEN.findall(replaced)
        ]
        assert all(1 <= int(a) <= int(b) <= 9 for a, b, _ in TOKEN.findall(replaced))
        at = 0
        for piece in TOKEN.split(replaced)[::4]:  # what is between the tokens is text as it was, in its order
            at = text.index(piece, at) + len(piece)
    assert strict(text).count("<MUL_") <= weak(text).count("<MUL_")
    assert weak(weak(text)) == weak(text)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 150), st.sampled_from(["*", "×", "x", " x ", " * "]))
def test_a_stated_product_is_replaced_where_it_is_right(a, b, c, sign):
    text = f"so {a}{sign}{b} = {c} in all"
    right = a <= 9 and b <= 9 and a * b == c
    assert weak(text) == strict(text) == (f"so {product_token(a, b)} in all" if right else text)


@pytest.mark.parametrize("text", ["2*3", "2 ", "*", "2*3=", "1" * 5_000 + "*2=" + "1" * 5_000, "/2*3", "9x"])
def test_long_texts_take_linear_time(text):
    begin = time.thread_time()
    weak(text * (200_000 // len(text)))
    assert time.thread_time() - begin < 10, "quadratic time is minutes"


SOLUTIONS = Path(__file__).parents[3] / "shared" / "data" / "gsm8k_train.jsonl"


@pytest.mark.skipif(not SOLUTIONS.is_file(), reason="GSM8K is not beside this checkout")
def test_gsm8ks_solutions_keep_their_numbers():
    """The published rule puts 4,534 tokens there, some of them into other numbers: `<MUL_2_6_12>.5` for `6*2.5`."""
    with SOLUTIONS.open(encoding="utf-8") as file:
        solutions = [json.loads(line)["solution"] for line in file]
    injected = [weak(solution) for solution in solutions]
    assert sum(len(TOKEN.findall(text)) for text in injected) == 4_235
    assert sum(len(TOKEN.findall(strict(solution))) for solution in solutions) == 2_318
    assert not any(re.search(r"[0-9.]<MUL|<MUL[0-9_]+>\.?[0-9]", text) for text in injected)
    for solution, text in zip(solutions, injected, strict=True):
        noted = [one for one in re.findall(r"<<([^<>=]+)=([0-9.]+)>>", solution) if value(one[0]) is not None]
        for expression, result in noted:
            if value(expression) == value(result):
                assert value(TOKEN.sub(r"\3", weak(expression))) == value(result)
        assert text.split("####")[-1] == solution.split("####")[-1]
