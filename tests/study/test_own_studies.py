"""The studies that come with Gradus: each is sound, and can be planned without the network."""

from pathlib import Path

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.outside import expect_unchanged
from gradus.study.asked import benchmarks_of
from gradus.study.verifiers import rows

PROJECT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.name for path in (PROJECT / "config").glob("*.yaml") if path.name != "hub.lock.yaml")


@pytest.mark.parametrize("name", STUDIES)
def test_it_is_sound_and_has_a_spec_for_every_cell(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "real_small.yaml" and not (PROJECT.parent / "shared" / "data").is_dir():
        pytest.skip("its data are not here")
    monkeypatch.chdir(PROJECT)
    plan = Graph.read(Path("config", name))
    study = plan.study
    cells = {
        f"eval/{experiment}/{benchmark}" for experiment in rows(study) for benchmark in benchmarks_of(study, experiment)
    }
    assert cells <= set(plan.jobs)
    trained = {name for name, experiment in study.experiments.items() if experiment.stage != "none"}
    assert {f"models/{name}" for name in trained} <= set(plan.jobs)
    assert study.title
    for job in plan.jobs.values():
        expect_unchanged(job.settings)  # as every job does at its start, whatever its settings are called
