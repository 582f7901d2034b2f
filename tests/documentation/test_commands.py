"""Every command of the pages is typed as it stands there: run in a small project, or, where that would take hours, a
GPU, a cluster or a key, as a dry-run. A command that `known.py` does not have fails here."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from documentation.known import KNOWN, ElsewhereRun, Plans, Runs
from documentation.pages import Typed, all_typed, files_of, text_of
from graph.project import copy_project, environment
from linked_project import PROJECT

COMMANDS = all_typed()
TINY = """\
# The pocket study in seconds, with the experiments that the pages name.
extends: full.yaml
models: {base: {steps: 12, batch_size: 8}, teacher: null}
problems:
  train: {size: 40}
  train_hard: {levels: [1, 2]}
  traces: null
  pocket500: {size: 8}
  pocket_hard: null
  pocket_reworded: null
  pocket30: null
benchmarks: {pocket_hard: null, pocket_reworded: null, pocket30: null}
traces: {custom: null, public: {size: 20}}
experiments:
  direct_rl: {steps: 2, batch_size: 2, group_size: 4, checkpoint_every: 2, seeds: null}
  sft_custom: null
  sft_public: null
  sft_then_rl: null
  grpo_hard_continued: null
  grpo_full: null
  dr_grpo: {steps: 1}
  dapo: {steps: 1}
  random_reward: null
votes: {experiments: [baseline], samples: 2, k: [1, 2]}
comparisons: {primary: [direct_rl, dapo], pairs: null}
groups: {tuned: [grpo_hard, dapo]}
hub: {namespace: me}
"""


def of_kind(*kinds: type) -> list[Typed]:
    return [command for command in COMMANDS if isinstance(KNOWN.get(command.name), kinds)]


def name_of(command: Typed) -> str:
    return command.name


def test_every_command_of_the_pages_is_known() -> None:
    unknown = {command.name: command.page for command in COMMANDS if command.name not in KNOWN}
    assert unknown == {}, "say in tests/documentation/known.py how these are tried"


def test_what_is_known_is_on_a_page() -> None:
    assert KNOWN.keys() - {command.name for command in COMMANDS} == set()


@pytest.mark.parametrize("command", of_kind(ElsewhereRun), ids=name_of)
def test_the_test_that_runs_it_is_there(command: Typed) -> None:
    known = KNOWN[command.name]
    assert isinstance(known, ElsewhereRun)
    file, _, name = known.test.partition("::")
    assert re.search(rf"^def {name}\(", (PROJECT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_shells_read_it(command: Typed) -> None:
    subprocess.run(["bash", "-n", "-c", command.text], check=True)
    for file in re.findall(r"(?<![\w/])(?:config|scripts|envs|profiles|tests)/[\w./-]+", command.text):
        assert (PROJECT / file).exists() or file in set().union(*map(files_of, {each.page for each in COMMANDS})), file


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the files of the pages, a pocket study of seconds, and the environment of this very Python."""
    folder = copy_project(tmp_path_factory.mktemp("newcomer") / "project")
    for part in ("Makefile", "tests"):
        (folder / part).symlink_to(PROJECT / part)
    venv = folder / ".venv"
    venv.mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name != ".installed":
            (venv / part.name).symlink_to(part)
    shutil.copy(PROJECT / "envs/requirements.lock", venv / ".installed")  # `make` has nothing to install
    (folder / "config/pocket.yaml").rename(folder / "config/full.yaml")
    (folder / "config/pocket.yaml").write_text(TINY, encoding="utf-8")
    (folder / "data").mkdir()
    for page in (
        "docs/own-data.md",
        "docs/problem-sets.md",
        "docs/extending.md",
        "docs/write-a-study.md",
        "docs/pretraining.md",
    ):
        for name, text in files_of(page).items():
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def typed_there(project: Path, text: str, stdin: str = "") -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=project,
        env=environment(
            GRADUS_VIEW="", HF_HUB_OFFLINE="1", PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ),
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", of_kind(Runs), ids=name_of)
def test_it_runs_as_written(project: Path, command: Typed) -> None:
    """In the order of the pages: the first commands build what the later ones read."""
    known = KNOWN[command.name]
    assert isinstance(known, Runs)
    said = typed_there(project, command.text, code_after(command) if known.reads_code else "")
    for words in known.says:
        assert words in said


def code_after(command: Typed) -> str:
    """The Python that the page has next, for a prompt."""
    (code,) = re.findall(r"```python\n(.*?)```", text_of(command.page), re.DOTALL)
    return code


@pytest.fixture(scope="module")
def planned(project: Path) -> Iterator[dict[str, Future[str]]]:
    """What the dry-runs print, two at a time, once everything above has been built."""
    with ThreadPoolExecutor(2) as pool:
        texts = {command.name: command.text.replace(".venv-gpu/bin/", "") for command in of_kind(Plans)}
        yield {name: pool.submit(typed_there, project, f"{text} --dry-run") for name, text in texts.items()}


@pytest.mark.slow
@pytest.mark.parametrize("command", of_kind(Plans), ids=name_of)
def test_a_dry_run_of_it_plans_what_it_would_do(planned: dict[str, Future[str]], command: Typed) -> None:
    known = KNOWN[command.name]
    assert isinstance(known, Plans)
    said = planned[command.name].result()
    for words in known.says:
        assert words in said
