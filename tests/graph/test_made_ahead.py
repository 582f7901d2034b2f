"""One process samples several benchmarks of a model, as far as the build wants them."""

import hashlib
from pathlib import Path

import pytest

from gradus.provenance.ahead import PLAN_FILE
from graph.project import RESULTS, STUDY, snakemake

SAMPLES = ("pocket30", "pocket30.votes", "pocket500", "pocket500.votes")


@pytest.fixture
def removed(project: Path) -> dict[str, str]:
    """The samples of the baseline, which are gone: their digests by name."""
    paths = {name: project / RESULTS / f"samples/baseline/{name}.parquet" for name in SAMPLES}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}
    for path in paths.values():
        path.unlink()
    (project / RESULTS / "logs/samples/baseline").rename(project / "old_logs")
    return digests


def sample(project: Path, *names: str) -> dict[str, str]:
    """What each job's log says, after a build of these samples on one core."""
    files = [f"{RESULTS}/samples/baseline/{name}.parquet" for name in names]
    snakemake(project, *files, "--cores", "1", "--configfile", STUDY)
    logs = (project / RESULTS / "logs/samples/baseline").glob("*.log")
    return {path.stem: path.read_text(encoding="utf-8") for path in logs}


def test_one_process_samples_what_is_wanted(project: Path, removed: dict[str, str]) -> None:
    logs = sample(project, *SAMPLES)
    ahead = [name for name, log in logs.items() if "made ahead, in the process of samples/baseline/" in log]
    assert len(logs) == len(removed)
    assert len(ahead) == len(removed) - 1
    for name, digest in removed.items():
        path = project / RESULTS / f"samples/baseline/{name}.parquet"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, name
    assert not list((project / RESULTS / ".state").iterdir())


def test_one_that_is_wanted_alone_is_sampled_alone(project: Path, removed: dict[str, str]) -> None:
    assert list(sample(project, "pocket30")) == ["pocket30"]
    assert not (project / RESULTS / PLAN_FILE).exists()
    assert not list((project / RESULTS / ".state").iterdir())
