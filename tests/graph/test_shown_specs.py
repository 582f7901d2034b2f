"""What Snakemake is told of specs that are not on disk, in its own cache."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.io import IOCache, IOFile

from gradus.graph.shown_specs import ShownSpecs
from gradus.graph.spec_files import PlannedSpecs, SpecChange
from gradus.provenance.files import write_text

MODELS = Path("results/x/specs/models")
RESTORED, NEW = SpecChange(b"old", runs=False), SpecChange(b"news")


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.chdir(tmp_path)
    write_text(MODELS / "there.json", "on disk")
    forgotten: list[str] = []
    persistence = SimpleNamespace(cleanup_metadata=forgotten.append, forgotten=forgotten)
    return SimpleNamespace(iocache=IOCache(10), persistence=persistence)


def show(workflow: SimpleNamespace, specs: PlannedSpecs, builds: bool = False) -> None:
    ShownSpecs(workflow, "results/x", specs, lambda: builds).show()


def file(workflow: SimpleNamespace, path: str) -> IOFile:
    return IOFile(path, rule=SimpleNamespace(workflow=workflow, pathvars=SimpleNamespace(apply=lambda text: text)))


def seen(workflow: SimpleNamespace, name: str) -> tuple[bool, float, int, bool]:
    """Whether Snakemake finds a spec, when it was changed, its size, and whether it is what `news` was."""
    spec = file(workflow, f"{MODELS}/{name}.json")

    async def look() -> tuple[bool, float, int, bool]:
        await spec.inventory()
        record = f"sha256:{NEW.digest}"
        known = await spec.is_same_checksum(record, 10**12) if Path(spec).exists() else False
        return await spec.exists(), (await spec.mtime()).local(), await spec.size(), known

    return asyncio.run(look())


def test_a_planned_spec_is_seen_as_if_it_were_written(workflow: SimpleNamespace) -> None:
    show(workflow, PlannedSpecs({}, {"models/there": NEW, "models/new": RESTORED}))
    exists, time, size, same = seen(workflow, "there")
    assert (exists, size, same) == (True, 4, True)
    assert time >= (MODELS / "there.json").stat().st_mtime
    assert seen(workflow, "new")[:2] == (True, 0.0)
    assert sorted(path.name for path in MODELS.iterdir()) == ["there.json"]
    assert (MODELS / "there.json").read_text(encoding="utf-8") == "on disk"


def test_what_does_not_change_is_seen_as_it_is(workflow: SimpleNamespace) -> None:
    show(workflow, PlannedSpecs({}, {}))
    assert seen(workflow, "there")[1:] == ((MODELS / "there.json").stat().st_mtime, 7, False)


@pytest.mark.parametrize("builds", [False, True])
def test_a_refuted_result_has_no_record_that_could_excuse_it(workflow: SimpleNamespace, builds: bool) -> None:
    show(workflow, PlannedSpecs({}, {"models/there": SpecChange(b"news", refuted="why")}), builds)
    assert seen(workflow, "there")[3] is False
    assert workflow.persistence.forgotten == (["results/x/ledger/models/there.json"] if builds else [])


def test_once_the_build_runs_nothing_is_show(workflow: SimpleNamespace) -> None:
    workflow.iocache.deactivate()
    show(workflow, PlannedSpecs({}, {"models/there": NEW}))
    assert workflow.iocache.mtime == {}


def test_a_folder_of_dead_links_is_seen_as_removed(workflow: SimpleNamespace) -> None:
    for name in ("dead", "alive"):
        write_text(f"results/x/hub/problems/{name}/a.parquet", "")
    show(workflow, PlannedSpecs({}, {}, dangling=[Path("results/x/hub/problems/dead")]))

    async def exists(path: str) -> bool:
        looked = file(workflow, f"results/x/hub/problems/{path}")
        await looked.inventory()
        return await looked.exists()

    found = {path: asyncio.run(exists(path)) for path in ("dead", "alive", "dead/a.parquet", "alive/a.parquet")}
    assert found == {"dead": False, "alive": True, "dead/a.parquet": False, "alive/a.parquet": True}
