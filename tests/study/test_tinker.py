"""Studies that run on Tinker: what their jobs are told and read, and what is refused before anything is spent."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.resources import resources_of
from gradus.graph import spec_files
from gradus.graph.graph import Graph, study_specs
from gradus.graph.spec_files import plan_specs, write_specs
from gradus.provenance.errors import GradusError
from gradus.specs.base import JobSettings
from study.made_study import write
from study.tinker_study import TEXT

SMALL, LARGE = "Qwen/Qwen3-4B", "Qwen/Qwen3-235B"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TINKER_API_KEY", raising=False)
    monkeypatch.setattr(spec_files, "fingerprint", lambda script, modules: "code")
    return tmp_path


def graph(text: str = TEXT, **overrides: Any) -> Graph:
    return Graph.read(write(Path(), text), overrides)


def settings_of(made: Graph, name: str) -> Any:
    """The typed settings of a job."""
    return made.jobs[name].settings


def all_settings(made: Graph) -> dict[str, JobSettings]:
    return {name: job.settings for name, job in made.jobs.items()}


def written(made: Graph) -> set[str]:
    """Bring the specs on disk up to date; returns the names of those that changed."""
    planned = plan_specs(made)
    write_specs(made, planned)
    return set(planned.changes)


def refused(**overrides: Any) -> str:
    with pytest.raises(GradusError) as error:
        graph(**overrides)
    return str(error.value)


def test_jobs_are_told_the_services_name_of_their_model() -> None:
    made = graph()
    jobs = ("models/sft", "models/rl", "models/more", "samples/early/easy", "samples/rl/easy.votes")
    assert {settings_of(made, job).service.model for job in jobs} == {SMALL}
    asked = made.jobs["traces/custom.completions"]
    assert asked.settings.service.model == LARGE  # type: ignore[attr-defined] of a job that samples
    assert asked.modules == ("gradus.sampling.tinker.sampler",)
    assert made.jobs["models/rl"].modules[0] == "gradus.training.tinker.grpo"
    assert settings_of(made, "models/rl").loss == "ppo"
    assert settings_of(made, "samples/here/easy").sampler == "torch"
    assert settings_of(made, "samples/here/easy").service is None


def test_a_model_of_the_hub_is_offered_under_its_repository_unless_named() -> None:
    def name(**model: Any) -> str:
        made = graph(models={"base": {"source": "hub", "repo": "Qwen/Qwen3-0.6B", "steps": None, **model}})
        return settings_of(made, "models/rl").service.model

    assert name(tinker=None) == "Qwen/Qwen3-0.6B"
    assert name(tinker="other") == "other"


def test_jobs_on_tinker_and_here_read_the_manifests_of_their_models() -> None:
    made = graph()

    def read(name: str) -> list[str]:
        return [path.removeprefix("results/cloud/models/") for path in made.jobs[name].reads["weights"]]

    assert read("models/sft") == ["base/model.json"]
    assert read("models/more") == read("samples/rl/easy") == ["base/model.json", "rl/model.json"]
    assert read("samples/early/easy") == ["base/model.json", "rl.at-20/model.json"]
    assert read("samples/here/easy") == read("export/rl") == ["base/model.json", "rl/model.json"]
    assert read("traces/custom.completions") == ["teacher/model.json"]


def test_only_waiting_is_done_here() -> None:
    made = graph()
    study = study_specs(made)
    there = resources_of(made.jobs["models/rl"].spec, study)
    assert (there.gpu, there.runtime_minutes) == (0, 24 * 60)
    assert resources_of(made.jobs["samples/here/easy"].spec, study).runtime_minutes <= 60


def test_a_model_on_the_service_is_fetched_without_weights() -> None:
    made = graph()
    (line,) = made.unpinned
    assert "models.teacher: Qwen/Qwen3-235B has no revision" in line
    assert "source: folder" not in line
    assert made.jobs["models/teacher"].stage == "fetch_model"
    assert settings_of(made, "models/teacher").backends == []
    other = settings_of(graph(models={"teacher": {"repo": "Qwen/tokenizer"}}), "models/teacher")
    assert (other.hub.repo, other.hub.revision, other.hub.files) == ("Qwen/tokenizer", None, {})
    assert other.chat.date == date(2024, 7, 26)


def test_planning_tells_the_jobs_where_the_service_is_and_what_it_costs() -> None:
    file = Path("results/cloud/service.json")
    written(graph(tinker={"url": "http://127.0.0.1:8765", "max_dollars": 5, "checkpoint_days": 2}))
    said = json.loads(file.read_text())
    assert (said["url"], said["max_dollars"], said["concurrency"]) == ("http://127.0.0.1:8765", 5.0, 64)
    assert said["checkpoint_seconds"] == 172_800
    assert said["prices"][SMALL] == {"prefill": 1.0, "sample": 2.0, "train": 3.0}
    assert said["replaced_by"] == {LARGE: "Qwen/Qwen3.5-397B"}
    assert said["retired"] == {LARGE: "2026-06-12"}
    assert said["models"] == [LARGE, SMALL]
    without = {"experiments": dict.fromkeys(("sft", "rl", "more", "early", "here")), "traces": {"custom": None}}
    written(graph(**without, sampling={"sampler": "torch"}, votes=None))
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
    written(graph())
    assert written(graph(tinker=changed)) == set()


def test_a_job_here_keeps_its_spec_when_a_model_gets_a_name_on_tinker() -> None:
    plain = {"sampling": {"sampler": "torch"}, "experiments": {n: {"backend": "torch"} for n in ("sft", "rl", "more")}}
    plain["traces"] = {"custom": {"teacher": "base"}}
    assert all_settings(graph(**plain)) == all_settings(graph(**plain, models={"base": {"tinker": "other"}}))


@pytest.mark.parametrize(
    ("name", "settings", "named"),
    [
        ("sft", {"method": "full"}, "sft.method: backend: tinker trains adapters alone, not full; set method: lora"),
        ("sft", {"method": "qlora"}, "sft.method: backend: tinker trains adapters alone"),
        ("rl", {"lora": {"alpha": 64}}, "rl.lora.alpha: backend: tinker scales every adapter by 32 / rank; set alpha"),
        ("rl", {"lora": {"dropout": 0.1}}, "rl.lora.dropout: backend: tinker compares the policy"),
        ("rl", {"lora": {"targets": ["q_proj"]}}, "rl.lora.targets: backend: tinker adapts all seven projections"),
        (
            "more",
            {"adapter": "new"},
            "more.adapter: backend: tinker merges no adapter into the models that the service",
        ),
        ("sft", {"packing": True}, "sft.packing: backend: tinker takes traces one by one; remove this key"),
        ("rl", {"bf16": True}, "rl.bf16: backend: tinker has no bf16: true; remove this key"),
        ("rl", {"gradient_checkpointing": True}, "backend: tinker has no gradient_checkpointing: true"),
        ("rl", {"micro_batch": 8}, "backend: tinker has no micro_batch: 8"),
        ("rl", {"optimizer": "paged_adamw"}, "backend: tinker has no optimizer: paged_adamw"),
        ("rl", {"kl_coef": 0}, "rl.kl_guard: backend: tinker measures no KL without a kl_coef"),
        (
            "more",
            {"backend": "torch", "overlap": 1},
            "overlap: backend: torch has no overlap: 1; remove this key, or set network: transformers, or set",
        ),
        ("rl", {"look_ahead": True}, "rl.look_ahead: unknown key; did you mean overlap?"),
        (
            "more",
            {"backend": "trl", "overlap": 1},
            "overlap: backend: trl has no overlap: 1; remove this key, or set backend: torch or tinker",
        ),
    ],
)
def test_what_a_backend_cannot_do_is_one_line_that_names_it(name: str, settings: dict[str, Any], named: str) -> None:
    assert named in refused(experiments={name: settings})


@pytest.mark.parametrize("targets", [["v_proj", "q_proj", "k_proj", "o_proj"], ["up_proj", "gate_proj", "down_proj"]])
def test_adapters_on_attention_or_mlp_alone(targets: list[str]) -> None:
    made = graph(experiments={"sft": {"lora": {"targets": targets}}})
    assert settings_of(made, "models/sft").lora.targets == targets


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
            "experiments.more.from: 'rl' was made here, and Tinker has models of its own alone",
        ),
        (
            {"experiments": {"more": {"backend": "torch", "adapter": "new"}}},
            "experiments.more.sampler: sampler: tinker: 'rl.merged' was made here, and Tinker has models",
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
    assert graph(**quiet, traces={"custom": {"teacher": "base"}}).jobs


def test_a_training_here_goes_on_from_tinkers_adapter() -> None:
    made = graph(experiments={"more": {"backend": "torch", "sampler": "torch"}})
    assert made.jobs["models/more"].reads["weights"][1] == "results/cloud/models/rl/model.json"
    assert settings_of(made, "models/more").service is None


def test_tinkers_adapter_is_merged_here_for_a_new_one() -> None:
    made = graph(experiments={"more": {"backend": "torch", "sampler": "torch", "adapter": "new"}})
    parts = [f"results/cloud/models/{name}/model.json" for name in ("base", "rl")]
    assert made.jobs["models/rl.merged"].reads["weights"] == parts
    assert made.jobs["models/more"].reads["weights"] == ["results/cloud/models/rl.merged/model.json"]
