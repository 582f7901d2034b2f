"""What a study costs at Tinker, against values by hand."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gradus.estimates.counts import problem_count, trace_count
from gradus.estimates.dollars import as_text, costs_of, folded, last_lines
from gradus.estimates.tokens import Tokens, Work
from gradus.graph import spec_files
from gradus.graph.graph import Graph, study_specs
from gradus.graph.spec_files import plan_specs, write_specs
from gradus.models.manifest import MANIFEST, Manifest, ModelFile
from gradus.provenance.files import sha256_file, write_json
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.specs import SERVICE_FILE
from gradus.specs.service import ServiceFile
from linked_project import PROJECT, linked_project
from study.made_study import write
from study.tinker_study import TEXT

MILLION = 1_000_000
PROMPT = 96
"""Tokens of a pocket problem's prompt, as work.py takes them to be."""

LENGTHS = {"rows": 9, "tokens": {"median": 60, "p95": 90, "max": 300}}
"""Of the traces of an experiment, as they are measured."""

SETS = """\
  hard: {source: math, split: train, levels: [4, 5]}
  math500: {source: math500, drop: [a, b]}
  some: {source: subset, of: hard, levels: [5]}
  few: {source: subset, of: hard, size: 100}
  olympiad: {source: olympiadbench, answer_types: [numerical]}
  gsm: {source: gsm8k, split: train}
  other: {source: gsm8k, split: test, expect_rows: 7}
  probes: {source: arithmetic_probes, products: 10, sums: 5}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec_files, "fingerprint", lambda script, modules: "code")
    return tmp_path


def service_of(results: Path) -> ServiceFile | None:
    """What planning wrote for the jobs that run there; None where none does."""
    path = results / SERVICE_FILE
    return ServiceFile.model_validate_json(path.read_bytes()) if path.is_file() else None


def planned(text: str = TEXT, **overrides: Any) -> Graph:
    return written(Graph.read(write(Path(), text), overrides))


def written(graph: Graph) -> Graph:
    write_specs(graph, plan_specs(graph))
    return graph


def work_of_jobs(graph: Graph) -> dict[str, Work | None]:
    root = Path(graph.root)
    return {cost.name: cost.work for cost in costs_of(study_specs(graph), service_of(root) or {})}


def test_known_numbers_of_published_sets_and_what_filters_leave() -> None:
    graph = planned(TEXT.replace("  test: ", SETS + "  test: "))
    names = ("train", "hard", "math500", "some", "few", "olympiad", "gsm", "other", "probes")
    counts = [problem_count(study_specs(graph), name) for name in names]
    assert counts == [50, 3994, 498, 2304, 100, 572, 7473, 7, 96]


def test_a_set_that_is_made_is_counted_unless_its_settings_changed() -> None:
    graph = planned()
    root = Path(graph.root)
    (root / "problems").mkdir()
    pq.write_table(pa.table({"id": ["a", "b", "c"]}), root / "problems/train.parquet")
    entry = {"spec": sha256_file(root / "specs/problems/train.json"), "wall_seconds": 1.0}
    write_json(root / "ledger/problems/train.json", entry)
    assert problem_count(study_specs(graph), "train") == 3
    (root / "problems/train.parquet").write_text("{")
    assert problem_count(study_specs(graph), "train") == 50
    changed = planned(problems={"train": {"size": 60}})
    assert problem_count(study_specs(changed), "train") == 60


@pytest.mark.parametrize("torn", ["ledger", "specs"])
def test_a_set_with_a_torn_record_is_counted_by_its_settings(torn: str) -> None:
    graph = planned()
    root = Path(graph.root)
    write_json(root / "ledger/problems/train.json", {"spec": "0" * 64, "wall_seconds": 1.0})
    (root / torn / "problems/train.json").write_text("{", encoding="utf-8")
    assert problem_count(study_specs(graph), "train") == 50


def test_traces_are_at_most_one_a_problem_unless_all_are_kept() -> None:
    more = """\
  all: {kind: distilled, teacher: teacher, problems: [train, test], samples: 4, filter: {keep: all}}
  public: {kind: pocket_public, size: 30}
  mixed: {kind: mix, parts: {custom: 1, public: 1}}
  cut: {kind: mix, parts: {custom: 1, public: 1}, size: 12}
  r1: {kind: openr1}
  chat: {kind: tulu3, size: 9}
  mine: {kind: rows, repo: me/mine}
