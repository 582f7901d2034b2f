"""The published study as a study file: its figures, its settings, and what they come to."""

import re
from pathlib import Path

import pytest

from gradus.graph.graph import Graph
from gradus.specs.training import GrpoSpec
from gradus.study.schema import Study
from gradus.study.services import service_models
from gradus.study.settings.published import PublishedNumber
from gradus.training.epochs import Epochs
from gradus.training.steps import steps_of
from linked_project import PROJECT
from study.dry_run import planned_offline
from study.planned import specs_of

HOWARD = PROJECT / "config" / "howard.yaml"

BENCHMARKS = ("math500", "aime2024", "aime2025", "gsm8k", "olympiadbench")
PUBLISHED = {
    "baseline": "79.4 ±3.5, 20.0 ±14.3, 20.0 ±14.3, 94.1 ±1.3, 49.0 ±4.1",
    "sft": "77.2 ±3.7, 10.0 ±10.7, 16.7 ±13.3, 93.2 ±1.4, 48.4 ±4.1",
    "direct_rl": "85.2 ±3.1, 30.0 ±16.4, 26.7 ±15.8, 93.5 ±1.3, 55.8 ±4.1",
    "sft_then_rl": "85.4 ±3.1, 23.3 ±15.1, 20.0 ±14.3, 93.4 ±1.3, 54.2 ±4.1",
    "grpo_v2": "90.2 ±2.6, 43.3 ±17.7, 26.7 ±15.8, 93.8 ±1.3, 63.6 ±3.9",
    "grpo_v3": "90.6 ±2.6, 36.7 ±17.2, 30.0 ±16.4, 94.0 ±1.3, 64.0 ±3.9",
    "grpo_local": "87.8 ±2.9, 26.7 ±15.8, 26.7 ±15.8, 94.4 ±1.2, 58.9 ±4.0",
    "grpo_local_lora_step50": "87.2 ±2.9, 30.0 ±16.4, 26.7 ±15.8, 93.9 ±1.3, 60.0 ±4.0",
    "grpo_local_lora": "",
    "sft_b": "76.8",
    "sft_v1": "79",
    "sft_v2": "79",
    "sft_v3": "70",
    "sft_v4": "77",
}
"""With the published half of a 95% interval, in the order of the benchmarks."""
# k = 1 is the greedy answer, then maj@16, maj@64, pass@16, pass@64
VOTES = {
    "math500": (90.2, 93.2, 93.2, 95.6, 97.2),
    "aime2024": (43.3, 56.7, 53.3, 66.7, 66.7),
    "aime2025": (26.7, 43.3, 40.0, 53.3, 53.3),
}


def shown(number: PublishedNumber) -> str:
    return f"{number.low:g}" if number.error is None else f"{number.low:.1f} ±{number.error:.1f}"


@pytest.fixture(scope="module")
def howard() -> Study:
    return Graph.read(HOWARD).study


def test_the_figures_are_those_of_the_published_table(howard: Study) -> None:
    assert tuple(howard.benchmarks) == BENCHMARKS
    assert {name: ", ".join(map(shown, e.reference.values())) for name, e in howard.experiments.items()} == PUBLISHED
    assert list(howard.experiments) == list(PUBLISHED)
    assert all(tuple(e.reference) == BENCHMARKS[: len(e.reference)] for e in howard.experiments.values())
    votes = howard.experiments["grpo_v2"].reference_votes
    greedy = howard.experiments["grpo_v2"].reference
    kinds = ("maj@16", "maj@64", "pass@16", "pass@64")
    assert {name: (greedy[name].value, *(of[kind] for kind in kinds)) for name, of in votes.items()} == VOTES
    assert [name for name, e in howard.experiments.items() if e.reference_votes] == ["grpo_v2"]
    costs = {name: e.reference_costs for name, e in howard.experiments.items() if e.reference_costs}
    assert {name: {key: of.value for key, of in found if of} for name, found in costs.items()} == {
        "grpo_v2": {"hours": 2},
        "grpo_local": {"hours": 13, "gpu_memory_gb": 68},
        "grpo_local_lora_step50": {"hours": 0.83},  # about 50 minutes
    }


