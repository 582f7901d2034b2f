"""The study of domain tokens as a study file: every published number, its settings, and what they come to."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gradus.evaluation.parts import parts_of
from gradus.graph.graph import Graph
from gradus.problems.sources import arithmetic_probes
from gradus.specs.training import GrpoSpec
from gradus.study.schema import Study
from gradus.study.settings.published import PublishedNumber
from gradus.training.epochs import Epochs
from gradus.training.steps import steps_of
from gradus.vocabulary.named import token_family
from linked_project import PROJECT
from problems.published_sets import SHARED, shared
from study.dry_run import planned_offline
from study.planned import specs_of

STUDY = PROJECT / "config" / "domain_tokens.yaml"


PARTS = {"mul_table": "multiplication table", "mul_multidigit": "multi-digit multiplication", "addition": "addition"}
"""Parts of the probes by the names that the source has for them."""


def probes(*correct: int) -> dict[str, tuple[int, int]]:
    """Of all probes, of the table, of longer products and of sums."""
    sizes = {"probes": 281, **dict.fromkeys(PARTS.values(), 100), "multiplication table": 81}
    return {name: (right, sizes[name]) for right, name in zip(correct, ("probes", *PARTS.values()), strict=True)}


def hellaswag(normalised: int, plain: int) -> dict[str, tuple[int, int]]:
    return {"hellaswag": (normalised, 500), "hellaswag_acc": (plain, 500)}


# Right answers of how many, by benchmark and by part of the probes.
PUBLISHED = {
    "pretrained_baseline": {**hellaswag(176, 166), "gsm8k_200": (4, 200), **probes(12, 12, 0, 0)},
    "pretrained_mul": {**hellaswag(180, 172), "gsm8k_200": (4, 200), **probes(10, 10, 0, 0)},
    "tulu_baseline": {**hellaswag(166, 168), "gsm8k_200": (3, 200), **probes(7, 7, 0, 0)},
    "tulu_mul": {**hellaswag(188, 178), "gsm8k_200": (3, 200), **probes(13, 13, 0, 0)},
    "gsm8k_baseline": {**hellaswag(171, 164), "gsm8k": (33, 1319), "gsm8k_200": (5, 200), **probes(62, 55, 5, 2)},
    "gsm8k_mul": {**hellaswag(175, 178), "gsm8k": (27, 1319), "gsm8k_200": (8, 200), **probes(44, 30, 12, 2)},
    "sbs_10_baseline": {"gsm8k_300": (7, 300)},
    "sbs_10_mul": {"gsm8k_300": (4, 300)},
    "grpo_baseline": {"gsm8k_500": (11, 500)},
    "grpo_mul": {"gsm8k_500": (6, 500)},
    "shaped_baseline": {"gsm8k_300": (7, 300)},
    "shaped_mul": {"gsm8k_300": (11, 300)},
}
LOSSES = {
    "tulu_baseline": (1.6944, 1.5728),
    "tulu_mul": (1.6923, 1.5721),
    "gsm8k_baseline": (1.5432, 1.5652),
    "gsm8k_mul": (1.5667, 1.5894),
}

# The folders of the source's result files, by the experiments here.
FOLDERS = {
    "eval_hf_baseline_10b": "pretrained_baseline",
    "eval_hf_mul_tokens_10b": "pretrained_mul",
    "eval_sft_tulu_baseline": "tulu_baseline",
    "eval_sft_tulu_mul_tokens": "tulu_mul",
    "eval_sft_gsm8k_baseline": "gsm8k_baseline",
    "eval_sft_gsm8k_mul_tokens": "gsm8k_mul",
    "eval_sft_gsm8k_baseline_full": "gsm8k_baseline",
    "eval_sft_gsm8k_mul_tokens_full": "gsm8k_mul",
    "eval_sft_sbs_baseline_10ep": "sbs_10_baseline",
    "eval_sft_sbs_mul_tokens_10ep": "sbs_10_mul",
    "eval_grpo_baseline": "grpo_baseline",
    "eval_grpo_mul_tokens": "grpo_mul",
    "eval_grpo_shaped_baseline": "shaped_baseline",
    "eval_grpo_shaped_mul_tokens": "shaped_mul",
}
WRONG_EXPORTS = {"eval_baseline_10b", "eval_mul_tokens_10b"}
"""Of the models whose export was wrong, which the source measured anew."""
GSM8K = {200: "gsm8k_200", 300: "gsm8k_300", 500: "gsm8k_500", 1319: "gsm8k"}
"""Benchmarks by their number of questions."""


@pytest.fixture(scope="module")
def domain_tokens() -> Study:
    return Graph.read(STUDY).study


def result_files() -> dict[tuple[str, str], dict[str, Any]]:
    """The source's metrics by folder and kind of benchmark."""
    path = shared("domain_tokens_published_metrics.json")
    found = ((entry["file"].split("/"), entry["metrics"]) for entry in json.loads(path.read_text(encoding="utf-8")))
    return {(folder, file.removesuffix("_results.json")): metrics for (folder, file), metrics in found}