"""
    graph = planned(TEXT.replace("benchmarks:\n", more + "benchmarks:\n"))
    names = ("custom", "all", "public", "mixed", "cut", "r1", "chat", "mine")
    assert [trace_count(study_specs(graph), name) for name in names] == [
        50,
        280,
        30,
        80,
        12,
        93733,
        9,
        None,
    ]


def test_samples_read_a_prompt_once_and_sample_half_of_what_they_may() -> None:
    works = work_of_jobs(planned())
    assert works["samples/baseline/easy"] == Work(Tokens(20 * PROMPT, 20 * 48), Tokens(20 * PROMPT, 20 * 96))
    votes = works["samples/rl/easy.votes"]
    assert votes == Work(Tokens(20 * PROMPT, 20 * 8 * 48), Tokens(20 * PROMPT, 20 * 8 * 96))
    asked = works["traces/custom.completions"]
    assert asked == Work(Tokens(50 * PROMPT, 50 * 4 * 48), Tokens(50 * PROMPT, 50 * 4 * 96))
    assert "samples/here/easy" not in works


def test_votes_on_some_problems_cost_their_part() -> None:
    works = work_of_jobs(planned(votes={"problems": 6}))
    assert works["samples/rl/easy.votes"] == Work(Tokens(6 * PROMPT, 6 * 8 * 48), Tokens(6 * PROMPT, 6 * 8 * 96))
    assert works["samples/rl/easy"] == Work(Tokens(20 * PROMPT, 20 * 48), Tokens(20 * PROMPT, 20 * 96))
    many = work_of_jobs(planned(votes={"problems": 600}))
    assert many["samples/rl/easy.votes"] == Work(Tokens(20 * PROMPT, 20 * 8 * 48), Tokens(20 * PROMPT, 20 * 8 * 96))


def test_votes_on_some_problems_of_a_subset_are_planned() -> None:
    text = TEXT.replace("  test: {source", "  all: {source")
    text = text.replace("sampling:", "  test: {source: subset, of: all, size: 9}\nsampling:", 1)
    works = work_of_jobs(planned(text, votes={"problems": 6}))
    assert works["samples/rl/easy.votes"] == Work(Tokens(6 * PROMPT, 6 * 8 * 48), Tokens(6 * PROMPT, 6 * 8 * 96))


def test_what_is_around_a_problem_is_read_too() -> None:
    prompt = {"system": "x" * 30, "few_shot": ["short"], "suffix": "y" * 9}
    graph = planned(prompt=prompt, exchanges={"short": {"user": "u" * 20, "assistant": "v" * 22}})
    # 30 + 20 + 22 characters and the suffix after both questions, at 3 characters a token.
    longer = PROMPT + (30 + 20 + 22 + 2 * 9) // 3
    assert work_of_jobs(graph)["samples/baseline/easy"] == Work(
        Tokens(20 * longer, 20 * 48), Tokens(20 * longer, 20 * 96)
    )


def test_rl_reads_samples_and_trains_on_its_rollouts_and_a_reference_reads_them() -> None:
    changed = {"rl": {"steps": 10, "batch_size": 4, "group_size": 8, "updates_per_batch": 2, "kl_coef": 0.1}}
    rollouts = 10 * 4 * 8

    def tokens(completion: int) -> Tokens:
        return Tokens(
            prefill=40 * PROMPT + rollouts * (PROMPT + completion),
            sample=rollouts * completion + rollouts,
            train=2 * rollouts * (PROMPT + completion),
        )

    graph = planned(experiments=changed | {"early": None})
    assert work_of_jobs(graph)["models/rl"] == Work(tokens(48), tokens(96))


@pytest.mark.parametrize(("kl_coef", "temperature", "passes"), [(0, 1.0, 0), (0.1, 1.0, 1), (0, 0.7, 1), (0.1, 0.7, 2)])
def test_rl_at_another_temperature_reads_its_rollouts_once_more(
    kl_coef: float, temperature: float, passes: int
) -> None:
    settings = {"steps": 10, "batch_size": 4, "group_size": 8, "kl_coef": kl_coef, "temperature": temperature}
    work = work_of_jobs(planned(experiments={"rl": settings | {"kl_guard": None}, "early": None}))["models/rl"]
    for tokens, completion in ((work.expected, 48), (work.most, 96)):
        assert tokens.prefill == 40 * PROMPT + passes * 320 * (PROMPT + completion)
        assert tokens.sample == 320 * completion + passes * 320


def test_rl_that_measures_itself_and_draws_again() -> None:
    settings = {"steps": 10, "batch_size": 4, "group_size": 8, "kl_coef": 0, "kl_guard": None}
    settings |= {"dynamic_sampling": True, "max_resamples": 2, "held_out": "test", "checkpoint_every": 5}
    work = work_of_jobs(planned(experiments={"rl": settings, "early": None}))["models/rl"]
    # 40 groups of 8; 20 held-out problems after 5 and after 10 steps.
    expected = Tokens(40 * PROMPT + 40 * PROMPT, 320 * 48 + 40 * 48, 320 * (PROMPT + 48))
    most = Tokens(3 * 40 * PROMPT + 40 * PROMPT, 3 * 320 * 96 + 40 * 96, 320 * (PROMPT + 96))
    assert work == Work(expected, most)


def test_sft_trains_on_every_trace_in_every_epoch() -> None:
    graph = planned()
    sft = work_of_jobs(graph)["models/sft"]
    # 50 traces of a prompt and half of 96 tokens, 3 epochs; at most max_length = 192 each.
    assert sft == Work(Tokens(train=3 * 50 * (PROMPT + 48)), Tokens(train=3 * 50 * 192))
    root = Path(graph.root)
    every = {"rows": 40, "tokens": {"median": 60.5, "p95": 90, "max": 300}}
    write_json(root / "lengths/sft.json", {"all": every, "sets": {"custom": every}, "max_length": 90})
    entry = {"spec": sha256_file(root / "specs/lengths/sft.json"), "wall_seconds": 1.0}
    write_json(root / "ledger/lengths/sft.json", entry)
    assert work_of_jobs(graph)["models/sft"] == Work(Tokens(train=7260), Tokens(train=3 * 40 * 192))
    # A percentile of measured traces is what it is; before it is measured, 1,024 tokens.
    by_percentile = planned(experiments={"sft": {"max_length": "p95"}})
    assert work_of_jobs(by_percentile)["models/sft"].most == Tokens(train=3 * 50 * 1024)
    entry["spec"] = sha256_file(root / "specs/lengths/sft.json")
    write_json(root / "ledger/lengths/sft.json", entry)
    assert work_of_jobs(by_percentile)["models/sft"].most == Tokens(train=3 * 40 * 90)
    graph = planned()
    (root / "lengths/sft.json").write_text('{"all": ', encoding="utf-8")  # torn: as if it were not measured
    assert work_of_jobs(graph)["models/sft"] == sft


def test_sft_pays_for_what_it_learns_and_measures_and_not_for_what_it_drops() -> None:
    changed = {"epochs": 3, "batch_size": 8, "drop_last": True, "evaluate_every": 3, "held_out_share": 0.1}
    work = work_of_jobs(planned(experiments={"sft": changed}))["models/sft"]
    # 6 steps of 8 of the 50 traces an epoch; a tenth of them read after steps 3, 9 and 15 besides each end of an epoch.
    assert work.expected == Tokens(train=(3 * 48 + 3 * 5) * (PROMPT + 48))


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
    environment = {key: value for key, value in os.environ.items() if key != "TINKER_API_KEY"} | {"HF_HUB_OFFLINE": "1"}
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
