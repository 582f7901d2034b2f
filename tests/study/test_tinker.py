"""Studies that run on Tinker: what their jobs are told and read, and what is refused before anything is spent."""

import json
from pathlib import Path
from typing import Any

import pytest

from gradus.provenance.errors import GradusError
from gradus.study import spec_writing
from gradus.study.plan import Plan
from gradus.study.spec_writing import write_specs
from study.made_study import write
from study.tinker_study import TEXT

SMALL, LARGE = "Qwen/Qwen3-4B", "Qwen/Qwen3-235B"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TINKER_API_KEY", raising=False)
    monkeypatch.setattr(spec_writing, "fingerprint", lambda script, modules: "code")
    return tmp_path


def plan(text: str = TEXT, **overrides: Any) -> Plan:
    return Plan.read(write(Path(), text), overrides)


def refused(**overrides: Any) -> str:
    with pytest.raises(GradusError) as error:
        plan(**overrides)
    return str(error.value)


def test_jobs_are_told_the_services_name_of_their_model() -> None:
    specs = plan().specs
    jobs = ("models/sft", "models/rl", "models/more", "samples/early/easy", "samples/rl/easy.votes")
    assert {specs[f"{job}.json"]["settings"]["tinker"]["model"] for job in jobs} == {SMALL}
    asked = specs["traces/custom.completions.json"]
    assert asked["settings"]["tinker"] == {"model": LARGE}
    assert asked["modules"] == ["gradus.sampling.tinker.sampler"]
    assert specs["models/rl.json"]["modules"][0] == "gradus.training.tinker.grpo"
    assert specs["models/rl.json"]["settings"]["loss"] == "ppo"
    assert "tinker" not in specs["models/base.json"]["settings"]
    assert specs["samples/here/easy.json"]["settings"]["sampler"] == "torch"
    assert "tinker" not in specs["samples/here/easy.json"]["settings"]


def test_a_model_of_the_hub_is_offered_under_its_repository_unless_named() -> None:
    def name(**model: Any) -> str:
        made = plan(models={"base": {"source": "hub", "repo": "Qwen/Qwen3-0.6B", "steps": None, **model}})
        return made.specs["models/rl.json"]["settings"]["tinker"]["model"]

    assert name(tinker=None) == "Qwen/Qwen3-0.6B"
    assert name(tinker="other") == "other"


def test_jobs_on_tinker_read_a_tokenizer_and_the_services_names_and_jobs_here_weights() -> None:
    made = plan()
    models = "results/cloud/models"
    tokenizer, record = f"{models}/base/tokenizer.json", f"{models}/rl/tinker.json"
    assert made.start_files("sft") == [tokenizer]
    assert made.start_files("more") == made.sampled_files("rl", "easy") == [tokenizer, record]
    assert made.sampled_files("early", "easy") == [tokenizer, f"{models}/rl.at-20/tinker.json"]
    weights = [f"{models}/base/model.safetensors", f"{models}/rl/adapter_model.safetensors"]
    assert made.sampled_files("here", "easy") == made.model_files("rl") == weights
    assert made.teacher_files("custom") == [f"{models}/teacher/tokenizer.json"]
    assert made.checkpoint_pattern("tinker") == r"rl\.at\-20"
    assert made.checkpoint_pattern("adapter") == "no-adapter-checkpoint"
    assert made.pattern("grpo", "tinker") == "rl|more"
    assert made.pattern("grpo", "lora", "qlora") == "no-grpo-lora"


def test_only_waiting_is_done_here() -> None:
    made = plan()
    spec = "results/cloud/specs/models/rl.json"
    assert made.gpus(spec) == 0
    assert made.minutes(spec, 720) == 24 * 60
    assert made.minutes("results/cloud/specs/samples/here/easy.json", 60) == 60


