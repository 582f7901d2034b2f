"""A real copy of the project, whose files may be edited and whose builds killed, and what Snakemake says there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from linked_project import PARTS, PROJECT

STUDY = "config/ci.yaml"
RESULTS = Path("results/ci")
# The jobs' `python` is the one that runs the tests, activated or not.
BIN = Path(sys.executable).parent


def copy_project(folder: Path) -> Path:
    """The project's files without its results."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if (PROJECT / part).is_dir():
            shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(PROJECT / part, folder / part)
    return folder


def environment(**variables: str) -> dict[str, str]:
    """wandb costs every training a second, and nothing here looks at it. A dry-run lists every job."""
    fixed = {
        "NO_COLOR": "1",
        "GRADUS_VIEW": "lines",
        "WANDB_MODE": "disabled",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    return os.environ | fixed | variables


def snakemake(folder: Path, *arguments: str, **variables: str) -> str:
    """Run to the end, and return what it said. A failure shows all of it."""
    done = subprocess.run(
        ["snakemake", *arguments],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def build(folder: Path, **variables: str) -> str:
    return snakemake(folder, "all", "--configfile", STUDY, **variables)


def plan(folder: Path, study: str = STUDY) -> set[str]:
    """The jobs that a dry run plans, by the names of their specs (`models/base`); each writes its outputs and no other.

    Rules of mere targets run nothing and are left out.
    """
    said = snakemake(folder, "all", "--configfile", study, "--dry-run")
    if "Nothing to be done" in said:
        assert not re.search(r"^(local)?(rule|checkpoint) ", said, re.MULTILINE)
        return set()
    root = re.escape(str(RESULTS))
    blocks = re.findall(r"^(?:local)?(?:rule|checkpoint) \w+:\n {4}input: ([^\n]*)\n {4}output: ", said, re.MULTILINE)
    specs = [re.match(rf"{root}/specs/(\S+)\.json(,|$)", block) for block in blocks]
    jobs = {spec[1] for spec in specs if spec}
    # The table of counts says whether the blocks were read in full: it has a line more, the target's.
    total = re.search(r"^total +(\d+)$", said, re.MULTILINE)
    assert total is not None, said
    assert len(jobs) == len(blocks) == int(total[1]) - 1, said
    return jobs


def all_jobs(folder: Path) -> set[str]:
    """Every job that `all` asks for, by the specs that the study wrote."""
    specs = folder / RESULTS / "specs"
    jobs = {path.relative_to(specs).as_posix().removesuffix(".json") for path in specs.rglob("*.json")}
    return {job for job in jobs if not job.startswith("export/")}


def study_with(folder: Path, **changes: Any) -> str:
    """A study file that is the test study but for `changes`, with the same results folder."""
    text = yaml.safe_dump({"extends": "ci.yaml", "study": "ci"} | changes, sort_keys=False)
    (folder / "config/changed.yaml").write_text(text, encoding="utf-8")
    return "config/changed.yaml"


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one place of a file that reads `old`."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")