def test_the_settings_are_those_of_the_published_tables(howard: Study) -> None:
    jobs = {name.removesuffix(".json"): spec["settings"] for name, spec in specs_of(howard).items()}

    def settings(*keys: str) -> dict[str, tuple[object, ...]]:
        there = {name: jobs[f"models/{name}"] for name, e in howard.experiments.items() if e.stage != "none"}
        return {name: tuple(job[key] for key in keys) for name, job in there.items() if {*keys} <= job.keys()}

    assert settings("epochs", "learning_rate", "batch_size", "traces") == {
        "sft": (2, 2e-4, 32, ["olympiad", "math_hard"]),
        "sft_b": (1, 5e-4, 32, ["olympiad", "math_hard"]),
        "sft_v1": (3, 2e-5, 128, ["olympiad"]),
        "sft_v2": (3, 5e-4, 32, ["olympiad"]),
        "sft_v3": (2, 5e-4, 64, ["olympiad", "openr1"]),
        "sft_v4": (2, 5e-4, 32, ["custom_short"]),
    }
    assert settings("group_size", "batch_size", "max_tokens", "learning_rate", "problems") == {
        "direct_rl": (16, 128, 2048, 4e-5, "math"),
        "sft_then_rl": (16, 128, 2048, 4e-5, "math"),
        "grpo_v2": (16, 64, 4096, 4e-5, "math_hard"),
        "grpo_v3": (16, 64, 4096, 2e-5, "math_hard"),
        "grpo_local": (8, 8, 2048, 5e-6, "math_hard"),
        "grpo_local_lora": (8, 8, 2048, 4e-5, "math_hard"),
    }
    backends = settings("backend", "method")
    assert {name for name, (backend, _) in backends.items() if backend == "trl"} == {"grpo_local", "grpo_local_lora"}
    assert {name for name, (_, method) in backends.items() if method == "full"} == {"grpo_local"}
    ranks = {name: jobs[f"models/{name}"]["lora"]["rank"] for name, (_, method) in backends.items() if method == "lora"}
    assert set(ranks.values()) == {64}
    on_tinker = [jobs[f"models/{name}"] for name, (backend, _) in backends.items() if backend == "tinker"]
    assert {job["service"]["model"] for job in on_tinker} == {"Qwen/Qwen3-4B-Instruct-2507"}
    rl = [job for job in on_tinker if "loss" in job]
    assert {(job["loss"], job["kl_coef"], job["scale_advantages"]) for job in rl} == {("importance_sampling", 0, False)}
    parents = ("sft_then_rl", "grpo_v3", "grpo_local_lora_step50")
    assert [howard.experiments[name].parent for name in parents] == ["sft", "grpo_v2", "grpo_local_lora"]
    samplers = {name: {jobs[f"samples/{name}/{b}"]["sampler"] for b in BENCHMARKS} for name in PUBLISHED}
    assert {name for name, used in samplers.items() if used == {"vllm"}} == {n for n in PUBLISHED if "local" in n}
    assert {name for name, used in samplers.items() if used != {"vllm"}} == {
        name for name, used in samplers.items() if used == {"tinker"}
    }


def test_the_steps_are_those_of_the_published_numbers_of_traces_and_problems(howard: Study) -> None:
    specs = {name.removeprefix("models/"): job.spec.settings for name, job in Graph(howard).jobs.items()}
    traces = {"sft": 3825, "sft_b": 3825, "sft_v1": 390, "sft_v2": 390, "sft_v3": 390 + 5000, "sft_v4": 861}
    assert {name: Epochs.planned(specs[name], rows).steps for name, rows in traces.items()} == {
        "sft": 238,
        "sft_b": 119,
        "sft_v1": 9,
        "sft_v2": 36,
        "sft_v3": 168,
        "sft_v4": 52,  # published: 53, which two epochs have only together: 1,722 traces / 32 = 53.8
    }
    problems = {"math": 7500, "math_hard": 3994}
    rl = {name: spec for name, spec in specs.items() if isinstance(spec, GrpoSpec)}
    assert {name: steps_of(spec, problems[str(spec.problems)]) for name, spec in rl.items()} == {
        "direct_rl": 58,
        "sft_then_rl": 58,
        "grpo_v2": 124,
        "grpo_v3": 124,
        "grpo_local": 998,
        "grpo_local_lora": 100,
    }
    assert {spec.order for name, spec in rl.items() if "local" not in name} == {"file"}
    local = {(spec.temperature, spec.max_grad_norm, spec.kl_coef) for name, spec in rl.items() if "local" in name}
    assert local == {(0.7, 1.0, 0.0)}


def test_every_model_has_a_price_and_the_retired_ones_a_successor(howard: Study) -> None:
    prices = howard.tinker.prices
    retired = {name: price.replaced_by for name, price in prices.items() if price.retired}
    assert retired == {
        "Qwen/Qwen3-4B-Instruct-2507": "Qwen/Qwen3.5-4B",
        "Qwen/Qwen3-235B-A22B-Instruct-2507": "Qwen/Qwen3.5-397B-A17B",
    }
    assert {price.retired for price in prices.values()} == {"2026-06-12", ""}
    assert set(service_models(howard)) == set(retired)
    assert set(retired.values()) <= set(prices)
    newer = {"base": {"repo": "Qwen/Qwen3.5-4B"}, "teacher": {"name": "Qwen/Qwen3.5-397B-A17B"}}
    assert set(service_models(Graph.read(HOWARD, {"models": newer}).study)) == set(retired.values())


def test_snakemake_plans_it_offline_without_pins_or_a_key(tmp_path: Path) -> None:
    counts, said = planned_offline(tmp_path, "howard")
    # 14 experiments, of which 12 train, on 5 benchmarks; 8 problem sets, of which one is part of another
    by_hand = {"make_problems": 8, "fetch_data": 8, "fetch_model": 2}
    by_hand |= {"sample_traces": 2, "filter_traces": 2, "read_traces": 1, "mix_traces": 1, "measure_traces": 6}
    # what is trained on or asked for traces: 3 problem sets and 4 trace sets
    by_hand |= {"find_overlaps": 7, "judge_training_set": 7, "compare_benchmarks": 1, "list_overlaps": 1}
    by_hand |= {"sft": 6, "grpo": 6, "take_checkpoint": 1}
    by_hand |= {"sample_benchmark": 14 * 5 + 3, "score_samples": 14 * 5, "count_votes": 3}
    once = ("check_references", "make_problems_table", "make_votes_table", "compare_experiments", "compare_graders")
    once += ("measure_completions", "make_stages_table")
    by_hand |= dict.fromkeys((*once, "make_ablation", "make_ledger", "make_report", "all"), 1)
    assert counts == by_hand | {"total": 216}
    # 10 trainings, 11 experiments on 5 benchmarks, votes on 3, traces of 2 sets
    assert re.search(r"Tinker, the 70 jobs of the whole study: .*\$\d+\.\d\d expected", said)
    assert "replaced by Qwen/Qwen3.5-4B" in said
