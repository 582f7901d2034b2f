"""docs/results.md names the columns of what the library writes; tests/graph compares it with a study that was built."""

from pathlib import Path

import pytest

from gradus.provenance.files import write_json, write_text
from reporting.study_files import write_study
from results.results_page import PAGE, absent, read_page, undocumented

SMALL_PAGE = """
### `table.csv`

| column | unit | meaning |
|---|---|---|
| `a` | name | a |
| `<benchmark>_n` | number | b |
| `c` | number | Only in some studies: c |

### `eval/<run>/<benchmark>.json`

| key | unit | meaning |
|---|---|---|
| `cells.<benchmark>.n`, `rows[].x` | number | d |
| `settings.*` | | e |

## Other files

| file | what it is |
|---|---|
| `logs/**` | f |
| `hub/**` | Only sometimes: g |
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    write_text(tmp_path / "table.csv", "a,easy_n\n")
    write_json(tmp_path / "eval/rl.seed-1/easy.json", {"cells": {"easy": {"n": 1}}, "rows": [], "settings": {"k": [1]}})
    write_text(tmp_path / "logs/eval/rl.log", "")
    write_text(tmp_path / ".planned.json", "{}")
    return tmp_path


def test_a_page_that_has_all(study: Path) -> None:
    page = read_page(SMALL_PAGE)
    assert undocumented(study, page) == []
    assert absent(study, page) == []


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("table.csv", "a,easy_n,d\n", ["table.csv: d"]),
        ("table.csv", "a,easy_n,easy_m\n", ["table.csv: easy_m"]),
        ("other.csv", "a\n", ["other.csv"]),
        ("eval/rl/easy.json", '{"cells": {"easy": {"n": 1, "m": 2}}}', ["eval/<run>/<benchmark>.json: cells.easy.m"]),
        ("eval/rl/easy.json", '{"rows": [{"x": 1}, {"y": 1}]}', ["eval/<run>/<benchmark>.json: rows[].y"]),
        ("eval/rl/easy.json", '{"names": []}', ["eval/<run>/<benchmark>.json: names[]"]),
    ],
)
def test_what_the_page_does_not_have(study: Path, file: str, text: str, said: list[str]) -> None:
    write_text(study / file, text)
    assert undocumented(study, read_page(SMALL_PAGE)) == said


def test_what_the_study_does_not_have(study: Path) -> None:
    write_text(study / "table.csv", "a\n")
    write_json(study / "eval/rl.seed-1/easy.json", {"rows": [], "settings": {"k": 1}})
    (study / "logs/eval/rl.log").unlink()
    assert absent(study, read_page(SMALL_PAGE)) == [
        *("table.csv: <benchmark>_n", "eval/<run>/<benchmark>.json: cells.<benchmark>.n", "logs/**"),
    ]


def test_columns_that_the_library_writes_are_documented(tmp_path: Path) -> None:
    """Tables, scores, verdicts and curves of a small study that is made without a build."""
    assert undocumented(write_study(tmp_path), read_page(PAGE.read_text(encoding="utf-8"))) == []
