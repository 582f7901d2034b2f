"""What a study costs at Tinker, against values by hand."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from estimates.tinker_plan import PROMPT, planned, service_of, written
from gradus.estimates.dollars import as_text, costs_of, folded, last_lines
from gradus.estimates.tokens import Tokens
from gradus.graph import spec_files
from gradus.graph.graph import Graph, study_specs
from gradus.models.manifest import MANIFEST, Manifest, ModelFile
from gradus.provenance.files import sha256_file, write_json
from gradus.provenance.fingerprint import fingerprint
from linked_project import PROJECT, linked_project
from study.made_study import write
from study.tinker_study import TEXT

MILLION = 1_000_000
LENGTHS = {"rows": 9, "tokens": {"median": 60, "p95": 90, "max": 300}}
"""Of the traces of an experiment, as they are measured."""

pytestmark = pytest.mark.usefixtures("folder")


def test_dollars_of_jobs_and_of_the_whole() -> None:
    graph = planned()
    root = Path(graph.root)
    costs = {cost.name: cost for cost in costs_of(study_specs(graph), service_of(root) or {})}
    asked = costs["traces/custom.completions"]
    assert asked.expected == pytest.approx((50 * PROMPT * 10 + 9600 * 20) / MILLION)
    assert asked.most == pytest.approx((50 * PROMPT * 10 + 19200 * 20) / MILLION)
    assert costs["models/sft"].expected == pytest.approx(21_600 * 3 / MILLION)
    line, retired = last_lines(study_specs(graph), service_of(root))
    assert f"the {len(costs)} jobs of the whole study" in line
    assert f"${sum(cost.expected or 0 for cost in costs.values()):,.2f} expected" in line
    assert "$0.00 spent so far, no ceiling (tinker.max_dollars)" in line
    assert retired == "retired by Tinker: Qwen/Qwen3-235B (2026-06-12), replaced by Qwen/Qwen3.5-397B"


def test_what_is_spent_is_told_beside_the_ceiling() -> None:
    graph = planned(tinker={"max_dollars": 40})
    root = Path(graph.root)
    lines = [{"job": "models/rl", "dollars": 1.25}, {"job": "models/sft", "dollars": 2.5}]
    (root / "spending.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "$3.75 spent so far, of tinker.max_dollars 40.00" in last_lines(study_specs(graph), service_of(root))[0]


def test_what_is_not_known_is_said_and_not_counted() -> None:
    text = TEXT.replace("benchmarks:\n", "  mine: {kind: rows, repo: me/mine}\nbenchmarks:\n")
    prices = {"tinker": {"prices": {"Qwen/Qwen3-4B": None}}}
    graph = planned(text, experiments={"sft": {"traces": ["mine"]}}, **prices)
    root = Path(graph.root)
    said = last_lines(study_specs(graph), service_of(root))
    assert "not counted, as the number of rows is not known yet: models/sft" in said
    assert "without a price in tinker.prices, so without dollars: Qwen/Qwen3-4B" in said
    rows = as_text(study_specs(graph), service_of(root) or {}).splitlines()
    assert next(row for row in rows if row.startswith("models/sft")).split()[2:] == ["?"] * 5
    assert next(row for row in rows if row.startswith("models/rl")).split()[-2:] == ["?"] * 2


def test_a_study_without_tinker_says_nothing() -> None:
    graph = written(Graph.read(PROJECT / "config/pocket.yaml"))
    assert service_of(Path(graph.root)) is None
    assert last_lines(study_specs(graph), service_of(Path(graph.root))) == []


def test_samples_of_an_experiment_are_one_row() -> None:
    graph = planned(benchmarks={"again": {"problems": "test"}})
    root = Path(graph.root)
    costs = folded(costs_of(study_specs(graph), service_of(root) or {}))
    (row,) = [cost for cost in costs if cost.name.startswith("samples/rl ")]
    assert row.name == "samples/rl (4 jobs)"
    assert row.work is not None
    assert row.work.expected == Tokens(4 * 20 * PROMPT, 2 * 20 * 48 * (1 + 8))


def snakemake(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "snakemake", *arguments, "--configfile", "small.yaml"]
    environment = {key: value for key, value in os.environ.items() if key != "TINKER_API_KEY"}
    environment |= {"HF_HUB_OFFLINE": "1", "GRADUS_VIEW": "lines"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def dry_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project with the study, and what a dry-run of it says: offline, without a key and without pins."""
    folder = tmp_path_factory.mktemp("cloud")
    write(linked_project(folder, "config"), TEXT)
    return folder, snakemake(folder, "-n", "all")


