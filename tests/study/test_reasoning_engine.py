"""The reasoning engine as a study file: its published settings and results, and that two GPUs of 24 GB are enough."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.known import KNOWN
from gradus.estimates.table import Row, as_text, memory_rows
from gradus.graph.graph import Graph, study_specs
from gradus.prompts.chat import ChatTemplate
from gradus.specs.training import GrpoSpec, SftSpec
from gradus.study.schema import Study
from linked_project import PROJECT, linked_project

ENGINE = PROJECT / "config" / "reasoning_engine.yaml"
GB = 10**9
RL = ("grpo", "dr_grpo", "dapo", "dr_grpo_overlapped")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph.read(ENGINE)


def settings(graph: Graph, name: str, *keys: str) -> tuple[Any, ...]:
    return tuple(getattr(graph.jobs[f"models/{name}"].settings, key) for key in keys)


def test_sft_has_the_published_settings(graph: Graph) -> None:
    sft = graph.jobs["models/sft"].settings
    assert isinstance(sft, SftSpec)
    assert graph.jobs["traces/openr1"].settings.traces["size"] == 10_000
    (steps,) = {graph.jobs["traces/seen"].settings.size / sft.batch_size * sft.epochs}
    assert (steps, steps * sft.warmup_share) == (300, 30)
    assert (sft.batch_size, sft.max_length, sft.micro_batch_tokens, sft.gpus) == (3 * 4 * 2, 512, 3 * 512, 2)
    assert (sft.learning_rate, sft.learning_rate * sft.decay_to, sft.schedule) == (2e-5, pytest.approx(2e-6), "cosine")
    assert (sft.weight_decay, sft.betas, sft.held_out_share) == (0.01, [0.9, 0.999], 0)


@pytest.mark.parametrize("name", RL)
def test_rl_has_the_published_settings(graph: Graph, name: str) -> None:
    rl = graph.jobs[f"models/{name}"].settings
    assert isinstance(rl, GrpoSpec)
    assert (rl.problems, rl.batch_size, rl.group_size, rl.max_tokens) == ("gsm8k_train", 4, 4, 1024)
    assert (rl.temperature, rl.top_p, rl.steps, rl.steps * rl.warmup_share) == (0.7, 0.95, 200, 20)
    assert (rl.learning_rate, rl.learning_rate * rl.decay_to, rl.schedule) == (5e-7, pytest.approx(5e-8), "cosine")
    assert (rl.weight_decay, rl.betas, rl.gpus, rl.weights.dense) == (0.01, [0.9, 0.999], 2, "sft")


def test_the_algorithms_differ_as_published(graph: Graph) -> None:
    keys = ("kl_coef", "clip_low", "clip_high", "scale_advantages", "dynamic_sampling", "overlap")
    assert {name: settings(graph, name, *keys) for name in RL} == {
        "grpo": (0.1, 0.2, 0.2, True, False, 0),
        "dr_grpo": (0, 0.2, 0.2, False, False, 0),
        "dapo": (0, 0.2, 0.28, True, True, 0),
        "dr_grpo_overlapped": (0, 0.2, 0.2, False, False, 1),
    }
    (rewards,) = settings(graph, "dapo", "rewards")
    assert {name: part["weight"] for name, part in rewards.items()} == {"correct": 1.0, "overlong_unanswered": 0.5}
    assert settings(graph, "dapo", "max_resamples") == (0,)


def test_references_are_the_published_results_of_the_base(graph: Graph) -> None:
    study: Study = graph.study
    references = {
        name: {benchmark: number.value for benchmark, number in experiment.reference.items()}
        for name, experiment in study.experiments.items()
        if experiment.reference
    }
    assert references == {"baseline": {"gsm8k": 70.0, "math500": 40.0}}
    assert study.experiments["baseline"].reference_votes == {"gsm8k": {"pass@1": 67.7, "pass@8": 95.0}}
    assert (study.votes.samples, study.votes.temperature, max(study.votes.k)) == (8, 0.7, 8)
    assert (study.votes.benchmarks, study.votes.problems) == (["gsm8k"], 200)


def test_what_is_asked_and_what_is_taught() -> None:
    """The conversation tells the tags, an answer begins with its thought, and ends with the tokenizer's own end."""
    template = (PROJECT / "config/reasoning_engine.jinja").read_text(encoding="utf-8")
    chat = ChatTemplate.parse(template, {"eos_token": "<|endoftext|>"}, "reasoning_engine.jinja")
    asked = chat.render([{"role": "user", "content": "2+2?"}], add_generation_prompt=True, beginning="")
    assert asked.endswith("User: 2+2?\nAssistant:")
    assert "<think> </think>" in asked
    assert "<answer> </answer>" in asked
    answer = {"role": "assistant", "content": "<think>\nFour.\n</think>\n\n<answer>4</answer>"}
    taught = chat.render([{"role": "user", "content": "2+2?"}, answer], beginning="")
    assert taught == f"{asked} {answer['content']}<|endoftext|>"


