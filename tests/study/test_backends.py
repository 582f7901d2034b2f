"""Settings that a training backend cannot honour are refused when a study is planned, naming both."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.environments import environments_of
from gradus.provenance.errors import GradusError
from gradus.training.capabilities import backend_capabilities
from study.planned import specs_of

POCKET = Path(__file__).resolve().parents[2] / "config" / "pocket.yaml"


def plan(name: str, **settings: Any) -> Graph:
    return Graph.read(POCKET, {"experiments": {name: settings}})


@pytest.mark.parametrize(
    ("name", "settings", "named"),
    [
        (
            "sft_custom",
            {"lora": {"dropout": 0.1}},
            "torch has no lora.dropout: 0.1; remove this key, or set network: transformers, or set backend: trl",
        ),
        (
            "sft_custom",
            {"method": "qlora", "lora": {"dropout": 0.1}},
            "lora.dropout: backend: torch .* remove this key, or set network: transformers, or set backend: trl",
        ),
        (
            "sft_custom",
            {"backend": "tinker", "lora": {"dropout": 0.1}},
            "tinker has no lora.dropout: 0.1; remove this key, or",
        ),
        (
            "direct_rl",
            {"lora": {"dropout": 0.1}},
            "lora.dropout: backend: torch compares the policy .*; set dropout: 0$",
        ),
        ("direct_rl", {"backend": "trl", "lora": {"dropout": 0.1}}, "lora.dropout: backend: trl compares the policy"),
        ("direct_rl", {"backend": "trl", "method": "qlora", "lora": {"dropout": 0.1}}, "lora.dropout: backend: trl"),
        ("direct_rl", {"bf16": True}, "bf16: backend: torch has no bf16: true; remove this key"),
        ("direct_rl", {"gradient_checkpointing": True}, "backend: torch has no gradient_checkpointing: true"),
        ("direct_rl", {"micro_batch": 8}, "backend: torch has no micro_batch: 8"),
        ("direct_rl", {"optimizer": "paged_adamw"}, "backend: torch has no optimizer: paged_adamw"),
        ("direct_rl", {"backend": "trl", "micro_batch": 5}, "a divisor of 128 .batch_size = 16 times group_size = 8"),
        ("sft_custom", {"backend": "trl", "micro_batch": 5}, "a divisor of 32 .batch_size = 32"),
        ("dr_grpo", {"backend": "trl", "method": "full"}, "kl_guard: backend: trl .*; set kl_guard: null"),
        (
            "direct_rl",
            {"backend": "trl", "loss": "cispo", "normalisation": "token"},
            "clip_low: backend: trl has loss: cispo with clip_low: 1 alone; set that, or backend: torch",
        ),
        (
            "direct_rl",
            {"backend": "trl", "algorithm": "cispo", "normalisation": "sequence"},
            "normalisation: backend: trl has loss: cispo with normalisation: token alone; set that, or backend: torch",
        ),
        (
            "direct_rl",
            {"backend": "trl", "algorithm": "reinforce_pp"},
            "kl_estimator: backend: trl has kl_estimator: k3 alone, and reinforce_pp asks for k2; "
            "set kl_estimator: k3, kl_coef: 0, or backend: torch",
        ),
        (
            "direct_rl",
            {"backend": "tinker", "kl_estimator": "k2"},
            "kl_estimator: backend: tinker has no kl_estimator: k2; remove this key, or set backend: torch or trl",
        ),
        ("direct_rl", {"backend": "tinker", "clip_dual": 3}, "clip_dual: backend: tinker has no clip_dual: 3"),
        (
            "direct_rl",
            {"clip_dual": 1.2},
            "clip_dual: 1.2 would clip ratios that clip_high = 0.2 allows; take more than",
        ),
        (
            "direct_rl",
            {"clip_dual": 3, "algorithm": "cispo"},
            "clip_dual: clips a loss: ppo only, and this one is cispo; remove this key, or set loss: ppo",
        ),
        (
            "direct_rl",
            {"backend": "tinker", "algorithm": "gspo"},
            "algorithm: backend: tinker takes the loss itself and has not that of gspo; take another, or set backend: "
            "torch or trl",
        ),
    ],
)
def test_what_a_backend_cannot_do_is_one_line_that_names_it(name: str, settings: dict[str, Any], named: str) -> None:
    with pytest.raises(GradusError, match=named):
        plan(name, **settings)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("sft_custom", {"backend": "trl", "method": "qlora", "lora": {"dropout": 0.1}, "bf16": True}),
        ("dapo", {"backend": "trl"}),
        ("dapo", {"backend": "trl", "algorithm": "gspo"}),
        ("dapo", {"backend": "trl", "algorithm": "rloo"}),
        ("dapo", {"algorithm": "gspo"}),
        ("dapo", {"algorithm": "reinforce_pp", "clip_dual": 3, "mask_truncated": True, "kl_estimator": "k1"}),
        ("dapo", {"backend": "trl", "algorithm": "reinforce_pp", "kl_coef": 0}),
        ("dapo", {"backend": "trl", "algorithm": "max_rl", "clip_dual": 3, "mask_truncated": True}),
        ("dapo", {"backend": "trl", "algorithm": "cispo"}),
        ("dapo", {"backend": "trl", "dynamic_sampling": False}),
        ("direct_rl", {"method": "full", "lora": {"dropout": 0.1}}),  # there is no adapter
        ("dr_grpo", {"backend": "trl", "method": "full", "kl_guard": None}),
        ("dr_grpo", {"backend": "trl", "held_out": "traces"}),
        ("dr_grpo", {"backend": "trl", "method": "full", "kl_coef": 0.01, "micro_batch": 32}),
        ("sft_custom", {"method": "qlora"}),
        ("direct_rl", {"optimizer": "adamw", "bf16": False, "micro_batch": None}),
    ],
)
def test_what_it_can_do_makes_a_plan(name: str, settings: dict[str, Any]) -> None:
    spec = specs_of(plan(name, **settings))[f"models/{name}"]
    backend = settings.get("backend", "torch")
    assert spec["modules"][0].split(".")[2] == spec["settings"]["backend"] == backend
    if backend != "trl":
        asked = {key: spec["settings"][key] for key in ("optimizer", "bf16", "gradient_checkpointing", "micro_batch")}
        assert asked == {"optimizer": None, "bf16": False, "gradient_checkpointing": False, "micro_batch": None}


def test_the_optimizer_of_qlora_pages_unless_another_is_named() -> None:
    def optimizer(**settings: Any) -> str:
        return specs_of(plan("sft_custom", backend="trl", **settings))["models/sft_custom"]["settings"]["optimizer"]

    assert (optimizer(), optimizer(method="qlora")) == ("adamw", "paged_adamw")
    assert optimizer(method="qlora", optimizer="adamw") == "adamw"


@pytest.mark.parametrize("settings", [{"backend": "trl"}, {"network": "transformers"}])
def test_the_profile_says_who_writes_rollouts_and_only_specs_that_ask_it_tell(settings: dict[str, str]) -> None:
    vllm = {"rollouts": {"engine": "vllm_colocate"}, "experiments": {"random_reward": settings}}
    made = Graph.read(POCKET, vllm)
    specs = specs_of(made)
    assert specs["models/random_reward"]["settings"]["rollouts"]["engine"] == "vllm_colocate"
    assert specs["models/random_reward"]["modules"][-2] == "gradus.training.rollouts.vllm_colocate"
    asked = environments_of(made.jobs["models/random_reward"].modules, made.jobs["models/random_reward"].settings)
    assert [environment.packages[0] for environment in asked] == ["vllm"]
    # The embedded network writes its own.
    assert specs["models/direct_rl"]["settings"]["rollouts"]["engine"] == "transformers"
    assert environments_of(made.jobs["models/direct_rl"].modules, made.jobs["models/direct_rl"].settings) == []


def test_settings_of_an_engine_that_is_not_used_decide_nothing() -> None:
    other = {"rollouts": {"memory_share": 0.5}, "experiments": {"random_reward": {"backend": "trl"}}}
    plain = specs_of(plan("random_reward", backend="trl"))["models/random_reward"]
    assert specs_of(Graph.read(POCKET, other))["models/random_reward"] == plain


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"rollouts": {"server": "gpu:8000"}}, "rollouts.server: expected an address such as http://127.0.0.1:8000"),
        (
            {
                "rollouts": {"engine": "vllm_server"},
                "experiments": {"direct_rl": {"network": "transformers", "method": "qlora"}},
            },
            "direct_rl.method: backend: torch cannot send weights of 4 bits to a server",
        ),
    ],
)
def test_rollouts_that_cannot_be_are_refused_when_planned(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(GradusError, match=named):
        Graph.read(POCKET, settings)


def test_an_adapter_continues_one_of_qlora_whatever_drops_out() -> None:
    study = {"sft_custom": {"backend": "trl", "method": "qlora", "lora": {"dropout": 0.1}}}
    made = Graph.read(POCKET, {"experiments": study})
    assert made.jobs["models/sft_then_rl"].reads["weights"][1] == "results/pocket/models/sft_custom/model.json"


def test_a_backend_without_a_module_of_capabilities_is_one_line() -> None:
    with pytest.raises(GradusError, match=r"^backend: jax: there is no scripts/gradus/training/jax/capabilities.py; "):
        backend_capabilities("jax")