def test_a_model_on_the_service_is_fetched_without_weights() -> None:
    made = plan()
    (line,) = made.unpinned
    assert "models.teacher: Qwen/Qwen3-235B has no revision" in line
    assert "source: folder" not in line
    assert made.specs["models/teacher.json"]["stage"] == "fetch"
    assert made.model_pattern("tinker", weights="tokenizer.json") == "teacher"
    assert made.all_models()[-1] == "results/cloud/models/teacher/tokenizer.json"
    other = plan(models={"teacher": {"repo": "Qwen/tokenizer"}}).specs["models/teacher.json"]["settings"]
    assert other.pop("chat")["date"] == "2024-07-26"
    assert other == {"backends": [], "repo": "Qwen/tokenizer", "revision": None, "files": {}}


def test_planning_tells_the_jobs_where_the_service_is_and_what_it_costs() -> None:
    file = Path("results/cloud/service.json")
    write_specs(plan(tinker={"url": "http://127.0.0.1:8765", "max_dollars": 5, "checkpoint_days": 2}))
    said = json.loads(file.read_text())
    assert (said["url"], said["max_dollars"], said["concurrency"]) == ("http://127.0.0.1:8765", 5.0, 64)
    assert said["checkpoint_seconds"] == 172_800
    assert said["prices"][SMALL] == {"prefill": 1.0, "sample": 2.0, "train": 3.0}
    assert said["replaced_by"] == {LARGE: "Qwen/Qwen3.5-397B"}
    assert said["retired"] == {LARGE: "2026-06-12"}
    assert said["models"] == [LARGE, SMALL]
    without = {"experiments": dict.fromkeys(("sft", "rl", "more", "early", "here")), "traces": {"custom": None}}
    write_specs(plan(**without, sampling={"sampler": "torch"}, votes=None))
    assert not file.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://elsewhere"},
        {"max_dollars": 9},
        {"prices": {SMALL: {"sample": 7}}},
        {"concurrency": 3, "checkpoint_days": 9, "expected_share": 0.1, "prices_dated": "2026-01-31"},
    ],
)
def test_money_and_addresses_are_in_no_spec(changed: dict[str, Any]) -> None:
    write_specs(plan())
    assert write_specs(plan(tinker=changed)) == []


def test_a_job_here_keeps_its_spec_when_a_model_gets_a_name_on_tinker() -> None:
    plain = {"sampling": {"sampler": "torch"}, "experiments": {n: {"backend": "torch"} for n in ("sft", "rl", "more")}}
    plain["traces"] = {"custom": {"teacher": "base"}}
    assert plan(**plain).specs == plan(**plain, models={"base": {"tinker": "other"}}).specs
    assert "look_ahead" not in plan(**plain).specs["models/rl.json"]["settings"]


@pytest.mark.parametrize(
    ("name", "settings", "named"),
    [
        ("sft", {"method": "full"}, "sft.method: backend: tinker trains adapters alone, not full; set method: lora"),
        ("sft", {"method": "qlora"}, "sft.method: backend: tinker trains adapters alone"),
        ("rl", {"lora": {"alpha": 64}}, "rl.lora.alpha: backend: tinker scales every adapter by 32 / rank; set alpha"),
        ("rl", {"lora": {"dropout": 0.1}}, "rl.lora.dropout: backend: tinker compares the policy"),
        ("rl", {"lora": {"targets": ["q_proj"]}}, "rl.lora.targets: backend: tinker adapts all seven projections"),
        ("sft", {"packing": True}, "sft.packing: backend: tinker takes traces one by one; remove this key"),
        ("rl", {"bf16": True}, "rl.bf16: backend: tinker has no bf16: true; remove this key"),
        ("rl", {"gradient_checkpointing": True}, "backend: tinker has no gradient_checkpointing: true"),
        ("rl", {"micro_batch": 8}, "backend: tinker has no micro_batch: 8"),
        ("rl", {"optimizer": "paged_adamw"}, "backend: tinker has no optimizer: paged_adamw"),
        ("rl", {"kl_coef": 0}, "rl.kl_guard: backend: tinker measures no KL without a kl_coef"),
        (
            "more",
            {"backend": "torch", "look_ahead": True},
            "look_ahead: backend: torch has no look_ahead: true; remove this key, or set backend: tinker",
        ),
        (
            "more",
            {"backend": "trl", "loss": "cispo"},
            "loss: backend: trl has no loss: cispo; remove this key, or set backend: torch or tinker",
        ),
    ],
)
def test_what_a_backend_cannot_do_is_one_line_that_names_it(name: str, settings: dict[str, Any], named: str) -> None:
    assert named in refused(experiments={name: settings})