def rows_of(gb: float, gpus: int | None = None, **experiments: dict[str, Any]) -> dict[str, Row]:
    study = study_specs(Graph.read(ENGINE, {"experiments": experiments}))
    return {row.name.removeprefix("models/"): row for row in memory_rows(study, round(gb * GB), gpus)}


SEED = {"master_dtype": "bfloat16", "optimizer": "adamw"}
"""Weights and gradients in bfloat16, moments on the GPU: the source's memory budget."""


def test_everything_fits_two_gpus_of_24_gb() -> None:
    rows = rows_of(24, 2)
    assert {name: row.gpus for name, row in rows.items() if not name.startswith("samples")} == dict.fromkeys(
        ("sft", *RL), 2
    )
    assert all(row.fits for row in rows.values())
    grpo, dr_grpo = rows["grpo"].memory, rows["dr_grpo"].memory
    assert grpo is not None
    assert dr_grpo is not None
    assert grpo.reference == KNOWN["Qwen/Qwen2.5-3B"].parameters  # in bfloat16, half of it on each
    assert grpo.total - dr_grpo.total == grpo.reference


def test_the_published_budget_of_each_gpu() -> None:
    """22 to 24 GB: 3 of weights, 3 of gradients, 12 of moments; a reference is 3 GB more, and too much."""
    rows = rows_of(24, 2, sft=SEED, grpo=SEED)
    memory = rows["dr_grpo"].memory
    assert memory is not None
    in_gb = [round(part / GB, 1) for part in (memory.weights, memory.gradients, memory.optimizer)]
    assert in_gb == [3.1, 3.1, 12.3]
    for name in ("sft", "dr_grpo", "dapo"):
        assert rows[name].fits
        assert 22 * GB < rows[name].memory.total < 24 * GB
    assert rows["grpo"].memory.total == pytest.approx(memory.total + 3.1 * GB, rel=0.01)
    assert (rows["grpo"].fits, rows["grpo"].lower) == (False, (("optimizer", "paged_adamw"),))


def test_one_gpu_of_24_gb_is_refused_with_what_would_fit() -> None:
    row = rows_of(24, 1)["grpo"]
    assert (row.fits, row.why) == (False, "takes 2 GPUs, and the profile has gpu=1")
    assert row.lower == (("gpus", 1), ("master_dtype", "bfloat16"))
    said = as_text([row], 24 * GB)
    assert f"models/grpo: {row.why}; it would fit with gpus: 1 and master_dtype: bfloat16" in said
    alone = {"gpus": 1}
    row = rows_of(24, 1, sft=alone, grpo=alone)["grpo"]
    assert (row.fits, row.lower) == (False, (("master_dtype", "bfloat16"),))
    remedied = alone | {"master_dtype": "bfloat16"}
    assert rows_of(24, 1, sft=remedied, grpo=remedied)["grpo"].fits


def test_a_model_of_7b_does_not_fit_whole() -> None:
    larger = {"models": {"base": {"repo": "Qwen/Qwen2.5-7B"}}}
    rows = {row.name: row for row in memory_rows(study_specs(Graph.read(ENGINE, larger)), 24 * GB, 2)}
    assert [rows[f"models/{name}"].fits for name in ("sft", "grpo")] == [False, False]
    assert rows["models/sft"].lower == (("method", "lora"),)
    assert rows["models/grpo"].lower == (("gpus", 1), ("method", "lora"))


def test_more_gpus_take_as_many_gpu_hours_but_for_what_they_tell_each_other() -> None:
    two, four = (rows_of(80, gpus, sft={"gpus": gpus}, grpo={"gpus": gpus})["grpo"] for gpus in (2, 4))
    assert two.gpu_hours < four.gpu_hours < 2 * two.gpu_hours
    assert four.minutes < two.minutes
    assert as_text([replace(two, gpu_hours=10.0)], None, 0.4).endswith("it may be, $4.00 at $0.4 an hour.\n")


def test_a_dry_run_tells_what_would_be_refused_without_network_or_pins(tmp_path: Path) -> None:
    linked_project(tmp_path, "profiles")
    command = [sys.executable, "-m", "snakemake", "-n", "--configfile", "config/reasoning_engine.yaml"]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    environment = {"PATH": path, "HF_HUB_OFFLINE": "1", "GRADUS_VIEW": "lines"}

    def dry_run(gpus: int) -> str:
        limits = ["--workflow-profile", "profiles/gpu", "--resources", f"gpu={gpus}", "gpu_mem_mb=24000"]
        options: dict[str, Any] = {"capture_output": True, "text": True, "check": False, "timeout": 120}
        done = subprocess.run([*command, *limits], cwd=tmp_path, env=environment | {"HOME": str(tmp_path)}, **options)
        assert done.returncode == 0, done.stderr
        assert re.search(r"^grpo +4$", done.stdout, re.MULTILINE)
        return done.stderr

    assert "above the limit" not in dry_run(2)
    assert "asks for gpu=2, above the limit gpu=1 (number of GPUs), as do 4 more jobs" in dry_run(1)
