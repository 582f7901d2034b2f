"""Fingerprints on a small project: what changes them and what does not."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gradus.provenance import fingerprint as module
from gradus.provenance.fingerprint import fingerprint

PROJECT = {
    "train.py": "from gradus.training.step import step\n\n\ndef build(job):\n    return step(job)\n",
    "gradus/__init__.py": "",
    "gradus/training/__init__.py": "",
    "gradus/training/step.py": '"""Steps."""\n\n'
    "from gradus.training import loss\n\n\n"
    "def step(x):\n"
    '    """One step."""\n'
    "    import gradus.models.net\n\n"
    "    return loss.loss(gradus.models.net.run(x))  # a comment\n",
    "gradus/training/loss.py": "from .scale import SCALE\nfrom ..models import init\n\n\n"
    "def loss(x):\n    return x * SCALE\n",
    "gradus/training/scale.py": "SCALE = 2\n",
    "gradus/training/torch/__init__.py": "",
    "gradus/training/torch/grpo.py": "def train():\n    pass\n",
    "gradus/training/unused.py": "x = 1\n",
    "gradus/models/__init__.py": "",
    "gradus/models/net.py": "from gradus.provenance.job import Job\n\n\ndef run(x):\n    return x\n",
    "gradus/models/init.py": "class Init:\n    pass\n",
    "gradus/provenance/__init__.py": "",
    "gradus/provenance/job.py": "from gradus.study.plan import Plan\n",
    "gradus/provenance/seeds.py": "def derive_seed(seed):\n    return seed\n",
    "gradus/study/__init__.py": "",
    "gradus/study/plan.py": "Plan = 1\n",
    "gradus/reporting/__init__.py": "",
    "gradus/reporting/page.py": "",
}


def forget() -> None:
    module._read.cache_clear()
    module._data_files.cache_clear()


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in PROJECT.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(module, "SCRIPTS", tmp_path)
    forget()
    yield tmp_path
    forget()


@pytest.fixture
def differs(scripts: Path) -> Callable[..., bool]:
    def after(name: str, *replacement: str, script: str = "train.py", modules: tuple[str, ...] = ()) -> bool:
        """Does the fingerprint differ after the file was given a new text, or one passage of it another?"""
        forget()
        before = fingerprint(script, modules)
        path = scripts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if len(replacement) == 2:
            text = path.read_text(encoding="utf-8")
            assert replacement[0] in text
            path.write_text(text.replace(*replacement), encoding="utf-8")
        else:
            path.write_text(replacement[0], encoding="utf-8")
        forget()
        return fingerprint(script, modules) != before

    return after


def test_comments_docstrings_and_formatting_do_not_count(differs: Callable[..., bool]) -> None:
    step = "gradus/training/step.py"
    assert not differs(step, "  # a comment", "  # another\n")
    assert not differs(step, '"""Steps."""', '"""Many steps."""')
    assert not differs(step, '"""Many steps."""\n', "")
    assert not differs(step, '    """One step."""\n', '    """A step, at last."""\n')
    assert not differs(
        step, "loss.loss(gradus.models.net.run(x))", "loss.loss(\n        (gradus.models.net.run(x)),\n    )"
    )
    assert not differs("gradus/models/init.py", "    pass\n", '    """Says what it is."""\n')
    assert not differs("gradus/models/__init__.py", '"""Says what it is."""\n')


def test_a_text_that_is_not_a_docstring_counts(differs: Callable[..., bool]) -> None:
    assert differs("gradus/training/scale.py", "SCALE = 2", "SCALE = 'two'")
    assert differs("gradus/training/scale.py", "SCALE = 'two'", "SCALE = 'three'")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("train.py", "step(job)", "step(None)"),
        ("gradus/training/step.py", "loss.loss(", "-loss.loss("),
        pytest.param("gradus/training/loss.py", "x * SCALE", "x + SCALE", id="from package import module"),
        pytest.param("gradus/training/scale.py", "2", "3", id="relative import of a name"),
        pytest.param("gradus/models/init.py", "pass", "size = 3", id="relative import of a module from above"),
        pytest.param("gradus/models/net.py", "return x", "return -x", id="import inside a function"),
    ],
)
def test_code_counts_however_it_is_imported(differs: Callable[..., bool], name: str, old: str, new: str) -> None:
    assert differs(name, old, new)


def test_code_in_a_package_around_a_module_counts(differs: Callable[..., bool]) -> None:
    assert differs("gradus/models/__init__.py", "import torch\n")
    assert differs("gradus/__init__.py", "import torch\n")


def test_the_plan_and_the_running_of_jobs_do_not_count(differs: Callable[..., bool]) -> None:
    assert not differs("gradus/provenance/job.py", "x = 1\n")
    assert not differs("gradus/study/plan.py", "Plan = 2\n")
    assert not differs("gradus/provenance/seeds.py", "return seed", "return seed + 1")


def test_seeds_count_where_they_are_used(differs: Callable[..., bool]) -> None:
    assert differs("train.py", "def build", "from gradus.provenance.seeds import derive_seed\n\n\ndef build")
    assert differs("gradus/provenance/seeds.py", "return seed", "return seed + 1")


def test_modules_that_are_loaded_by_name_count(differs: Callable[..., bool], scripts: Path) -> None:
    by_name = ("gradus.training.torch.grpo",)
    assert not differs("gradus/training/torch/grpo.py", "pass", "return 1")
    assert differs("gradus/training/torch/grpo.py", "return 1", "return 2", modules=by_name)
    with pytest.raises(ModuleNotFoundError, match=r"gradus\.training\.jax: no such project module"):
        fingerprint("train.py", ("gradus.training.jax",))


def test_files_beside_a_module_count(differs: Callable[..., bool], scripts: Path) -> None:
    (scripts / "report.py").write_text("import gradus.reporting.page\n", encoding="utf-8")
    assert differs("gradus/reporting/page.css", "body {}\n", script="report.py")
    assert differs("gradus/reporting/page.css", "body { margin: 0 }\n", script="report.py")
    assert not differs("gradus/reporting/page.css", "body { margin: 1 }\n", script="train.py")


def test_notes_and_what_editors_leave_behind_do_not_count(differs: Callable[..., bool], scripts: Path) -> None:
    (scripts / "report.py").write_text("import gradus.reporting.page\n", encoding="utf-8")
    for name in (".page.py.swp", "page.css~", ".DS_Store", "README.md"):
        assert not differs(f"gradus/reporting/{name}", "x", script="report.py")


def test_code_that_nothing_imports_does_not_count(differs: Callable[..., bool], scripts: Path) -> None:
    assert not differs("gradus/training/unused.py", "x = 2\n")
    forget()
    before = fingerprint("train.py")
    (scripts / "gradus/training/unused.py").rename(scripts / "gradus/training/unneeded.py")
    forget()
    assert fingerprint("train.py") == before


def test_the_place_of_the_project_does_not_count(
    scripts: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint("train.py")
    moved = tmp_path_factory.mktemp("elsewhere") / "scripts"
    scripts.rename(moved)
    monkeypatch.setattr(module, "SCRIPTS", moved)
    forget()
    assert fingerprint("train.py") == before
    moved.rename(scripts)


def test_a_module_that_moves_counts(differs: Callable[..., bool], scripts: Path) -> None:
    before = fingerprint("train.py")
    (scripts / "gradus/training/scale.py").rename(scripts / "gradus/training/factor.py")
    loss = scripts / "gradus/training/loss.py"
    loss.write_text(loss.read_text(encoding="utf-8").replace(".scale", ".factor"), encoding="utf-8")
    forget()
    assert fingerprint("train.py") != before


def test_modules_that_import_each_other_end(differs: Callable[..., bool]) -> None:
    assert differs("gradus/training/scale.py", "from gradus.training import loss\n\nSCALE = 2\n")