def numbers_of(experiment: Any) -> Iterator[tuple[str, PublishedNumber]]:
    yield from experiment.reference.items()
    yield from experiment.reference_parts.get("probes", {}).items()


def test_the_references_are_the_published_counts(domain_tokens: Study) -> None:
    given = {
        name: {of: (number.correct, number.of) for of, number in numbers_of(experiment)}
        for name, experiment in domain_tokens.experiments.items()
        if experiment.reference
    }
    # the source's own weights, measured here too
    weights = {name: given.pop(name) for name in list(given) if name.startswith("published_")}
    assert given == PUBLISHED
    stages = ("tulu_baseline", "tulu_mul", "gsm8k_baseline", "gsm8k_mul")
    assert weights == {f"published_{stage}": PUBLISHED[stage] for stage in stages}
    losses = {name: getattr(e, "reference_losses", None) for name, e in domain_tokens.experiments.items()}
    assert {name: (each.train, each.eval) for name, each in losses.items() if each} == LOSSES


def test_they_are_those_of_the_sources_result_files() -> None:
    read: dict[str, dict[str, tuple[int, int]]] = {}
    files = result_files()
    assert {folder for folder, _ in files} == FOLDERS.keys() | WRONG_EXPORTS
    for (folder, kind), metrics in files.items():
        if folder in FOLDERS:
            found = read.setdefault(FOLDERS[folder], {})
            if kind == "gsm8k":
                found[GSM8K[metrics["total"]]] = (metrics["correct"], metrics["total"])
            elif kind == "hellaswag":
                found |= hellaswag(metrics["correct_norm"], metrics["correct"])
                assert metrics["total"] == 500
            elif kind == "arithmetic":
                found["probes"] = (metrics["total_correct"], metrics["total_samples"])
                for category, of in metrics["category_accuracies"].items():
                    found[PARTS[category]] = (of["correct"], of["total"])
    assert read == PUBLISHED


def test_the_counts_of_tokens_are_those_of_the_sources_result_files(domain_tokens: Study) -> None:
    """Of the runs since decoding shows tokens; the baselines, whose count is 0, have none to count."""
    read: dict[str, dict[str, dict[str, float]]] = {}
    for (folder, kind), metrics in result_files().items():
        if kind == "gsm8k" and metrics["mul_token_count"]:
            mean = round(metrics["mul_token_count"] / metrics["total"], 4)
            read[FOLDERS[folder]] = {GSM8K[metrics["total"]]: {"multiplication": mean}}
    given = {name: e.reference_tokens for name, e in domain_tokens.experiments.items() if e.reference_tokens}
    assert given.pop("published_gsm8k_mul") == read["gsm8k_mul"]
    assert given == read


