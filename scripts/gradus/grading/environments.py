r"""LaTeX environments for layout: `aligned` and similar ones become one line, a braced `array` becomes `cases`."""

import re

_ROW_SPACE = re.compile(r"\\\\(?:\s*\*)?\s*\[\s*-?[0-9]*\.?[0-9]+\s*\\?[a-z]{2,10}\s*\]|\\\\\*")
_PART = re.compile(
    r"(?P<brace>\\(?:left)?\s*\\?\\\{\s*)?\\begin\s*\{(?P<begin>[A-Za-z]+)\*?\}(?:\s*\[[a-z]\])?"
    r"|\\end\s*\{(?P<end>[A-Za-z]+)\*?\}(?P<point>\s*\\right\s*\.)?|(?P<row>\\\\)|\\[&%$]|(?P<cell>&)"
)
_COLUMNS = re.compile(r"\s*\{[^{}]*\}")
_LINES = frozenset(
    [
        "aligned",
        "align",
        "gathered",
        "gather",
        "split",
        "multline",
        "multlined",
        "eqnarray",
        "alignedat",
        "alignat",
        "flalign",
        "equation",
        "displaymath",
        "math",
        "center",
    ]
)
_SYSTEMS = frozenset(["cases", "dcases", "rcases", "numcases"])
_COLUMNED = frozenset(["array", "alignedat", "alignat"])
_RELATES = re.compile(r"\s*(?:=|<|>|\\(?:le|ge|leq|geq|lt|gt|approx|equiv|neq?)(?![A-Za-z]))")
_GOES_ON = re.compile(r"\s*&?\s*(?:=|<|>|\\(?:le|ge|leq|geq|lt|gt|approx|equiv|neq?|cdot|times)(?![A-Za-z])|\+)")


def flatten(text: str) -> str:
    r"""The text without the environments that break lines: a row is an item of a list, or continues the one before if
    it begins with a relation. `\left\{\begin{array}` becomes `\begin{cases}`; matrices are left unchanged."""
    if "\\begin" not in text:
        return text
    text = _ROW_SPACE.sub(r"\\\\ ", text)
    kept: list[str] = []
    open_ones: list[str] = []
    at = 0
    for part in _PART.finditer(text):
        if part.start() < at:
            continue
        kept.append(text[at : part.start()])
        at = part.end()
        inside = open_ones[-1] if open_ones else ""
        if part["begin"]:
            name = part["begin"]
            columns = _COLUMNS.match(text, at) if name in _COLUMNED else None
            if part["brace"] and (name == "array" or name in _LINES):
                name = "cases"
            open_ones.append(name)
            if name in _LINES or name in _SYSTEMS:
                at = columns.end() if columns else at
                kept.append(" " if name in _LINES else r"\begin{cases}")
            else:
                kept.append(part[0])
        elif part["end"]:
            kept.append(" " if inside in _LINES else r"\end{cases}" if inside in _SYSTEMS else part[0])
            open_ones = open_ones[:-1]
        elif part["cell"] and (_RELATES.match(text, at) or kept[-1].rstrip()[-1:] == "="):
            kept.append(" ")  # it only aligns the relations
        elif inside in _LINES and (part["row"] or part["cell"]):
            goes_on = part["cell"] or _GOES_ON.match(text, at)
            kept.append(" " if goes_on else ", ")
        else:
            kept.append(part[0])
    kept.append(text[at:])
    return "".join(kept)
