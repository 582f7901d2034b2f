"""What is read of Python files is kept by their content, and never believed when it may be out of date."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradus.provenance import syntax
from gradus.provenance.syntax import keep_syntax, read_syntax

SOURCE = '"""Doc."""\nfrom ..models import lora, qwen3\nimport torch.nn\n\nx = 1  # one\n'


def forget() -> None:
    """As in a new process."""
    syntax._read.clear()
    syntax._stored.cache_clear()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "__pycache__" / "syntax.json"
    monkeypatch.setattr(syntax, "STORE", path)
    monkeypatch.setattr(syntax.sys, "dont_write_bytecode", False)
    forget()
    yield path
    forget()


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were parsed rather than remembered."""
    names: list[str] = []
    parse = ast.parse

    def noted(source: bytes, filename: str) -> ast.Module:
        names.append(Path(filename).name)
        return parse(source, filename)

    monkeypatch.setattr(syntax.ast, "parse", noted)
    return names


def test_digest_and_imports(tmp_path: Path, store: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE, encoding="utf-8")
    digest, imports = read_syntax(tmp_path / "a.py")
    assert imports == ((2, "models", ("lora", "qwen3")), (0, "torch.nn", ()))
    (tmp_path / "b.py").write_text(SOURCE.replace("  # one", "").replace("Doc", "Document"), encoding="utf-8")
    (tmp_path / "c.py").write_text(SOURCE.replace("1", "2"), encoding="utf-8")
    assert read_syntax(tmp_path / "b.py") == (digest, imports)
    assert read_syntax(tmp_path / "c.py")[0] != digest


def test_what_a_setting_says_of_itself_is_no_code_and_its_default_is(tmp_path: Path, store: Path) -> None:
    setting = 'words: int = Field(150, ge=1, description="Fewer words.")\n'
    texts = [setting, setting.replace("Fewer", "It has fewer"), setting.replace("150", "151")]
    digests = []
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.py"
        path.write_text(text, encoding="utf-8")
        digests.append(read_syntax(path)[0])
    assert digests[0] == digests[1] != digests[2]


def test_what_is_kept_is_not_parsed_again_until_its_content_changes(
    tmp_path: Path, store: Path, parsed: list[str]
) -> None:
    path = tmp_path / "a.py"
    path.write_text(SOURCE, encoding="utf-8")
    first = read_syntax(path)
    keep_syntax()
    forget()
    assert read_syntax(path) == first
    assert parsed == ["a.py"]
    path.write_text(SOURCE + "y = 2\n", encoding="utf-8")
    assert read_syntax(path) != first
    assert parsed == ["a.py", "a.py"]


def test_what_no_file_holds_any_more_is_dropped(tmp_path: Path, store: Path) -> None:
    path = tmp_path / "a.py"
    for text in (SOURCE, SOURCE + "y = 2\n"):
        path.write_text(text, encoding="utf-8")
        forget()
        read_syntax(path)
        keep_syntax()
    assert len(json.loads(store.read_text(encoding="utf-8"))["files"]) == 1


@pytest.mark.parametrize("change", ["another reader", "no reader", "torn", "empty", "a list"])
def test_a_store_that_cannot_be_used_is_as_none(tmp_path: Path, store: Path, parsed: list[str], change: str) -> None:
    """It holds the very content that is asked for, with another answer: the reader of a former version gave it."""
    path = tmp_path / "a.py"
    path.write_text(SOURCE, encoding="utf-8")
    right = read_syntax(path)
    keep_syntax()
    kept = json.loads(store.read_text(encoding="utf-8"))
    kept["files"] = {content: ["0" * 64, []] for content in kept["files"]}
    store.write_text(json.dumps(kept), encoding="utf-8")
    forget()
    assert read_syntax(path) == ("0" * 64, ())  # as long as the reader is the same, it is believed
    if change == "no reader":
        del kept["reader"]
    elif change == "another reader":
        kept["reader"] = "of another version"
    text = json.dumps(kept)
    store.write_text({"torn": text[:-2], "empty": "", "a list": "[]"}.get(change, text), encoding="utf-8")
    forget()
    assert read_syntax(path) == right
    assert parsed == ["a.py", "a.py"]


def test_a_project_that_cannot_be_written_to_keeps_nothing(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text(SOURCE, encoding="utf-8")
    read_syntax(tmp_path / "a.py")
    store.parent.write_text("a file where the folder should be", encoding="utf-8")
    keep_syntax()
    store.parent.unlink()
    monkeypatch.setattr(syntax.sys, "dont_write_bytecode", True)
    keep_syntax()
    assert not store.exists()
