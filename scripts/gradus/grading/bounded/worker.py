"""A worker reads one question, answers it within its limits, and exits.

A question is `{"a": text, "b": text, "ask": "symbolic"}`, or `"ask": "math_verify"` with the reference answer as `a`
and a completion as `b`. The answer is `{"equal": true | false | null, "layer": ..., "reason": ...}`.
"""

import random
import re
import socket
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import sympy
from sympy.core import random as sympy_random
from sympy.parsing import sympy_parser

from gradus.grading.bounded.frames import read_frame, send_frame
from gradus.grading.bounded.limits import Forbidden, limit_worker

_NUMBER = re.compile(r"(Integer|Float) *\( *'?([0-9.eE+-]+)'? *\)(?: */ *Integer *\( *([0-9]+) *\))?")
_HOMES = {"symbolic": ("symbolic", "same_texts"), "math_verify": ("peer", "math_verify")}
_WARMING = ((r"\sqrt{2x}+\sin x", r"\sin(x)+\sqrt{2}\sqrt{x}"), (r"\frac{1}{\sqrt{2}+\sqrt{3}}", r"\sqrt{3}-\sqrt{2}"))
_asked: dict[str, Callable[[str, str], bool | None]] = {}


def prepare(layers: Iterable[str]) -> None:
    """In the fork server: import, cache and seed what all workers then share."""
    import_module("sympy.physics.units")  # simplify() imports it, and that import parses text
    sympy_parser.eval_expr = _number_only  # the only place where SymPy evaluates text
    for layer in layers:
        module, name = _HOMES[layer]
        _asked[layer] = getattr(import_module(f"{__package__}.{module}"), name)
        for a, b in _WARMING:
            answer({"a": a, "b": b, "ask": layer})
    random.seed(0)
    sympy_random.seed(0)


def answer_one(talk: socket.socket) -> None:
    """In the worker: read the question from the socket and answer it."""
    limit_worker()
    question = read_frame(talk)
    if question is not None:
        send_frame(talk, answer(question))


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Ask the layer. If it fails, `equal` is None and the failure is the reason."""
    equal, reason = None, "undecided"
    try:
        equal = _asked[question["ask"]](question["a"], question["b"])
    except MemoryError:
        reason = "memory"
    except RecursionError:
        reason = "too_deep"
    except Forbidden:
        reason = "forbidden"
    except Exception as error:  # noqa: BLE001 both libraries raise anything; it is reported as the reason
        reason = f"failed_{type(error).__name__}"
    if equal is not None:
        reason = "equal" if equal else "different"
    return {"equal": equal, "layer": question["ask"], "reason": reason}


def _number_only(code: object, *_: object) -> sympy.Basic:
    """Replaces Python's eval: accepts a number, which SymPy spells `Integer (12 )`, or a fraction of two, as in its own
    tables, and refuses everything else."""
    number = _NUMBER.fullmatch(code) if isinstance(code, str) else None
    if number is None:
        raise Forbidden("text to code")
    if number[1] == "Float":
        return sympy.Float(number[2])
    return sympy.Rational(int(number[2]), int(number[3] or 1))