def make_model(manifest: Path) -> None:
    """A whole one, as far as planning looks."""
    (manifest.parent / "tokenizer.json").write_text("{}")
    tokenizer = ModelFile(size=2, sha256=sha256_file(manifest.parent / "tokenizer.json"))
    made = Manifest(
        kind="service",
        files={"tokenizer.json": tokenizer},
        weights=[],
        tokenizer="tokenizer.json",
        template="0" * 64,
        ends=[1],
    )
    manifest.write_text(made.text())


@pytest.mark.slow
def test_snakemake_plans_a_study_on_tinker_offline_without_key_and_pins(dry_run: tuple[Path, str]) -> None:
    folder, said = dry_run
    counts = dict(re.findall(r"^(\w+) +(\d+)$", said, re.MULTILINE))
    wanted = {"pretrain": 1, "fetch_model": 1, "sft": 1, "grpo": 2, "take_checkpoint": 1}
    wanted |= {"sample_benchmark": 7, "sample_traces": 1}
    assert {rule: int(counts[rule]) for rule in wanted} == wanted
    time, service, pins, tinker, retired = said.splitlines()[-5:]
    assert re.match(r"time: about \d.* for \d+ jobs with 2 cores; .* of CPU-core time \(estimated\)", time)
    dollars = re.search(r"; (\$[\d.]+ expected), ", tinker)
    assert dollars is not None
    assert service == f"service: {dollars[1]} for the jobs that run (estimated)"  # which are all
    assert tinker.startswith("Tinker, the 10 jobs of the whole study: ")
    assert retired.startswith("retired by Tinker: ")
    assert pins.endswith("of Qwen/Qwen3-235B; add them with: snakemake hub_pins --configfile small.yaml")
    table = snakemake(folder, "plan")
    assert "models/rl" in table
    assert "tinker.expected_share" in table


@pytest.mark.slow
def test_prices_ceilings_and_addresses_rerun_nothing(
    dry_run: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a finished study, whose specs and results are made here in place of a build."""
    folder, said = dry_run
    monkeypatch.chdir(folder)
    monkeypatch.setattr(spec_files, "fingerprint", fingerprint)
    written(Graph.read("small.yaml"))
    assert json.loads(Path("results/cloud/service.json").read_text())["url"] is None
    for line in re.findall(r"^ {4}output: (.*)$", said, re.MULTILINE):
        for file in map(Path, line.split(", ")):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_json(file, {"all": LENGTHS, "sets": {"custom": LENGTHS}})
            if file.name == MANIFEST:
                make_model(file)
    for spec in Path("results/cloud/specs").rglob("*.json"):
        entry = Path("results/cloud/ledger", spec.relative_to("results/cloud/specs"))
        if entry.is_file():
            write_json(entry, {"spec": sha256_file(spec), "wall_seconds": 1.0})
    for file in Path("results").rglob("*"):
        os.utime(file, (1_600_000_000, 1_600_000_000))
    changed = TEXT.replace("train: 3", "train: 4").replace(
        "  prices:", "  max_dollars: 3\n  url: http://there\n  prices:"
    )
    write(folder, changed)
    assert "Nothing to be done" in snakemake(folder, "-n", "all")
    assert json.loads(Path("results/cloud/service.json").read_text())["url"] is None  # a build may be reading it
    written(Graph.read("small.yaml"))
    assert json.loads(Path("results/cloud/service.json").read_text())["url"] == "http://there"
    write(folder, changed.replace("Qwen/Qwen3-4B", "Qwen/Qwen3.5-4B"))
    assert re.search(r"^grpo +2$", snakemake(folder, "-n", "all"), re.MULTILINE)
