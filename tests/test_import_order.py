"""Rooms import only those that README.md lists before them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
LIBRARY = PROJECT / "scripts" / "gradus"
TABLE = (PROJECT / "README.md").read_text(encoding="utf-8").partition("| room | what it does |")[2].partition("\n\n")[0]
CELLS = re.findall(r"^\| (`[^|]+) \|", TABLE, re.MULTILINE)
ORDER = [room.replace("/", ".") for cell in CELLS for room in re.findall(r"`([^`]+)`", cell)]


def room_of(module: str) -> str:
    """The longest of the rooms' names that the module's (without `gradus.`) begins with."""
    return max((room for room in ORDER if f"{module}.".startswith(f"{room}.")), key=len, default=module)


def imported(path: Path) -> Iterator[str]:
    """The project's modules that a file imports anywhere, without `gradus.`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.removeprefix("gradus.") for name in names if name.startswith("gradus."))


def test_the_table_has_every_room() -> None:
    folders = {path.name for path in LIBRARY.iterdir() if (path / "__init__.py").is_file()}
    assert {room.partition(".")[0] for room in ORDER} == folders


@pytest.mark.parametrize("room", ORDER)
def test_a_room_imports_only_those_before_it(room: str) -> None:
    later = set(ORDER[ORDER.index(room) + 1 :])
    wrong = []
    for path in (LIBRARY / room.replace(".", "/")).rglob("*.py"):
        module = ".".join(path.relative_to(LIBRARY).with_suffix("").parts)
        if room_of(module) == room:
            wrong += [f"{module} imports {name}" for name in imported(path) if room_of(name) in later]
    assert wrong == []