def test_the_losses_are_those_of_the_sources_table() -> None:
    seeds = list((SHARED.parent / "seeds").glob("002_*.txt"))
    if not seeds:
        pytest.skip("../shared/seeds/002_*.txt is not there")
    rows = re.findall(
        r"^\| (Tulu-3|GSM8K) SFT.*? \| (\w+) \| ([\d.]+) \| ([\d.]+) \|$",
        seeds[0].read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    stages, conditions = {"Tulu-3": "tulu", "GSM8K": "gsm8k"}, {"baseline": "baseline", "mul_tokens": "mul"}
    found = {f"{stages[stage]}_{conditions[of]}": (float(train), float(held)) for stage, of, train, held in rows}
    assert found == LOSSES


def test_conditions_differ_in_their_tokens_alone(domain_tokens: Study) -> None:
    """Every experiment of the tokens has its baseline, from the same stage, with the same settings but its traces."""
    own = {
        "benchmarks",
        "reference_tokens",
        "title",
        "description",
        "parent",
        "traces",
        "inherits",
        "reference",
        "reference_parts",
        "reference_losses",
        "reference_costs",
    }
    pairs = [name.removesuffix("_mul") for name in domain_tokens.experiments if name.endswith("_mul")]
    assert len(pairs) * 2 == len(domain_tokens.experiments) == 20
    for name in pairs:
        baseline, tokens = (domain_tokens.experiments[f"{name}_{of}"] for of in ("baseline", "mul"))
        settings = tokens.model_dump(exclude=own)
        if name == "shaped":  # what only one of them can get
            settings["rewards"]["uses_tokens"] = None
        assert baseline.model_dump(exclude=own) == settings
        assert tokens.parent == baseline.parent.replace("_baseline", "_mul").replace("base", "mul")
    assert domain_tokens.common_seed
    for name in ("tulu", "gsm8k", "sbs"):
        plain, injected = (domain_tokens.traces[each].model_dump() for each in (name, f"{name}_mul"))
        assert injected.pop("inject") == {"kind": "multiplication", "up_to": 9, "mode": "weak", "name": None}
        assert plain.pop("inject") is None
        assert plain | {"seed": None} == injected | {"seed": None}


def test_the_settings_are_the_published_ones(domain_tokens: Study) -> None:
    jobs = {name.removesuffix(".json"): spec["settings"] for name, spec in specs_of(domain_tokens).items()}

    def settings(name: str, *keys: str) -> tuple[object, ...]:
        return tuple(jobs[f"models/{name}"][key] for key in keys)

    sft = ("epochs", "batch_size", "max_length", "learning_rate", "warmup_share", "method")
    assert settings("tulu_mul", *sft) == (1, 32, 1024, 2e-5, 0.05, "full")
    assert settings("gsm8k_mul", *sft) == (3, 32, 512, 2e-5, 0.1, "full")
    assert settings("sbs_mul", "epochs", "traces") == (2, ["sbs_mul"])
    grpo = ("batch_size", "group_size", "max_tokens", "temperature", "learning_rate", "kl_coef")
    assert settings("grpo_mul", *grpo) == (4, 8, 256, 0.7, 1e-6, 0.1)
    assert settings("shaped_mul", *grpo) == (8, 4, 256, 0.7, 5e-7, 0.5)
    assert {name: part["weight"] for name, part in jobs["models/shaped_mul"]["rewards"].items()} == {
        **{"correct": 1.0, "partial": 0.3, "shows_work": 0.1, "uses_tokens": 0.2, "short": 0.1, "repetition": 0.3},
    }
    assert jobs["models/grpo_mul"]["rewards"] == {"correct": {"weight": 1.0}}
    assert jobs["problems/gsm8k_300"]["problems"]["take"] == "first"
    assert domain_tokens.traces["tulu"].model_dump()["size"] == 200_000


def test_the_steps_are_those_of_the_published_numbers(domain_tokens: Study) -> None:
    specs = {name.removeprefix("models/"): job.spec.settings for name, job in Graph(domain_tokens).jobs.items()}
    # published: a checkpoint of step 6,248, of which 32 rows each are 199,936, so that nothing was held out of them
    assert Epochs.planned(specs["tulu_baseline"], 198_000).steps == 6188
    assert Epochs.planned(specs["gsm8k_baseline"], 7100).steps == 3 * 222
    rl = {name: spec for name, spec in specs.items() if isinstance(spec, GrpoSpec)}
    assert {name: steps_of(spec, 1000) for name, spec in rl.items()} == {
        **{"grpo_baseline": 250, "grpo_mul": 250, "shaped_baseline": 125, "shaped_mul": 125},
    }


def test_the_models_are_the_sources_own(domain_tokens: Study) -> None:
    repos = {model.repo.removeprefix("zhengpu-berkeley/domain-token-gpt2-") for model in domain_tokens.models.values()}
    assert repos == {
        *("baseline-10b", "mul-tokens-10b", "sft-tulu-baseline", "sft-tulu-mul-tokens"),
        *("sft-gsm8k-baseline", "sft-gsm8k-mul-tokens"),
    }
    tokens = {name for name, model in domain_tokens.models.items() if model.tokens is not None}
    assert tokens == {"mul", "hub_tulu_mul", "hub_gsm8k_mul"}
    assert len(token_family(domain_tokens.models["mul"].tokens).tokens) == 45
    assert {model.chat_template for model in domain_tokens.models.values()} == {"user_assistant"}


def test_what_is_trained_is_in_the_group_of_its_condition(domain_tokens: Study) -> None:
    trained = [name for name, experiment in domain_tokens.experiments.items() if experiment.stage != "none"]
    assert domain_tokens.groups == {
        "pretrained": ["base", "mul"],
        "baseline": ["base", *(name for name in trained if name.endswith("_baseline"))],
        "mul_tokens": ["mul", *(name for name in trained if name.endswith("_mul"))],
    }


def test_the_parts_of_the_probes_are_the_sources(domain_tokens: Study) -> None:
    settings, column = domain_tokens.problems["probes"], domain_tokens.benchmarks["probes"].parts
    parts = parts_of("probes", arithmetic_probes.generate(settings, "probes", 0), column) or {}
    assert Counter(parts.values()) == {"multiplication table": 81, "multi-digit multiplication": 100, "addition": 100}


def test_own_right_answers_are_what_the_next_stage_learns(domain_tokens: Study) -> None:
    for name in ("baseline", "mul"):
        traces = domain_tokens.traces[f"own_{name}"].model_dump()
        assert (traces["kind"], traces["teacher"]) == ("distilled", f"gsm8k_{name}")
        assert domain_tokens.experiments[f"own_{name}"].parent == f"gsm8k_{name}"


def test_snakemake_plans_it_offline_without_pins(tmp_path: Path) -> None:
    counts, _ = planned_offline(tmp_path, "domain_tokens")
    # 20 experiments, of which 14 train; 2 bases, and 4 models that the source trained of them
    by_hand = {"fetch_model": 6, "make_problems": 10, "sft": 10, "grpo": 4, "read_traces": 6, "filter_traces": 2}
    assert {name: counts[name] for name in by_hand} == by_hand
    cells = [benchmark for names in asked(Graph.read(STUDY).study) for benchmark in names]
    read = [benchmark for benchmark in cells if benchmark.startswith("hellaswag")]
    assert counts["sample_benchmark"] == len(cells) - len(read)
    assert counts["score_samples"] == len(cells) - len(read)
    assert counts["measure_likelihoods"] == counts["score_likelihoods"] == len(read)


def asked(study: Study) -> list[list[str]]:
    return [experiment.benchmarks or list(study.benchmarks) for experiment in study.experiments.values()]
