"""Study files with mistakes in them, of all kinds: mutations of a study's values and of its text."""

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]
Tree = Any
Path = tuple[str | int, ...]

NUMBERS: list[Any] = [
    *(0, 1, -1, 2, 7, 1000, 10**6, 2**31, 2**63, 10**26, -(10**26), 0.0, 0.5, -0.5, 1.0, 1e-300, 1e26, 1e308),
    *(float("inf"), float("-inf"), float("nan")),
]
PATHS = [
    *("/etc/passwd", "/dev/zero", "/dev/null", "/proc/self/mem", "../", "config", "config/pocket.yaml", "results"),
    *("results/pocket/problems/train.parquet", "results/ci/export/baseline", "https://x.y", "a/b", "x/y/z", "-rf", "/"),
]
WORDS = [
    *(
        "",
        " ",
        "\n",
        "\t x",
        "a\nb",
        "é",
        "\u202etxt",
        "ｂａｓｅ",
        "\U0001f600",
        "null",
        "all",
        "con",
        "true",
        "none",
        "no",
    ),
    *(
        "2024-01-01",
        "1e3",
        "0x10",
        "..",
        ".",
        "/",
        "~",
        "-",
        "*",
        "{}",
        "{x}",
        "%s",
        "$HOME",
        "`id`",
        "a b",
        "a'b",
        'a"b',
    ),
    *("x" * 61, "x" * 5000, "\ud800", "\0", "<<", "=", "1_000", ".inf", "extends", "maj@4", "best"),
]
EXTREMES: list[Any] = [
    *(NUMBERS + PATHS + WORDS),
    *(True, False, None, [], {}, [[]], [None], {"": None}),
]
"""Values that no setting expects, or only one of another kind."""

INSERTED = [
    *("? a\n", "- a\n", "a: &a [*a]\n", "<<: *x\n", "x: !!python/object:os.system x\n", "x: !!set {a, b}\n"),
    *("%YAML 1.1\n", "---\n", "...\n", "x: !!binary aGk=\n", "x: !!timestamp 2024-01-01\n", "\ufeff", "\0", "\x85"),
    *(
        "\u2028",
        "  \t",
        "\t",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "&a ",
        "*a ",
        "!x ",
        "|\n",
        ">\n",
        "'",
        '"',
        "#",
        "@",
        "`",
        "%",
    ),
    *(",", "\r", "\r\n", '"\\ud800"', "x: !!int 0x1F\n", "x: !!float .inf\n", "extends: config\n"),
    *("extends: pocket.yaml\n", "extends: study.yaml\n", "null: 1\n", "1: 1\n", ": 1\n"),
]
"""What is put into a text, anywhere."""


def mutated_tree(draw: Draw, tree: Tree) -> Tree:
    """The study's values after a few edits, each of a kind that people make."""
    tree = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        edit = draw(st.sampled_from(EDITS))
        places = list(_places(tree))
        if places:
            edit(draw, tree, places)
    return tree


def mutated_text(draw: Draw, text: str) -> bytes:
    """The study's text with characters, lines or bytes changed."""
    for _ in range(draw(st.integers(1, 3))):
        at, length = draw(st.integers(0, len(text))), draw(st.integers(0, 40))
        kind = draw(st.sampled_from(["insert", "cut", "truncate", "indent", "repeat", "letter"]))
        if kind == "insert":
            text = text[:at] + draw(st.sampled_from(INSERTED)) + text[at:]
        elif kind == "cut":
            text = text[:at] + text[at + length :]
        elif kind == "truncate":
            text = text[:at]
        elif kind == "letter":
            text = text[:at] + draw(st.characters(exclude_categories=["Cs"])) + text[at + 1 :]
        else:
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at) + 1 or len(text)
            line = text[start:end]
            more = " " * draw(st.integers(1, 4)) + line if kind == "indent" else line * draw(st.integers(2, 3))
            text = text[:start] + more + text[end:]
    data = bytearray(text.encode())
    if data and draw(st.integers(0, 3)) == 0:
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


def _places(node: Tree, path: Path = ()) -> Any:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(items):
        yield (*path, key)
        yield from _places(value, (*path, key))


def _group(tree: Tree, path: Path) -> Any:
    for key in path[:-1]:
        tree = tree[key]
    return tree


def _get(tree: Tree, path: Path) -> Any:
    return _group(tree, path)[path[-1]]


def _delete(draw: Draw, tree: Tree, places: list[Path]) -> None:
    path = draw(st.sampled_from(places))
    del _group(tree, path)[path[-1]]


def _duplicate(draw: Draw, tree: Tree, places: list[Path]) -> None:
    path = draw(st.sampled_from(places))
    group, value = _group(tree, path), copy.deepcopy(_get(tree, path))
    if isinstance(group, dict):
        group[
            draw(st.sampled_from([f"{path[-1]}2", "Copy", "a b", "all", "null", "x" * 61, "é", "..", "a\nb", ""]))
        ] = value
    else:
        group.append(value)


def _swap(draw: Draw, tree: Tree, places: list[Path]) -> None:
    one, other = draw(st.sampled_from(places)), draw(st.sampled_from(places))
    if one[: len(other)] == other or other[: len(one)] == one:
        return
    a, b = _get(tree, one), _get(tree, other)
    _group(tree, one)[one[-1]], _group(tree, other)[other[-1]] = b, a


def _retype(draw: Draw, tree: Tree, places: list[Path]) -> None:
    path = draw(st.sampled_from(places))
    value = _get(tree, path)
    kinds = [[value], {"a": value}, str(value), [value, value], {str(value): value}, not value, None, len(str(value))]
    _group(tree, path)[path[-1]] = draw(st.sampled_from(kinds))


def _extreme(draw: Draw, tree: Tree, places: list[Path]) -> None:
    leaves = [path for path in places if not isinstance(_get(tree, path), (dict, list))] or places
    path = draw(st.sampled_from(leaves))
    _group(tree, path)[path[-1]] = copy.deepcopy(draw(st.sampled_from(EXTREMES)))


def _misspell(draw: Draw, tree: Tree, places: list[Path]) -> None:
    named = [path for path in places if isinstance(path[-1], str) and path[-1]]
    if not named:
        return
    path = draw(st.sampled_from(named))
    key = str(path[-1])
    at = draw(st.integers(0, len(key) - 1))
    wrong = draw(
        st.sampled_from([key[:at] + key[at + 1 :], key[:at] + key[at] * 2 + key[at + 1 :], key.upper(), key + " "])
    )
    group = _group(tree, path)
    group[wrong] = group.pop(path[-1])


def _move(draw: Draw, tree: Tree, places: list[Path]) -> None:
    path = draw(st.sampled_from(places))
    value = copy.deepcopy(_get(tree, path))
    targets = [other for other in places if isinstance(_get(tree, other), dict) and other[: len(path)] != path]
    del _group(tree, path)[path[-1]]
    if targets and isinstance(path[-1], str):
        to = draw(st.sampled_from(targets))
        try:
            _get(tree, to)[path[-1]] = value
        except (KeyError, IndexError, TypeError):  # the deletion moved the list entries behind it
            return


def _rename(draw: Draw, tree: Tree, places: list[Path]) -> None:
    """Name something else of the study, as a wrong reference does."""
    names = sorted({str(key) for path in places for key in path if isinstance(key, str)})
    texts = [path for path in places if isinstance(_get(tree, path), str)]
    if texts:
        path = draw(st.sampled_from(texts))
        _group(tree, path)[path[-1]] = draw(st.sampled_from(names))


EDITS = [_delete, _duplicate, _swap, _retype, _extreme, _extreme, _misspell, _move, _rename]
