r"""Tokenize an answer: LaTeX and plain notation give the same tokens. Linear in the length of the text."""

import re
from dataclasses import dataclass

from gradus.grading import units
from gradus.grading.notation import (
    ARGUMENTS,
    CONNECTIVES,
    DROPPED,
    FUNCTIONS,
    NAMES,
    OPERATORS,
    PLAIN_NAMES,
    SHORT_WORDS,
    TEXT_COMMANDS,
    UNSUPPORTED,
)


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: `number` (text: its digits), `name` (a variable or constant), `func`, `word`, `cmd` (a LaTeX command that
    takes arguments), or the operator itself. `spaced`: there was white space before it."""

    kind: str
    text: str
    spaced: bool = False


_LEX = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4}(?![0-9A-Za-z]))?)"
    r"|\\(?P<cmd>[A-Za-z]+|.)"
    r"|(?P<letters>[A-Za-z]+)"
    r"|(?P<foreign>[^\W\d_]+)"
    r"|(?P<op>\.{3}|\*\*|<=|>=|=<|=>|!=|==|[-+*/^_=<>(){}\[\]|,;:!%&'.\"])",
    re.DOTALL,
)
_GROUPED_RUN = re.compile(r"[0-9]+(?:,[0-9]+)+(?![0-9])(?:\.[0-9]+)?")
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_SPACE_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?: [0-9]{3})+(?![0-9])(?! ?[0-9/,])(?:\.[0-9]+)?")
_GLUED = re.compile("(sin|cos|tan|sec|csc|cot|log|ln|sqrt)([a-zA-Z])")


def tokenize(text: str) -> list[Token] | None:
    """The tokens of a prepared text; None if a character belongs to no known notation."""
    tokens: list[Token] = []
    at, spaced, depth = 0, False, 0
    texts: list[int] = []  # the brace depths at which a \text{ began
    braces = 0
    while at < len(text):
        match = _LEX.match(text, at)
        if not match or match.lastgroup is None:
            return None
        kind, found = match.lastgroup, match[match.lastgroup]
        at = match.end()
        if kind == "space":
            spaced = True
            continue
        if kind == "number":
            run = None if depth else _GROUPED_RUN.match(text, match.start())
            run = run if run and GROUPED.fullmatch(run[0]) else _SPACE_GROUPED.match(text, match.start())
            if run and not (tokens and tokens[-1].kind == "number"):
                found, at = run[0].replace(",", "").replace(" ", ""), run.end()
            tokens.append(Token("number", found, spaced))
        elif kind == "cmd":
            if found in TEXT_COMMANDS:
                brace = re.compile(r"\s*\{").match(text, at)
                if brace:
                    at = brace.end()
                    braces += 1
                    texts.append(braces)
                    spaced = True
                    continue
                continue
            token = _command(found, spaced)
            if token is None:
                if found in DROPPED:
                    spaced = True
                    continue
                return None
            depth += (token.kind == "\\{") - (token.kind == "\\}")
            tokens.append(token)
        elif kind == "letters":
            tokens.extend(_letters(found, spaced, bool(texts), tokens[-1] if tokens else None))
        elif kind == "foreign":
            tokens.append(Token("word", found, spaced))
        else:
            if found == "{":
                braces += 1
            elif found == "}":
                if texts and texts[-1] == braces:
                    texts.pop()
                    braces -= 1
                    spaced = True
                    continue
                braces -= 1
            depth += (found in "([") - (found in ")]")
            if found in ".'\"" and (texts or found != "'"):
                spaced = True
                continue
            tokens.append(Token({"**": "^", "==": "=", "=<": "<=", "=>": ">="}.get(found, found), found, spaced))
        spaced = False
    return tokens


def _command(name: str, spaced: bool) -> Token | None:
    if name in OPERATORS:
        return Token(OPERATORS[name], name, spaced)
    if name in NAMES:
        return Token("name", name, spaced)
    if name in ARGUMENTS:
        return Token("cmd", name, spaced)
    if name in FUNCTIONS:
        return Token("func", FUNCTIONS[name], spaced)
    if name in UNSUPPORTED:
        return Token("cmd", name, spaced)
    unknown = name in DROPPED or not name.isalpha() or len(name) > 5
    return None if unknown else Token("name", name, spaced)


def _letters(run: str, spaced: bool, in_text: bool, before: Token | None) -> list[Token]:
    lower = run.lower()
    if lower in CONNECTIVES:
        return [Token("and", run, spaced)]
    if len(run) == 1:
        unit = in_text and run in units.LETTERS and _after_value(before)
        return [Token("word" if unit else "name", run, spaced)]
    if run in PLAIN_NAMES:
        name = PLAIN_NAMES[run]
        return [Token("cmd" if name == "sqrt" else "name", name, spaced)]
    if run in FUNCTIONS and not (in_text and run in ("min", "sec") and _after_value(before)):
        return [Token("func", FUNCTIONS[run], spaced)]
    if lower in ("st", "nd", "rd", "th") and before is not None and before.kind == "number" and not spaced:
        return [Token("word", run, True)]
    if lower == "by" and before is not None and before.kind == "word":  # 4 ft by 12 ft
        return [Token("word", run, spaced)]
    if in_text or (lower in SHORT_WORDS and not (run.isupper() and len(run) < 3)):
        return [Token("word", run, spaced)]
    if (units.unit_name(run) in units.BARE or lower in units.BARE) and _after_value(before):
        return [Token("word", run, spaced)]
    if lower[:-1] in CONNECTIVES and _after_value(before):  # 1orx=2
        return [Token("and", run[:-1], spaced), Token("name", run[-1], True)]
    glued = _GLUED.fullmatch(run)
    if glued:
        head = Token("cmd", "sqrt", spaced) if glued[1] == "sqrt" else Token("func", glued[1], spaced)
        return [head, Token("name", glued[2])]
    if len(run) > 3 or (len(run) == 3 and before is not None and before.kind == "word"):
        return [Token("word", run, spaced)]
    return [Token("name", letter, spaced and not place) for place, letter in enumerate(run)]


def _after_value(before: Token | None) -> bool:
    return before is not None and before.kind in ("number", ")", "}", "]", "\\}", "word", "name", "%", "/", "*")
