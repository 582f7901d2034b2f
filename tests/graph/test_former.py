"""A study that a former release built is kept once, with its time stamps, and rebuilt where it has changed."""

from pathlib import Path

import pytest

from gradus.provenance import fingerprint as current
from gradus.provenance import former
from gradus.provenance.files import read_json, sha256_file
from gradus.provenance.records import replace_unnoticed
from graph.project import RESULTS, plan, study_with


@pytest.fixture
def former_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The finished study as a former release under Python 3.12 left it."""
    monkeypatch.setattr(current, "SCRIPTS", project / "scripts")
    current._read.cache_clear()
    for path in (project / RESULTS / "specs").rglob("*.json"):
        spec, ledger = read_json(path), project / RESULTS / "ledger" / path.relative_to(project / RESULTS / "specs")
        called = current.fingerprint(spec["script"], spec["modules"], lambda file: former._digest(file, True))
        replace_unnoticed(path, spec | {"fingerprint": called})
        if ledger.is_file():
            replace_unnoticed(ledger, read_json(ledger) | {"spec": sha256_file(path)})
    return project


def test_what_a_former_release_built_is_not_built_again(former_project: Path) -> None:
    assert plan(former_project) == set()
    assert plan(former_project) == set()


def test_what_changed_since_is_built(former_project: Path) -> None:
    planned = plan(former_project, study_with(former_project, traces={"custom": {"filter": {"min_tokens": 5}}}))
    assert "traces/custom" in planned
    assert "models/base" not in planned
