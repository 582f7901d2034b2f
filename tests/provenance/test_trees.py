"""The text of a syntax tree: the same by every Python, and another one for every other code."""

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gradus.provenance.fingerprint import SCRIPTS, fingerprint
from gradus.provenance.trees import tree_text

SOURCE = '''
import math as m
from ..a import b, c as d

class Net(Base, metaclass=M):
    size: int = 0x10
    async def run(self, x, /, y=1.5, *rest, key: "int | None" = None, **more) -> None:
        """Not a docstring here: nothing drops it."""
        async with x as (a, b), y:
            return [f"{a!r:>{self.size}}" f"{b:}" "c", *rest, {**more, "k": -1j}, b"\\x00", "\\u00e9\\U0001fae8", ...]

@once
def step(a=True, *, b=False):
    global total
    total = lambda z: (yield z)
    match a:
        case {"k": [1, *others], **more} if others: pass
        case Net(size=2) | None: raise ValueError from None
    try: ...
    except* OSError as error: del error
    return f"{a = }" if not (a := b) else f""
'''
RECORDED = "fd6618037dd0a71f7582462f6d6a98bab6b54abac52907872d5f804b88f37a37"
"""By Python 3.11, 3.12 and 3.13 alike."""

OTHERS = ("3.11", "3.12", "3.13", "3.14")
ASK = (
    "import sys; sys.path.insert(0, sys.argv[1])\n"
    "from gradus.provenance.fingerprint import fingerprint\n"
    "for script in sys.argv[2:]: print(fingerprint(script))\n"
)


def digest(source: str) -> str:
    return hashlib.sha256(tree_text(ast.parse(source)).encode()).hexdigest()


def python(version: str) -> str:
    """An interpreter of this version, where this machine has one."""
    if tuple(map(int, version.split("."))) == sys.version_info[:2]:
        pytest.skip(f"Python {version} runs the tests itself")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for found in [shutil.which(f"python{version}"), *sorted(map(str, pyenv.glob(f"{version}.*/bin/python")))]:
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    pytest.skip(f"this machine has no Python {version}")


def test_this_python_reads_what_was_recorded() -> None:
    assert digest(SOURCE) == RECORDED


@pytest.mark.parametrize("version", OTHERS)
def test_another_python_gives_the_project_the_same_fingerprints(version: str) -> None:
    interpreter = python(version)
    scripts = sorted(path.name for path in SCRIPTS.glob("*.py"))
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    command = [interpreter, "-c", ASK, str(SCRIPTS), *scripts]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert said.split() == [fingerprint(script) for script in scripts]


def test_fields_that_only_some_pythons_write_do_not_count() -> None:
    """`type_params=[]` comes with 3.12, empty lists and None are left out or not."""

    class FunctionDef(ast.FunctionDef):
        _fields = (*ast.FunctionDef._fields, "type_params", "of_a_python_to_come")

    given = {"posonlyargs": [], "args": [], "kwonlyargs": [], "kw_defaults": [], "defaults": []}
    full = FunctionDef(name="f", args=ast.arguments(**given), body=[ast.Return(value=None)], decorator_list=[])
    full.returns, full.type_params, full.of_a_python_to_come = None, [], None
    bare = FunctionDef(name="f", args=ast.arguments(), body=[ast.Return()])  # ty: ignore[missing-argument]
    assert tree_text(full) == tree_text(bare) == tree_text(ast.parse("def f(): return").body[0])
    full.type_params = [ast.Name("T")]
    assert tree_text(full) != tree_text(bare)


def test_the_strings_of_an_f_string_are_the_same_however_they_are_cut() -> None:
    """3.12 ends the format in an empty string."""

    def text(*parts: ast.expr) -> str:
        value = ast.FormattedValue(ast.Name("x", ast.Load()), -1, ast.JoinedStr(list(parts)))
        return tree_text(ast.JoinedStr([value]))

    width = ast.FormattedValue(ast.Name("w", ast.Load()), -1)
    assert text(width) == text(width, ast.Constant(""))
    assert text(ast.Constant("ab")) == text(ast.Constant("a"), ast.Constant(""), ast.Constant("b"))
    assert len({text(width), text(), text(ast.Constant("a"), width), text(width, ast.Constant("a"))}) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 'a'  # note", 'x = u"a"'),
        ("x = 'a' 'b'", "x = ('ab')"),
        ("x = 1_000", "x = 0x3e8"),
        ("f'{x:}'", "f'{x}'"),
        ("f'{x}' 'ab'", "f'{x}a' f'b'"),
        ("'é'", "'\\u00e9'"),
    ],
)
def test_spelling_does_not_count(one: str, other: str) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = True"),
        ("x = 1", "x = 1.0"),
        ("x = 1.0", "x = 1j"),
        ("x = 'a'", "x = b'a'"),
        ("x = 'None'", "x = None"),
        ("x = None", "x = ..."),
        ("x = 1e300", "x = 1e301"),
        (f"x = {hex(10**5000)}", f"x = {hex(10**5000 + 1)}"),
        ("x = 'a'", "x = 'A'"),
        ("x = []", "x = ()"),
        ("x = [[], 1]", "x = [[1]]"),
        ("x = ''", "x = f''"),
        ("def f(): return", "def f(): return f''"),
        ("def f(): return", "def f(): return None"),
        ("f'{x}'", "f'{x!s}'"),
        ("f'{x}'", "f'{x:1}'"),
        ("f(a, *b)", "f(*b, a)"),
        ("f(a=b)", "f(b=a)"),
        ("f(**a)", "f(*a)"),
        ("{**a, b: c}", "{b: c, **a}"),
        ("def f(a, b): pass", "def f(a, *, b): pass"),
        ("def f(a, b): pass", "def f(a, /, b): pass"),
        ("def f(a, b=1): pass", "def f(a=1, b=1): pass"),
        ("def f(*, a, b=1): pass", "def f(*, a=1, b): pass"),
        ("@a\n@b\ndef f(): pass", "@b\n@a\ndef f(): pass"),
        ("async def f(): pass", "def f(): pass"),
        ("x[1:]", "x[:1]"),
        ("x[1:]", "x[1]"),
        ("a < b", "a <= b"),
        ("a - b - c", "a - (b - c)"),
        ("a: int", "a: int = 1"),
        ("import a", "import a as b"),
        ("import a.b", "from a import b"),
        ("from . import a", "from .. import a"),
        ("if a:\n b\nc", "if a:\n b\n c"),
        ("if a:\n b\nelse:\n c", "if a:\n b\n c"),
        ("try:\n a\nexcept B:\n c", "try:\n a\nexcept* B:\n c"),
        ("[a for b in c if d]", "[a for b in c if d if e]"),
        ("match a:\n case None: pass", "match a:\n case True: pass"),
    ],
)
def test_other_code_has_another_text(one: str, other: str) -> None:
    assert digest(one) != digest(other)


def test_deep_code_is_read() -> None:
    deep = " + ".join(f"a{number}" for number in range(500))
    assert digest(f"x = {deep}") != digest(f"x = {deep} + b")
    tree: ast.expr = ast.Name("x", ast.Load())
    for _ in range(20_000):  # deeper than any parser goes
        tree = ast.UnaryOp(ast.USub(), tree)
    assert tree_text(tree).count("USub") == 20_000
