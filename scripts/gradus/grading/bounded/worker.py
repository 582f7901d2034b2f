"""What a worker does: it reads one question, answers it within its limits, and ends.

A question is `{"a": text, "b": text, "ask": ["symbolic", "math_verify"]}`: the layers to ask, in this order, until one
can tell. The answer is `{"equal": true | false | null, "layer": ..., "reason": ...}`.
"""

import random
import re
import socket
from importlib import import_module
from typing import Any

import sympy
from sympy.core import random as sympy_random
from sympy.parsing import sympy_parser

from gradus.grading.bounded.frames import read_frame, send_frame
from gradus.grading.bounded.last_opinion import last_opinion
from gradus.grading.bounded.limits import Forbidden, limit_worker
from gradus.grading.bounded.symbolic import same_answer
from gradus.grading.equivalence import parse_answer

_NUMBER = re.compile(r"(Integer|Float) *\( *'?([0-9.eE+-]+)'? *\)")
_WARMING = (
    (r"\sin^2 x+\cos^2 x", "1"),
    (r"\sqrt{2x}+\sin x", r"\sin(x)+\sqrt{2}\sqrt{x}"),
    (r"\frac{1}{\sqrt{2}+\sqrt{3}}", r"\sqrt{3}-\sqrt{2}"),
    ("y=2x+1", "2x-y+1=0"),
)


def prepare() -> None:
    """In the nursery: what every worker will find already imported, cached and fixed."""
    import_module("sympy.physics.units")  # simplify() imports it, and it reads text
    sympy_parser.eval_expr = _number_only  # SymPy's only way from text to code
    for a, b in _WARMING:
        for layer in ("symbolic", "math_verify"):
            answer({"a": a, "b": b, "ask": [layer]})
    random.seed(0)
    sympy_random.seed(0)


def answer_one(talk: socket.socket) -> None:
    """In the worker: read the question from the socket, and answer it."""
    limit_worker()
    question = read_frame(talk)
    if question is not None:
        send_frame(talk, answer(question))


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Ask the layers in turn. What goes wrong in one is its reason for not telling, and the next is asked.

    Where SymPy has looked in vain for a difference, a no of math-verify, which often fails to find a proof, is none.
    """
    a, b = question["a"], question["b"]
    layers = {"symbolic": _same_trees, "math_verify": last_opinion}
    reason = "undecided"
    for layer in question["ask"]:
        try:
            equal = layers[layer](a, b)
        except MemoryError:
            return {"equal": None, "layer": layer, "reason": "memory"}
        except RecursionError:
            equal, reason = None, "too_deep"
        except Forbidden:
            equal, reason = None, "forbidden"
        except Exception as error:  # noqa: BLE001 both libraries raise anything; it is told as the reason
            equal, reason = None, f"failed_{type(error).__name__}"
        if equal or (equal is False and layer == question["ask"][0]):
            return {"equal": equal, "layer": layer, "reason": "equal" if equal else "different"}
    return {"equal": None, "layer": question["ask"][-1], "reason": reason}


def _same_trees(a: str, b: str) -> bool | None:
    trees = [parse_answer(text).tree for text in (a, b)]
    return None if None in trees else same_answer(*trees)


def _number_only(code: object, *_: object) -> sympy.Basic:
    """In place of Python's eval: the digits of a number, which SymPy spells `Integer (12 )`; all else is refused."""
    number = _NUMBER.fullmatch(code) if isinstance(code, str) else None
    if number is None:
        raise Forbidden("text to code")
    return sympy.Integer(int(number[2])) if number[1] == "Integer" else sympy.Float(number[2])
