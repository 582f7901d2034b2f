"""A study's own code in jobs: its fingerprint, where it is found, and what becomes of an exception in it."""

import json
from pathlib import Path

import pytest

from gradus.provenance import fingerprint as module
from gradus.provenance.environments import environments_of
from gradus.provenance.errors import GradusError
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.own_code import own_errors
from gradus.specs.base import JobSettings
from gradus.study.settings.own_modules import load_own, own_folders, use_folders
from typed_jobs import typed_job

FILES = {
    "mine.py": "from .words import count\n\n\ndef mine(x):\n    return count(x)  # words\n",
    "words.py": '"""Words."""\n\n\ndef count(x):\n    return len(x)\n',
    "deep/__init__.py": "",
    "deep/one.py": "from ..words import count\nfrom . import two\n",
    "deep/two.py": "from gradus.rewards.completion import GradedCompletion\n",
    "unused.py": "x = 1\n",
    "study.yaml": "study: own\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    use_folders([str(tmp_path)])
    return tmp_path


def of(*modules: str) -> str:
    module._read.cache_clear()
    return fingerprint("grpo.py", [f"gradus.own.{name}" for name in modules])


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("mine.py", "  # words", "  # letters", set()),
        ("words.py", '"""Words."""', '"""Letters."""', set()),
        ("mine.py", "count(x)", "count(x) + 1", {"mine"}),
        ("words.py", "len(x)", "len(x) + 1", {"mine", "deep.one"}),
        ("deep/two.py", "completion", "compose", {"deep.one"}),
        ("deep/__init__.py", "", "y = 1\n", {"deep.one"}),
        ("unused.py", "x = 1", "x = 2", set()),
        ("study.yaml", "own", "other", set()),
    ],
)
def test_own_code_counts_with_all_of_it_that_it_imports(
    folder: Path, file: str, old: str, new: str, changed: set[str]
) -> None:
    before = {name: of(name) for name in ("mine", "deep.one")}
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert {name for name in before if of(name) != before[name]} == changed


def test_our_code_that_it_imports_counts_too(folder: Path) -> None:
    places = {module._place(path) for path in _read_with(folder / "deep/one.py")}
    assert {Path("gradus/own/deep/two.py"), Path("gradus/own/words.py"), Path("gradus/own/deep/__init__.py")} == places
    imported = {module._place(path) for path in _read_with(folder / "deep/two.py")}
    assert Path("gradus/rewards/completion.py") in imported


def _read_with(path: Path) -> tuple[Path, ...]:
    module._read.cache_clear()
    return module._read(path)[1]


def test_a_fingerprint_is_the_same_wherever_the_folder_is(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = of("mine", "deep.one")
    moved = folder.rename(tmp_path_factory.mktemp("elsewhere") / "code")
    use_folders([str(moved)])
    assert of("mine", "deep.one") == before


def test_a_file_that_is_gone_or_there_twice_is_told(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (folder / "mine.py").unlink()
    with pytest.raises(GradusError, match=r"^own code: mine: its file is gone; "):
        of("mine")
    other = tmp_path_factory.mktemp("other")
    (other / "words.py").write_text("", encoding="utf-8")
    use_folders([str(folder), str(other)])
    with pytest.raises(GradusError, match=r"^own code: words: .*/words.py and .*/words.py are both meant by it; "):
        of("deep.one")


class Nothing(JobSettings):
    pass


def test_a_job_finds_its_own_code_by_the_note_beside_its_spec(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    results = tmp_path_factory.mktemp("results")
    use_folders([])
    with pytest.raises(GradusError, match=f"^{results}/own_code.json: not there, "):
        typed_job(results, "models/rl", Nothing(), modules=["gradus.own.mine"])
    (results / "own_code.json").write_text(json.dumps({"folders": [str(folder)]}), encoding="utf-8")
    typed_job(results, "models/sft", Nothing(), modules=["gradus.training.torch.sft"])
    assert own_folders() == []
    typed_job(results, "models/rl", Nothing(), modules=["gradus.own.mine"])
    assert load_own("mine:mine")("abc") == 3


def test_a_file_called_capabilities_is_no_environment(folder: Path) -> None:
    (folder / "capabilities.py").write_text("CAPABILITIES = None\n", encoding="utf-8")
    assert environments_of(["gradus.own.mine"], None) == []


def test_an_exception_in_own_code_is_one_line_and_one_in_ours_is_whole(folder: Path) -> None:
    with pytest.raises(GradusError) as caught, own_errors("mine:mine", "row 3"):
        load_own("mine:mine")(7)
    place = f"{folder}/words.py:5"
    assert str(caught.value) == f"{place}: mine:mine: TypeError: object of type 'int' has no len() at row 3; correct it"
    with pytest.raises(ZeroDivisionError), own_errors("correct"):
        _ = 1 / 0
    with pytest.raises(GradusError, match=r"^told by the function$"), own_errors("mine:mine"):
        raise GradusError("told by the function")
