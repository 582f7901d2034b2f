r"""Do two answers mean the same? The layers that run in the calling process.

An answer is parsed once into a tree (`parser.py`), interpreted by the policy as a form with a hashable key
(`interpret.py`, POLICY.md), and compared (`compare.py`): exactly, in a finite field, or by interval arithmetic.
Three-valued: True, False, or None if these layers cannot decide. No text is ever evaluated; time and memory are bounded
by the length, and answers over 2,000 characters are only compared as texts.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from gradus.grading.compare import Comparison, Judgement
from gradus.grading.form import Form, Key, list_form, number_form, value_form
from gradus.grading.interpret import form_of
from gradus.grading.parameters import declares, ranges_differ, renamed
from gradus.grading.parser import MAX_CHARACTERS, parse
from gradus.grading.relations import is_decimal_of
from gradus.grading.remarks import without_remarks, yes_or_no
from gradus.grading.rewrite import without_degrees
from gradus.grading.rounding import is_about
from gradus.grading.spelling import prepare
from gradus.grading.tokens import GROUPED
from gradus.grading.tree import Node, Num, Quantity, Relation, Sym, Text

Kind = Literal["number", "expression", "text", "collection", "set", "relation", "other", "empty", "too_long"]

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_FRACTION = re.compile(r"(-?)(?:\\[dt]?frac\{([0-9]{1,18})\}\{([0-9]{1,18})\}|([0-9]{1,18})/([0-9]{1,18}))")
_PAIR = re.compile(r"(-?[0-9]+),([0-9]+)")
_TRIGONOMETRIC = re.compile("sin|cos|tan|cot|sec|csc")
_LOOSE_SPACE = re.compile(r"(?<![0-9A-Za-z])\s+|\s+(?![0-9A-Za-z])")
_SPACE = re.compile(r"\s+")
_CHOICE = re.compile(
    r"(?:\\(?:text|textbf|textrm|mathrm|mathbf)\s*\{\s*)?(?:[Oo]ption\s+|[Cc]hoice\s+)?(\()?([A-J])(?(1)\)|(?:[.)]|:(?=\s)(?!.*:)))"
    r"\s*(?:\}\s*:?\s*)?(\S.*)",
    re.DOTALL,
)
_SPACED_COMMA = re.compile(r",\s")
_SPLIT_FORMULA = re.compile(r"\$\s*,\s*\$")
_CHOICES = re.compile("[A-H]{2,6}")
_KINDS: dict[str, Kind] = {
    "value": "expression", "infinite": "expression", "text": "text", "tuple": "collection", "list": "collection",
    "matrix": "collection", "clock": "collection", "time": "other",
    "reals": "set", "equation": "relation", "condition": "relation",
    "other": "other",
}  # fmt: skip
_GRADING, _VOTING = Comparison(), Comparison(strict=True)

MEMORY = 1 << 16
"""Pairs of texts whose judgements are cached."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed answer.

    Answers with equal `key` are equal except for units, names and the signs of nested roots, which `in_process` checks.
    `identity` is the text without differences that never matter. `tree` and `form` are None if the text is not
    understood. `other_forms` are further readings of an ambiguous text (`1,22`: a list or a decimal comma).
    """

    text: str
    kind: Kind
    key: Key
    identity: str
    tree: Node | None = None
    form: Form | None = None
    other_forms: tuple[Form, ...] = ()


def parse_answer(text: str) -> Parsed:
    """Parse one answer. Never raises for any text."""
    simple = _simple(text)
    if simple is not None:
        return Parsed(text, "number", ("number", simple.value), text, simple, number_form(simple.value, simple))
    if len(text) > MAX_CHARACTERS:
        return Parsed(text, "too_long", ("too_long", text), text)
    prepared = prepare(text)
    identity = _SPACE.sub(" ", _LOOSE_SPACE.sub("", prepared))
    if not identity.strip("{}()[].,;:"):
        return Parsed(text, "empty", ("empty",), "")
    tree = parse(text)
    form = None if tree is None else form_of(tree)
    others = _other_readings(text, prepared, identity, form, tree)
    if form is None:
        if not others:
            return Parsed(text, "other", ("text", identity), identity)
        form, *rest = others
        others = tuple(rest)
    kind = "number" if form.number is not None else _KINDS[form.kind]
    if form.words == "":
        return Parsed(text, "empty", ("empty",), "")
    return Parsed(text, kind, form.key, identity, tree, form, others)


def equivalent(a: str | Parsed, b: str | Parsed) -> bool | None:
    """True, False, or None if undecided. An empty answer equals nothing, not even another empty one."""
    a, b = (side if isinstance(side, Parsed) else parse_answer(side) for side in (a, b))
    return in_process(a, b).equal


parse_cached = lru_cache(maxsize=1 << 14)(parse_answer)
"""parse_answer with a cache: a reference answer is compared with many answers."""


def judge_in_process(answer: str, reference: str) -> Judgement:
    """`in_process` of two texts, with a cache. Symmetric; starts no process and imports neither SymPy nor mpmath,
    except that mpmath is imported for comparisons by interval arithmetic."""
    return _judge_sorted(*sorted((answer, reference)))


@lru_cache(maxsize=MEMORY)
def _judge_sorted(a: str, b: str) -> Judgement:
    return in_process(parse_cached(a), parse_cached(b))


def forget_in_process() -> None:
    """Clear the caches of judgements and parsed answers."""
    _judge_sorted.cache_clear()
    parse_cached.cache_clear()


def in_process(a: Parsed, b: Parsed, vote: bool = False) -> Judgement:
    """The judgement of the in-process layers. In a `vote` without the rules for an answer and a reference answer."""
    if "empty" in (a.kind, b.kind):
        return Judgement(False, "structure", "empty")
    if a.identity == b.identity:
        return Judgement(True, "identity", "equal")
    if "too_long" in (a.kind, b.kind):
        return Judgement(None, "structure", "too_long")
    if a.form is None or b.form is None:
        return Judgement(None, "structure", "not_understood")
    comparison = _VOTING if vote else _GRADING
    judgement = comparison.forms(a.form, b.form)
    if judgement.equal is not True and (a.other_forms or b.other_forms):
        readings = [(form, b.form) for form in a.other_forms] + [(form, a.form) for form in b.other_forms]
        if any(comparison.equal(left, right) for left, right in readings):
            return Judgement(True, "structure", "other_reading")
    declaring = declares(a.text), declares(b.text)
    if judgement.equal is True:
        return (
            Judgement(False, "structure", "different_range")
            if all(declaring) and ranges_differ(a.text, b.text)
            else judgement
        )
    if any(declaring) and not vote and _same_but_for_a_name(a, b):
        return Judgement(True, "structure", "renamed")
    return judgement


def _same_but_for_a_name(a: Parsed, b: Parsed) -> bool:
    """Whether two answers are equal except that a declared letter has another name."""
    for one, other in ((a, b), (b, a)):
        if one.tree is None or other.tree is None or other.form is None or ranges_differ(a.text, b.text):
            return False
        form = renamed(one.text, one.tree, other.text, other.tree)
        if form is not None and _GRADING.equal(form, other.form):
            return True
    return False


def _simple(text: str) -> Num | None:
    """Whole numbers and plain fractions, which most answers are, without the parser."""
    if _INTEGER.fullmatch(text):
        return Num(Fraction(int(text)))
    match = _FRACTION.fullmatch(text)
    if not match:
        return None
    sign, top, bottom, plain_top, plain_bottom = match.groups()
    denominator = int(bottom or plain_bottom)
    return Num(Fraction(int(sign + (top or plain_top)), denominator)) if denominator else None


def _other_readings(text: str, prepared: str, identity: str, form: Form | None, tree: Node | None) -> tuple[Form, ...]:
    r"""`1,22` may be a decimal with a comma and `120,240` two numbers; `\sin 30` may lack its degree sign; `(C) 12` is
    a choice and its content; `\sqrt2 \approx 1.41` also states 1.41."""
    choice = _CHOICE.fullmatch(prepared)
    if choice:
        content = parse(choice[3])
        return (value_form(Sym(choice[2])), *([] if content is None else [form_of(content)]))
    verdict = yes_or_no(prepared)
    if verdict:
        return (form_of(Text(verdict.lower())),)
    if form is None or tree is None:
        return ()
    if _CHOICES.fullmatch(prepared) and list(prepared) == sorted(set(prepared)):
        return (list_form([value_form(Sym(letter)) for letter in prepared]),)
    about = _about(prepared, tree)
    if about is not None:
        shown = form_of(about)
        return (shown,) if is_about(form, shown) else ()
    if _TRIGONOMETRIC.search(identity):
        plain = without_degrees(tree)
        return () if plain == tree else (form_of(plain),)
    if GROUPED.fullmatch(identity) and "." not in identity:
        parts = identity.split(",")
        if any(part[0] == "0" for part in parts[1:] if int(part) == 0):
            return ()  # 35,000 is not a list of 35 and 000
        return (list_form([number_form(Fraction(int(part))) for part in parts]),)
    pair = None if _SPACED_COMMA.search(prepared) else _PAIR.fullmatch(identity)
    if pair and form.kind == "list" and not _SPLIT_FORMULA.search(text):
        value = Fraction(int(pair[1] + pair[2]), 10 ** len(pair[2]))
        return (number_form(value, Num(value, len(pair[2]))),)
    return ()


def _about(prepared: str, tree: Node) -> Node | None:
    """The approximation that is written after an exact value."""
    relation = tree.value if isinstance(tree, Quantity) else tree
    if isinstance(relation, Relation) and "~=" in relation.ops:
        cut = relation.ops.index("~=")
        return relation.sides[cut] if is_decimal_of(*relation.sides[cut : cut + 2]) else relation.sides[-1]
    approximation = without_remarks(prepared)[1]
    return parse(approximation) if approximation else None
