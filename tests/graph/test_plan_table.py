"""What a command would run, by experiment, with the reasons."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gradus.graph import spec_files
from gradus.graph.graph import Graph
from gradus.graph.parts import Part, part_of
from gradus.graph.plan_table import plan_table
from gradus.graph.planned_jobs import PlannedJob
from gradus.graph.spec_files import plan_specs, write_specs
from gradus.provenance.files import read_json, sha256_file, write_json
from study.made_study import changed, write

RESULTS = Path("results/small")
SFT = [
    PlannedJob("sft", "models/sft"),
    PlannedJob("sample_benchmark", "samples/sft/easy", after=("models/sft",)),
    PlannedJob("score_samples", "eval/sft/easy", after=("samples/sft/easy",)),
]
SFT_RL = [
    PlannedJob("grpo", "models/sft_rl", after=("models/sft", "contamination/problems/train.gate")),
    PlannedJob("sample_benchmark", "samples/sft_rl/easy", after=("models/sft_rl",)),
]
TABLE = PlannedJob("make_ablation", "ablation", after=("eval/sft/easy",))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of which everything was made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec_files, "fingerprint", lambda script, modules, without=None: "code")
    graph = Graph.read(write(tmp_path))
    write_specs(graph, plan_specs(graph))
    for name in graph.jobs:
        spec = sha256_file(RESULTS / f"specs/{name}.json")
        write_json(RESULTS / f"ledger/{name}.json", {"spec": spec, "wall_seconds": 1.0})
    return tmp_path


def rows(graph: Graph, jobs: Sequence[PlannedJob]) -> list[str]:
    """Without the head, and with single spaces."""
    return [" ".join(line.split()) for line in plan_table(graph, plan_specs(graph), jobs)][1:]


def test_a_changed_setting_and_what_follows_from_it(folder: Path) -> None:
    graph = Graph.read(changed(folder, ("experiments.sft.learning_rate", 2e-3)))
    assert rows(graph, [*SFT_RL, TABLE, *SFT]) == [
        "sft 3 1 1 1 learning_rate changed from 0.001 to 0.002",
        "sft_rl 2 1 1 - follows from sft",
        "ablation 1 - - - follows",
    ]


def test_new_training_runs_are_named(folder: Path) -> None:
    graph = Graph.read(changed(folder, ("experiments.sft.seeds", 2)))
    jobs = [
        PlannedJob("sft", "models/sft.seed-1"),
        PlannedJob("sample_benchmark", "samples/sft.seed-1/easy", after=("models/sft.seed-1",)),
    ]
    assert rows(graph, jobs) == ["sft 2 1 1 - new (seed-1)"]


def test_the_columns_stand_below_each_other(folder: Path) -> None:
    graph = Graph.read(changed(folder, ("experiments.sft.learning_rate", 2e-3)))
    assert list(plan_table(graph, plan_specs(graph), SFT)) == [
        "what would run  jobs  train  sample  score  why",
        "sft                3      1       1      1  learning_rate changed from 0.001 to 0.002",
    ]


def test_what_is_new_and_what_was_planned_and_not_made(folder: Path) -> None:
    extra = {"from": "base", "stage": "sft", "traces": ["public"]}
    graph = Graph.read(changed(folder, ("experiments.extra", extra)))
    (RESULTS / "ledger/models/rl.json").unlink()
    missing = (f"{RESULTS}/models/rl/model.json",)
    jobs = [PlannedJob("grpo", "models/rl", missing=missing), PlannedJob("sft", "models/extra", missing=("x",))]
    assert rows(graph, jobs) == ["rl 1 1 - - not made yet", "extra 1 1 - - new"]


def test_what_is_gone_or_was_changed_is_named() -> None:
    graph = Graph.read("small.yaml")
    gone = tuple(f"{RESULTS}/models/sft/{name}" for name in ("a", "b", "c"))
    read = (f"{RESULTS}/traces/custom.jsonl",)
    jobs = [PlannedJob("sft", "models/sft", missing=gone), PlannedJob("grpo", "models/sft_rl", updated=read)]
    assert rows(graph, jobs) == [
        "sft 1 1 - - output missing: models/sft/a, models/sft/b and 1 more",
        "sft_rl 1 1 - - traces/custom.jsonl changed",
    ]


def test_a_newer_spec_on_disk_is_of_a_build_that_did_not_get_to_it() -> None:
    jobs = [PlannedJob("sft", "models/sft", updated=(f"{RESULTS}/specs/models/sft.json",))]
    assert rows(Graph.read("small.yaml"), jobs) == ["sft 1 1 - - settings or code changed since it was made"]


def test_a_record_that_does_not_match_and_a_torn_spec() -> None:
    graph = Graph.read("small.yaml")
    (RESULTS / "ledger/models/sft.json").write_text("{", encoding="utf-8")
    (RESULTS / "specs/models/rl.json").write_text("{", encoding="utf-8")
    (RESULTS / "ledger/models/rl.json").unlink()
    assert rows(graph, [PlannedJob("sft", "models/sft"), PlannedJob("grpo", "models/rl")]) == [
        "sft 1 1 - - ledger/models/sft.json is damaged",
        "rl 1 1 - - results/small/specs/models/rl.json cannot be read",
    ]


def test_code_of_a_few_benchmarks_and_force_are_said() -> None:
    graph = Graph.read("small.yaml")
    spec = RESULTS / "specs/eval/rl/hard.json"
    write_json(spec, read_json(spec) | {"fingerprint": "older"})
    write_json(RESULTS / "ledger/eval/rl/hard.json", {"spec": sha256_file(spec), "wall_seconds": 1.0})
    forced = [PlannedJob("score_samples", f"eval/baseline/{name}", forced=True) for name in ("easy", "hard")]
    assert rows(graph, [PlannedJob("score_samples", "eval/rl/hard"), *forced]) == [
        "baseline 2 - - 2 forced",
        "rl 1 - - 1 code of evaluation changed (hard)",
    ]


def test_what_snakemake_alone_knows_is_said_where_nothing_else_is() -> None:
    told = PlannedJob("grpo", "models/rl", told=("its command changed",))
    assert rows(Graph.read("small.yaml"), [told]) == ["rl 1 1 - - its command changed"]
    target = PlannedJob("plan", "plan", told=("runs each time",))
    assert rows(Graph.read("small.yaml"), [target]) == ["plan 1 - - - runs each time"]
    after = PlannedJob("grpo", "models/rl", told=("its command changed",), after=("problems/train",))
    assert rows(Graph.read("small.yaml"), [after]) == ["rl 1 1 - - follows from problem set train"]


def test_parts_with_the_same_reason_share_a_row() -> None:
    forced = [PlannedJob("make_problems", f"problems/{name}", forced=True) for name in ("train", "test")]
    forced += [PlannedJob("filter_traces", "traces/custom", forced=True)]
    other = PlannedJob("profile_training", "models/rl", forced=True)
    assert rows(Graph.read("small.yaml"), [other, *forced]) == [
        "problem sets train, test 2 - - - forced",
        "trace set custom 1 - - - forced",
        "profile_training 1 - - - forced",
    ]


def test_many_experiments_with_the_same_reason_share_one_too(folder: Path) -> None:
    more = {f"more_{i:02d}": {"from": "base", "stage": "sft", "traces": ["public"]} for i in range(31)}
    graph = Graph.read(changed(folder, *((f"experiments.{name}", values) for name, values in more.items())))
    jobs = [PlannedJob("sft", f"models/{name}") for name in more]
    assert rows(graph, jobs) == ["31 experiments 31 31 - - new"]


@pytest.mark.parametrize(
    ("job", "part"),
    [
        ("models/sft.seed-1", Part("experiment", "sft")),
        ("models/sft.at-40", Part("experiment", "sft")),
        ("models/base.nf4", Part("model", "base")),
        ("votes/sft/easy", Part("experiment", "sft")),
        ("hub/problems/math", Part("problem set", "math")),
        ("traces/custom.completions", Part("trace set", "custom")),
        ("contamination/traces/custom.gate", Part("search for overlaps", "")),
        ("lengths", Part("table", "lengths")),
        ("lengths/sft", Part("experiment", "sft")),
    ],
)
def test_what_a_job_is_for(job: str, part: Part) -> None:
    assert part_of(job, ["sft"]) == part
