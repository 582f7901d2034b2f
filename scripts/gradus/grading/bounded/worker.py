"""A worker reads one question, answers it within its limits, and exits."""

import random
import re
import socket
from collections.abc import Callable, Iterable
from importlib import import_module

import sympy
from sympy.core import random as sympy_random
from sympy.parsing import sympy_parser

from gradus.grading.bounded.limits import Forbidden, limit_worker
from gradus.grading.bounded.messages import Answer, Question, WorkerLayer, receive, send

_NUMBER = re.compile(r"(Integer|Float) *\( *'?([0-9.eE+-]+)'? *\)(?: */ *Integer *\( *([0-9]+) *\))?")
_FUNCTIONS = {"symbolic": ("symbolic", "same_texts"), "math_verify": ("peer", "math_verify")}
"""The module and function of each layer."""
_WARM_UP = ((r"\sqrt{2x}+\sin x", r"\sin(x)+\sqrt{2}\sqrt{x}"), (r"\frac{1}{\sqrt{2}+\sqrt{3}}", r"\sqrt{3}-\sqrt{2}"))
_loaded: dict[WorkerLayer, Callable[[str, str], bool | None]] = {}


def prepare(layers: Iterable[WorkerLayer]) -> None:
    """In the fork server: import, cache and seed what all workers then share."""
    import_module("sympy.physics.units")  # simplify() imports it, and that import parses text
    # The only place where SymPy evaluates text.
    sympy_parser.eval_expr = _number_only  # ty: ignore[invalid-assignment] a replacement of the function on purpose
    for layer in layers:
        module, name = _FUNCTIONS[layer]
        _loaded[layer] = getattr(import_module(f"{__package__}.{module}"), name)
        for a, b in _WARM_UP:
            answer(Question(layer, a, b))
    random.seed(0)
    sympy_random.seed(0)


def answer_one(connection: socket.socket) -> None:
    """In the worker: read the question from the socket and answer it."""
    limit_worker()
    question = receive(connection, Question)
    if question is not None:
        send(connection, answer(question))


def answer(question: Question) -> Answer:
    """Ask the layer. If it fails, `equal` is None and the failure is the reason."""
    equal, reason = None, "undecided"
    try:
        equal = _loaded[question.layer](question.a, question.b)
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
    return Answer(equal, reason, final=True)


def _number_only(code: object, *_: object) -> sympy.Basic:
    """Replaces Python's eval: accepts a number, which SymPy spells `Integer (12 )`, or a fraction of two, as in its own
    tables, and refuses everything else."""
    number = _NUMBER.fullmatch(code) if isinstance(code, str) else None
    if number is None:
        raise Forbidden("text to code")
    if number[1] == "Float":
        return sympy.Float(number[2])
    return sympy.Rational(int(number[2]), int(number[3] or 1))
