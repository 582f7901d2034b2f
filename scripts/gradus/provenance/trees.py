"""A syntax tree as text that is the same by every Python from 3.11 on.

The text of `ast.dump` is not: 3.12 knows fields that 3.11 does not (`type_params`), 3.13 leaves out empty lists, and
3.12 ends the format of an f-string in an empty string (`f"{x:{width}}"`). Here a field that holds nothing is never
written, fields are sorted by name, and the strings of an f-string are joined. Positions do not count.
"""

import ast
from typing import Any

SPELLING = ("kind", "type_comment")
"""Fields that say how a thing is written (u"a" or "a"), not what it is."""


def tree_text(tree: ast.AST) -> str:
    """One line for each node, with the names of its fields, whose values follow, each before what comes after it.

    Code that differs in more than its spelling has another text. Without recursion, which deep code would exhaust.
    """
    lines: list[str] = []
    todo: list[Any] = [tree]
    while todo:
        value = todo.pop()
        if isinstance(value, ast.AST):
            fields = _fields(value)
            lines.append(f"{type(value).__name__}({' '.join(fields)})")
            todo += reversed(fields.values())
        elif isinstance(value, list):
            lines.append(f"[{len(value)}]")
            todo += reversed(value)
        else:
            lines.append(_constant_text(value))
    return "\n".join(lines)


def _fields(node: ast.AST) -> dict[str, Any]:
    """The fields of a node that hold something, sorted."""
    fields = {name: value for name, value in ast.iter_fields(node) if name not in SPELLING}
    if isinstance(node, ast.JoinedStr):
        fields["values"] = _joined(node.values)
    elif isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
        fields["format_spec"] = _joined(node.format_spec.values)
    if not isinstance(node, ast.Constant):
        fields = {name: value for name, value in fields.items() if value is not None and value != []}
    return dict(sorted(fields.items()))


def _joined(parts: list[ast.expr]) -> list[ast.expr]:
    """The parts of an f-string, neighbouring strings as one, and no empty ones."""
    joined: list[ast.expr] = []
    for part in parts:
        if not isinstance(part, ast.Constant):
            joined.append(part)
        elif joined and isinstance(joined[-1], ast.Constant):
            joined[-1] = ast.Constant(f"{joined[-1].value}{part.value}")
        elif part.value:
            joined.append(part)
    return joined


def _constant_text(value: Any) -> str:
    """The type and the exact value: True is not 1, and 1 is not 1.0."""
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, complex):
        return f"{value.real.hex()}+{value.imag.hex()}j"
    if isinstance(value, int) and not isinstance(value, bool):
        return hex(value)  # decimal digits have a limit
    return ascii(value)  # not repr: which characters it prints as they are differs