@pytest.mark.parametrize("targets", [["v_proj", "q_proj", "k_proj", "o_proj"], ["up_proj", "gate_proj", "down_proj"]])
def test_adapters_on_attention_or_mlp_alone(targets: list[str]) -> None:
    made = plan(experiments={"sft": {"lora": {"targets": targets}}})
    assert made.specs["models/sft.json"]["settings"]["lora"]["targets"] == targets


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        (
            {"models": {"base": {"tinker": None}}},
            "experiments.rl.from: Tinker does not offer 'base'; set models.base.tinker to the service's name of it",
        ),
        (
            {"experiments": {"rl": {"backend": "torch"}, "more": {"backend": "tinker"}}},
            "experiments.more.from: backend: torch trained 'rl', and Tinker has adapters of its own alone",
        ),
        (
            {"experiments": {"rl": {"backend": "torch"}, "more": {"backend": "torch"}}},
            "experiments.rl.sampler: sampler: tinker: backend: torch trained 'rl'",
        ),
        (
            {
                "experiments": {
                    "rl": {"backend": "torch", "method": "full"},
                    "more": {"backend": "tinker", "method": "lora"},
                }
            },
            "experiments.more.from: 'rl' trained all parameters, and Tinker has models of its own alone",
        ),
        (
            {"experiments": {"baseline": {"from": "teacher", "sampler": "torch"}}},
            "experiments.baseline.sampler: 'teacher' is on Tinker alone, which gives no weights to sampler: torch",
        ),
        (
            {"experiments": {"sft": {"from": "teacher", "backend": "torch"}}},
            "experiments.sft.from: 'teacher' is on Tinker alone, which gives no weights to backend: torch",
        ),
        (
            {"traces": {"custom": {"sampler": "torch"}}},
            "traces.custom.sampler: 'teacher' is on Tinker alone, which gives no weights to sampler: torch",
        ),
        (
            {"models": {"other": {}}, "traces": {"custom": {"teacher": "other"}}},
            "traces.custom.teacher: Tinker does not offer 'other'",
        ),
        (
            {"tinker": {"max_dollars": 5, "prices": {LARGE: None}}},
            f"tinker.prices.{LARGE}: this model has no price, so max_dollars (5) cannot be kept",
        ),
        ({"tinker": {"prices_dated": "last May"}}, "tinker.prices_dated: expected a day such as 2026-01-31"),
        (
            {"tinker": {"prices": {SMALL: {"retired": "12.6.2026"}}}},
            f"tinker.prices.{SMALL}.retired: expected a day such as 2026-01-31, not '12.6.2026'",
        ),
        ({"tinker": {"prices": {SMALL: {"sample": None}}}}, f"tinker.prices.{SMALL}.sample: this key is required"),
        ({"tinker": {"prices": {SMALL: {"smaple": 1}}}}, "smaple: unknown key; did you mean sample?"),
    ],
)
def test_what_tinker_has_not_is_refused_with_its_place_and_a_remedy(overrides: dict[str, Any], named: str) -> None:
    assert named in refused(**overrides)


def test_a_price_is_needed_for_models_that_are_used_there_and_no_others() -> None:
    quiet = {"tinker": {"max_dollars": 5, "prices": {LARGE: None}}, "models": {"other": {"tinker": "unused"}}}
    assert plan(**quiet, traces={"custom": {"teacher": "base"}}).specs


def test_a_training_here_goes_on_from_tinkers_adapter() -> None:
    made = plan(experiments={"more": {"backend": "torch", "sampler": "torch"}})
    assert made.start_files("more")[1] == "results/cloud/models/rl/adapter_model.safetensors"
    assert made.pattern("grpo", "lora") == "more"
