"""What a stranger does first: from another folder, another environment, with names that shells take apart."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gradus.study import command_line
from graph.project import copy_project
from linked_project import PROJECT, linked_project
from study.dry_run import ask

BIN = Path(sys.executable).parent
STUDY = "extends: ../config/ci.yaml\nstudy: mine\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return linked_project(tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize("where", ["-s", "-d"])
def test_a_command_in_another_folder_is_told_where_to_go(project: Path, tmp_path: Path, where: str) -> None:
    arguments = {"-s": ["-s", f"{project}/Snakefile"], "-d": ["-d", str(tmp_path)]}[where]
    answer = ask(tmp_path if where == "-s" else project, *arguments)
    assert answer.code == 1
    assert answer.lines == [
        f"error: {tmp_path}: not the folder of this Snakefile, where its jobs run; type: cd {project}, and name no "
        "other folder (-d); for results on another disk, make `results` a link"
    ]


def test_braces_in_the_projects_path_are_refused(tmp_path: Path) -> None:
    project = linked_project(tmp_path / "a {project}")
    answer = ask(project)
    assert answer.code == 1
    assert answer.lines == [f"error: {project}: Snakemake takes braces in a path for wildcards; rename this folder"]


def test_two_studies_in_one_command_are_refused(project: Path) -> None:
    answer = ask(project, "--configfile", "config/ci.yaml", "--configfile", "config/pocket.yaml")
    assert answer.code == 1
    assert answer.lines == [
        "error: --configfile is there twice (config/ci.yaml and config/pocket.yaml) and Snakemake would read the last; "
        "name one study (a study can `extends:` another)"
    ]


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("repotr", "there is no target 'repotr'; did you mean report?"),
        (
            "results/ci/models/dappo/model.json",
            "there is no target 'results/ci/models/dappo/model.json'; did you mean results/ci/models/dapo/model.json?",
        ),
        (
            "results/ci/eval/dapo/pocket51.json",
            "the study 'ci' has no eval/dapo/pocket51; did you mean results/ci/eval/dapo/pocket500.json?",
        ),
    ],
)
def test_a_misspelt_target_is_answered_with_the_one_that_was_meant(project: Path, target: str, line: str) -> None:
    answer = ask(project, target, "--configfile", "config/ci.yaml")
    assert answer.code == 1
    assert line in answer.lines


def test_a_folder_that_cannot_be_written_to_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line.os, "access", lambda path, mode: False)  # a superuser may write anywhere
    with pytest.raises(SystemExit):
        command_line.before_snakemake(["all"])
    said = capsys.readouterr().err
    assert said == (
        f"error: {tmp_path}: nothing can be written to this folder, where Snakemake keeps its records and the study "
        "its results; copy the project to a folder of your own\n"
    )


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}])
def test_a_bare_environment_is_enough_to_plan(project: Path, locale: dict[str, str]) -> None:
    answer = ask(project, environment=locale | {"HOME": "/dev/null"})
    assert answer.code == 0
    assert "rule pretrain:" in answer.lines


def test_a_checkout_of_any_name_builds_in_a_bare_environment(tmp_path: Path) -> None:
    """Without a home; jobs find Python and the study's files past spaces, quotes, dollars and letters beyond ASCII."""
    project = copy_project(tmp_path / "it's a checkout für $HOME")
    study = project / "my studies" / "the {first} one's.yaml"
    study.parent.mkdir()
    study.write_text(STUDY, encoding="utf-8")
    made = "results/mine/problems/pocket30.summary.json"
    done = subprocess.run(
        [BIN / "snakemake", made, "--configfile", study.relative_to(project), "--cores", "1"],
        cwd=project,
        env={"HOME": "/dev/null", "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert (project / made).is_file()


def test_make_gives_a_studys_path_as_it_is(tmp_path: Path) -> None:
    """Every target that takes STUDY; `snakemake` and `python` only note what they are given."""
    shutil.copy(PROJECT / "Makefile", tmp_path)
    fakes = tmp_path / ".venv/bin"
    fakes.mkdir(parents=True)
    for name in ("snakemake", "python", "dot"):
        (fakes / name).write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@" >> "$NOTED"\n', encoding="utf-8")
        (fakes / name).chmod(0o755)
    study = 'a path/it\'s "mine" & $HOME.yaml'
    targets = ["all", "dag"]
    noted = tmp_path / "noted"
    subprocess.run(
        ["make", "-o", ".venv/.installed", "-o", "venv", f"STUDY={study.replace('$', '$$')}", *targets],
        cwd=tmp_path,
        env=os.environ | {"NOTED": str(noted)},
        check=True,
        capture_output=True,
    )
    calls = noted.read_text(encoding="utf-8").splitlines()
    assert calls.count(study) == (PROJECT / "Makefile").read_text(encoding="utf-8").count('"$$STUDY"') == 4


def test_tables_are_shown_where_the_terminal_has_no_such_letters(tmp_path: Path) -> None:
    project = linked_project(tmp_path)
    (project / "results/pocket").mkdir(parents=True)
    (project / "results/pocket/ablation.md").write_text("| SFT → RL | 42.4% ±4.4 |\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "scripts/show_table.py"],
        cwd=project,
        env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("| SFT ? RL | 42.4% ?4.4 |\n")
