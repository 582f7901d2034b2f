"""What a host of repositories reads: workflows, forms and releases name commands, files and keys that there are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gradus.provenance.errors import GradusError
from release_notes import release_notes

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
CHANGELOG = (
    "# Changelog\n\n## Unreleased\n\n- Next.\n\n## 0.2.0 (2026-12-01)\n\n### Grading\n- More.\n\n## 0.1.0\n\n- First.\n"
)


def commands(workflow: Path) -> list[str]:
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_run_what_there_is(workflow: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for command in commands(workflow):
        assert set(re.findall(r"\bmake ([a-z-]+)", command)) <= targets
        for script in re.findall(r"(?:python |^)((?:scripts|\.ci)/\S+)", command):
            assert (ROOT / script).is_file()


def test_a_change_is_checked_by_all_that_there_is() -> None:
    ran = commands(ROOT / ".github/workflows/ci.yml")
    assert {"make test", "make lint", ".ci/run"} <= set(ran)


@pytest.mark.parametrize("form", [form for form in FORMS if form.stem != "config"], ids=lambda path: path.stem)
def test_forms_have_what_they_need(form: Path) -> None:
    read = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= read.keys()
    fields = [field for field in read["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in fields]
    assert len(set(ids)) == len(ids)
    assert all(field["attributes"]["label"] for field in fields)


def test_a_form_asks_for_a_row_that_the_grader_reads() -> None:
    fields = {
        field.get("id") for field in yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/grader.yml").read_text())["body"]
    }
    assert {"gold", "prediction", "expected"} <= fields


def test_a_release_has_its_section_of_the_changelog() -> None:
    assert release_notes("v0.2.0", CHANGELOG, "0.2.0") == "### Grading\n- More.\n"
    assert release_notes("v0.1.0", CHANGELOG, "0.1.0") == "- First.\n"
    with pytest.raises(GradusError, match=r"the tag is v0\.3\.0, the version in pyproject\.toml 0\.2\.0"):
        release_notes("v0.3.0", CHANGELOG, "0.2.0")
    with pytest.raises(GradusError, match=r"nothing under `## 0\.3\.0`; rename `## Unreleased`"):
        release_notes("v0.3.0", CHANGELOG, "0.3.0")


def test_a_release_of_another_version_is_one_line() -> None:
    script = [sys.executable, "scripts/release_notes.py", "v99.0.0"]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: the tag is v99.0.0")
