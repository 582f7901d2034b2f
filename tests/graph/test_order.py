"""Which jobs wait for which, and which would run, as Snakemake says it of the finished test study."""

import csv
import io
import os
import re
import subprocess
from pathlib import Path

import pytest

from gradus.graph.graph import Graph
from gradus.graph.order import Order
from gradus.graph.spec_files import plan_specs
from graph.project import RESULTS, STUDY, environment, plan, snakemake


def test_jobs_wait_for_those_that_snakemake_has_them_wait_for(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the table of all files with what each was made of, once all checkpoints are done."""
    monkeypatch.chdir(finished)
    command = ["snakemake", "all", "--configfile", STUDY, "--detailed-summary"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True, timeout=600)
    rows = list(csv.DictReader(io.StringIO(done.stdout), delimiter="\t", quoting=csv.QUOTE_NONE))
    makers: dict[str, str] = {}
    reads: dict[str, set[str]] = {}
    logs = f"{RESULTS}/logs/"
    for row in rows:
        if row["log-file(s)"].startswith(logs):
            name = row["log-file(s)"].removeprefix(logs).removesuffix(".log")
            makers[row["output_file"]] = name
            reads[name] = set(row["input-file(s)"].split(","))
    wanted = {name: {makers[file] for file in files if file in makers} for name, files in reads.items()}
    assert sum(map(len, wanted.values())) > 200
    order = Order(Graph.read(STUDY))
    lacking = {name: before - set(order.before[name]) for name, before in wanted.items()}
    assert {name: before for name, before in lacking.items() if before} == {}
    more = {name: set(order.before[name]) - before for name, before in wanted.items()}
    in_time_alone = {name: {one for one in before if not one.endswith(".gate")} for name, before in more.items()}
    assert {name: before for name, before in in_time_alone.items() if before} == {}


def test_a_finished_study_has_nothing_to_build_and_says_so(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished)
    graph = Graph.read(STUDY)
    assert Order(graph).to_build(plan_specs(graph)) == []
    assert "All that `snakemake all` builds is made as planned" in snakemake(finished, "plan", "--configfile", STUDY)
    assert "time:" not in snakemake(finished, "all", "--configfile", STUDY, "--dry-run")


def test_what_is_to_build_is_what_snakemake_would_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a result is gone, one is another than what others were made of, and one was touched only."""
    monkeypatch.chdir(project)
    graph = Graph.read(STUDY)
    (gone, *_), (changed, touched, *_) = graph.of_stages("sample_benchmark"), graph.of_stages("make_problems")
    Path(gone.result).unlink()
    os.utime(touched.result)
    with open(changed.result, "ab") as file:
        file.write(b"more")
    planned = set(Order(graph).to_build(plan_specs(graph)))
    assert gone.name in planned
    assert planned == plan(project)


def test_a_result_that_is_gone_and_asked_for_by_nothing_is_not_missed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    graph = Graph.read(STUDY)
    Path(graph.of_stages("sample_benchmark")[0].result).unlink()
    assert Order(graph).to_build(plan_specs(graph)) == []
    assert plan(project) == set()
    Path(graph.of_stages("make_votes_table")[0].result).unlink()
    assert set(Order(graph).to_build(plan_specs(graph))) == plan(project)


def test_dry_run_and_plan_tell_the_time_of_what_runs_by_the_ledger(project: Path) -> None:
    """Another problem set, of which samples are drawn again."""
    with open(project / RESULTS / "problems/pocket30.parquet", "ab") as file:
        file.write(b"more")
    said = snakemake(project, "all", "--configfile", STUDY, "--dry-run", "--cores", "2")
    (line,) = [line for line in said.splitlines() if line.startswith("time: about ")]
    share = re.search(r"for \d+ jobs with 2 cores; .* of CPU-core time \((\d+)% measured here, ", line)
    assert share is not None
    assert int(share[1]) > 50  # but for ledger and report, which leave no entry
    shown = snakemake(project, "plan", "--configfile", STUDY, "--cores", "2")
    assert line in shown
    rows = [row.split()[:3] for row in shown.splitlines() if row.startswith("sample_benchmark ")]
    assert rows[1:] == [["sample_benchmark", "measured", "here"]]
