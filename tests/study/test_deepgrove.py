"""DeepGrove's post-training assessment: every number of the source's tables against the specs of config/deepgrove.yaml.

Read differently: the source's SFT config names Qwen/Qwen3-4B, all else the instruction-tuned model, which is taken.
"8.5k train" is GSM8K with its test part; its training part has 7,473 problems. `batch_size: 2` of GRPO is taken as
problems, which makes 16 x 8 completions a step. "49 to 50 GB" is the source's estimate for all parameters on one GPU.
"""

from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.study.settings.published import PublishedNumber
from gradus.training.epochs import Epochs
from gradus.training.steps import steps_of
from linked_project import PROJECT
from study.planned import specs_of

GSM8K_TRAIN = 7473
RESULTS = {
    "baseline": {"gsm8k": (85, 90), "math500": (55, 65)},
    "sft_custom": {"gsm8k": (90, 93), "math500": (58, 68)},
    "sft_then_rl": {"gsm8k": (92, 95), "math500": (62, 72)},
}


@pytest.fixture(scope="module", params=["deepgrove", "deepgrove_local"])
def graph(request: pytest.FixtureRequest) -> Graph:
    return Graph.read(PROJECT / "config" / f"{request.param}.yaml")


@pytest.fixture(scope="module")
def specs(graph: Graph) -> dict[str, dict[str, Any]]:
    return {name: spec["settings"] for name, spec in specs_of(graph).items()}


def test_the_expected_results_are_ranges(graph: Graph) -> None:
    known = {name: e.reference for name, e in graph.study.experiments.items() if e.reference}
    assert known == {
        name: {b: PublishedNumber(low=low, high=high) for b, (low, high) in of.items()} for name, of in RESULTS.items()
    }


def test_rows_and_models(graph: Graph) -> None:
    study = graph.study
    assert list(study.experiments) == ["baseline", "sft_custom", "sft_public", "sft_then_rl", "direct_rl"]
    assert study.models["base"].repo == "Qwen/Qwen3-4B-Instruct-2507"
    assert study.models["teacher"].name == "Qwen/Qwen3-235B-A22B-Instruct-2507"
    assert {name: b.problems for name, b in study.benchmarks.items()} == {"gsm8k": "gsm8k", "math500": "math500"}
    assert study.sampling.temperature == 0


def test_traces_are_as_published(specs: dict[str, dict[str, Any]]) -> None:
    drawn = specs["traces/custom.completions"]
    assert (drawn["samples"], drawn["temperature"]) == (4, 0.7)
    kept = specs["traces/custom"]
    assert kept["filter"]["keep"] == "shortest"
    assert kept["filter"]["min_steps"] > 1
    assert (kept["think"], kept["answer"]) == ("wrap", "bold")
    assert kept["prompt"]["system"] == "You are a helpful math assistant. Solve the problem step by step."


def test_sft_is_as_published(specs: dict[str, dict[str, Any]]) -> None:
    found = specs["models/sft_custom"]
    assert (found["learning_rate"], found["schedule"], found["warmup_share"]) == (2e-5, "cosine", 0.05)
    assert (found["epochs"], found["batch_size"], found["max_length"]) == (3, 32, 2048)  # 4 x 8
    assert (found["weight_decay"], found["evaluate_every"]) == (0.01, 100)
    assert found["backend"] == "tinker" or found["bf16"]
    assert Epochs(6500, 32, 3).steps == 612  # of 6 to 7 thousand traces


def test_grpo_is_as_published(graph: Graph, specs: dict[str, dict[str, Any]]) -> None:
    for name in ("sft_then_rl", "direct_rl"):
        found = specs[f"models/{name}"]
        assert (found["group_size"], found["learning_rate"], found["kl_coef"]) == (8, 5e-6, 0.05)
        assert (found["max_tokens"], found["temperature"], found["epochs"]) == (2048, 0.7, 2)
        assert found["batch_size"] == 16  # 2 x 8
        assert {part: of["weight"] for part, of in found["rewards"].items()} == {"format_penalty": 1.0}
        assert found["kl_guard"] is not None
        assert found["problems"] == "gsm8k_train"
        assert steps_of(graph.jobs[f"models/{name}"].spec.settings, GSM8K_TRAIN) == 935
    assert graph.study.experiments["sft_then_rl"].reference_model == "sft_custom"
    assert graph.study.experiments["direct_rl"].reference_model is None


def test_one_switch_trains_it_on_a_gpu() -> None:
    cloud, local = (specs_of(PROJECT / "config" / f"{name}.yaml") for name in ("deepgrove", "deepgrove_local"))
    trained = [f"models/{name}" for name in ("sft_custom", "sft_public", "sft_then_rl", "direct_rl")]
    assert {cloud[name]["settings"]["backend"] for name in trained} == {"tinker"}
    assert {local[name]["settings"]["backend"] for name in trained} == {"trl"}
    for name in trained:
        for key in ("learning_rate", "batch_size", "epochs", "lora", "seed"):
            assert cloud[name]["settings"][key] == local[name]["settings"][key]
