"""The turns of a trace set, asked and answered."""

import json
from pathlib import Path

import pytest

from gradus.provenance.errors import GradusError
from gradus.traces import turns as module
from gradus.traces.turns import turns


def write(path: Path, *chats: list[tuple[str, str]]) -> Path:
    rows = [{"id": f"p{i}", "messages": [{"role": r, "content": c} for r, c in chat]} for i, chat in enumerate(chats)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_turns_of_each_role_with_their_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few_shot = [("system", "s"), ("user", "shot"), ("assistant", "a"), ("user", "ask"), ("assistant", "b")]
    path = write(tmp_path / "t.jsonl", [("user", "one"), ("assistant", "x")], few_shot, [("user", "three")])
    asked = [(1, "p0", "one"), (2, "p1", "shot"), (2, "p1", "ask"), (3, "p2", "three")]
    answered = [(1, "p0", "x"), (2, "p1", "a"), (2, "p1", "b")]
    assert [list(batch) for batch in turns(path)] == [asked, answered]
    monkeypatch.setattr(module, "BATCH_ROWS", 2)
    assert [len(batch) for batch in turns(path)] == [3, 3, 1]


@pytest.mark.parametrize("line", ['{"id": "a", "messages": ', '{"id": "a"}', "[1]", '{"id": "a", "messages": [{}]}'])
def test_a_line_that_is_no_trace_is_named(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / "t.jsonl", [("user", "one")])
    with open(path, "a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(GradusError, match=r"t\.jsonl:2: not a trace"):
        list(turns(path))
