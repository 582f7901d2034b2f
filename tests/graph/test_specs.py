"""Specs: presets, what a setting reaches and what it leaves alone, seeds."""

from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from gradus.graph.stages import STAGES
from gradus.provenance.seeds import derive_seed
from gradus.study.settings.plugins import plugin_names
from gradus.training.algorithm import ALGORITHMS, load_algorithm
from study.made_study import study
from study.planned import specs_of

PROJECT = Path(__file__).resolve().parents[2]


def specs(folder: Path, *changes: tuple[str, Any]) -> dict[str, dict[str, Any]]:
    return specs_of(study(folder, *changes))


def test_the_small_study_has_one_spec_a_job(tmp_path: Path) -> None:
    names = [f"{folder}/{model}" for folder in ("tokenizers", "corpora", "models") for model in ("base", "teacher")]
    names += ["problems/train", "problems/test"]
    for checked in ("problems/train", "traces/custom", "traces/public", "corpora/base", "corpora/teacher"):
        names += [f"contamination/{checked}"] + [f"contamination/{checked}.gate"] * (checked != "traces/public")
    names += ["contamination/benchmarks", "contamination", "problems", "references"]
    names += [
        "traces/custom.completions",
        "traces/custom",
        "traces/public",
        "lengths/sft",
        "models/sft",
        "models/rl",
        "models/sft_rl",
    ]
    for experiment in ("baseline", "sft", "rl", "sft_rl"):
        for benchmark in ("easy", "hard"):
            names += [f"{kind}/{experiment}/{benchmark}" for kind in ("samples", "eval")]
        names.append(f"export/{experiment}")
    names += ["samples/baseline/easy.votes", "samples/rl/easy.votes", "votes/baseline/easy", "votes/rl/easy"]
    names += ["comparisons", "lengths", "stages", "second_opinion", "ablation", "votes", "ledger", "report"]
    made = specs(tmp_path)
    assert sorted(made) == sorted(names)
    assert all(spec["name"] == name for name, spec in made.items())


def test_every_script_and_module_of_a_spec_is_there(tmp_path: Path) -> None:
    assert all((PROJECT / "scripts" / f"{stage}.py").is_file() for stage in STAGES)
    for spec in specs(tmp_path).values():
        for module in spec["modules"]:
            assert (PROJECT / "scripts" / f"{module.replace('.', '/')}.py").is_file()


@pytest.mark.parametrize("algorithm", plugin_names(ALGORITHMS))
def test_a_preset_fills_what_is_null_and_nothing_else(tmp_path: Path, algorithm: str) -> None:
    own = {"algorithm": algorithm, "clip_high": 0.5, "dynamic_sampling": None, "kl_coef": 0.0}
    own |= {"from": "base", "stage": "grpo", "problems": "train"}
    own |= {"teacher": "teacher"} if algorithm == "distillation" else {}
    settings = specs(tmp_path, ("experiments.rl", own))["models/rl"]["settings"]
    expected = asdict(load_algorithm(algorithm).preset) | {"clip_high": 0.5, "kl_coef": 0.0}
    weights = {part: values["weight"] for part, values in settings["rewards"].items()}
    assert {key: settings[key] for key in expected} | {"rewards": weights} == expected


def test_the_job_loads_the_algorithm_by_name_so_its_code_is_in_the_fingerprint(tmp_path: Path) -> None:
    own = {"algorithm": "dapo", "from": "base", "stage": "grpo", "problems": "train"}
    made = specs(tmp_path, ("experiments.rl", own))
    loaded = made["models/rl"]["modules"]
    assert loaded[:3] == [
        *("gradus.training.torch.grpo", "gradus.training.torch.embedded", "gradus.training.algorithms.dapo")
    ]
    assert made["models/sft"]["modules"] == ["gradus.training.torch.sft", "gradus.training.torch.embedded"]


# A change of one key, and the specs that it reaches, as patterns below specs/.
REACH = [
    ("title", "T", ["ablation", "report"]),
    ("seed", 1, ["*"]),
    ("models.base", {"title": "B"}, ["stages"]),
    ("models.base", {"steps": 9}, ["models/base", "corpora/base"]),
    ("models.base", {"learning_rate": 0.1}, ["models/base"]),
    ("models.base", {"corpus": {"levels": [1]}}, ["corpora/base"]),
    ("models.base", {"architecture": {"vocab_size": 300}}, ["models/base", "tokenizers/base"]),
    ("problems.test.size", 21, ["problems/test"]),
    ("problems.train.size", 51, ["problems/train"]),
    ("prompt", {"suffix": "!"}, ["traces/*", "models/*rl", "samples/*", "eval/*"]),
    ("grading", {"methods": ["hash"]}, ["traces/custom", "models/*rl", "eval/*", "votes/*/*"]),
    ("traces.custom.filter", {"min_steps": 2}, ["traces/custom"]),
    ("traces.custom.temperature", 0.5, ["traces/custom.completions"]),
    ("traces.custom.teacher_prompt", {"few_shot": ["strawberry"]}, ["traces/custom.completions"]),
    ("traces.custom.prompt", {"system": "Think."}, ["traces/custom"]),
    ("traces.public.size", 5, ["traces/public"]),
    ("experiments.sft.max_length", 99, ["models/sft", "lengths/sft"]),
    ("experiments.rl.prompt", {"suffix": "!"}, ["models/rl", "models/sft_rl"]),
    ("exchanges", {"unused": {"user": "1 + 1?", "assistant": "2"}}, []),
    ("experiments.sft.title", "S", ["ablation", "report", "votes", "stages"]),
    ("experiments.sft.description", "S", ["ablation", "report"]),
    ("experiments.sft.learning_rate", 0.5, ["models/sft"]),
    ("experiments.rl.learning_rate", 0.5, ["models/rl", "models/sft_rl"]),
    ("experiments.rl.steps", 9, ["models/rl"]),
    ("benchmarks.hard.title", "H", ["ablation", "report", "votes"]),
    ("benchmarks.hard.max_tokens", 51, ["samples/*/hard", "eval/*/hard"]),
    ("benchmarks.hard.prompt", {"suffix": "!"}, ["samples/*/hard", "eval/*/hard"]),
    ("benchmarks.hard.grading", {"methods": ["hash"]}, ["eval/*/hard"]),
    ("benchmarks.easy.grading", {"methods": ["hash"]}, ["eval/*/easy", "votes/*/easy"]),
    ("sampling", {"temperature": 0.5}, ["samples/*/easy", "samples/*/hard", "eval/*"]),
    ("votes.temperature", 0.5, ["samples/*/easy.votes", "votes"]),
    ("votes.samples", 9, ["samples/*/easy.votes"]),
    ("votes.k", [1, 4], ["votes/*/*"]),
    ("votes.weights", ["length"], ["votes/*/*"]),
    ("votes.rewards", {"short": 0.2}, ["votes/*/*"]),
    ("benchmarks.easy.temperature", 0.5, ["samples/*/easy", "eval/*/easy"]),
    ("comparisons", {"pairs": [["sft", "rl"]]}, ["comparisons"]),
    ("comparisons", {"margin": 2}, ["comparisons"]),
    ("comparisons", {"family": "table"}, ["comparisons", "ablation", "report"]),
    ("benchmarks.hard.cluster", "source", ["eval/*/hard"]),
    ("second_opinion", {"pairs": 9}, ["second_opinion"]),
    ("contamination", {"policy": "report"}, ["contamination", "contamination/*.gate"]),
    (
        "contamination",
        {"share_of_8_grams": 0.5},
        ["contamination", "contamination/*[!e]", "contamination/*/public", "contamination/corpora/base"],
    ),
]


@pytest.mark.parametrize(("key", "value", "patterns"), REACH)
def test_a_setting_reaches_the_specs_that_it_decides(
    tmp_path: Path, key: str, value: object, patterns: list[str]
) -> None:
    before, after = specs(tmp_path), specs(tmp_path, (key, value))
    changed = {path for path in before if before[path] != after[path]}
    reached = {path for path in before if any(fnmatch(path, pattern) for pattern in patterns)}
    if key == "seed":
        of_no_seed = ("eval/", "lengths", "contamination", "export/")
        reached -= {"ledger", "references", "votes", "second_opinion", "comparisons", "traces/custom", "problems"}
        reached -= {"stages"}
        reached -= {path for path in reached if path.startswith(of_no_seed)}
    assert changed == reached
    assert set(before) == set(after)


def test_an_unneeded_word_reaches_nothing(tmp_path: Path) -> None:
    spelled_out = {"from": "sft", "stage": "grpo", "problems": "train", "steps": 7, "algorithm": "grpo"}
    assert specs(tmp_path, ("experiments.sft_rl", spelled_out)) == specs(tmp_path)


def test_settings_of_an_adapter_decide_nothing_where_there_is_none(tmp_path: Path) -> None:
    full = ("experiments.sft_rl.method", "full")
    before, after = specs(tmp_path, full), specs(tmp_path, full, ("experiments.rl.lora", {"rank": 4}))
    assert {path for path in before if before[path] != after[path]} == {"models/rl"}


def test_seeds_differ_between_jobs(tmp_path: Path) -> None:
    seeds = [spec["settings"]["seed"] for spec in specs(tmp_path).values() if "seed" in spec["settings"]]
    tables = 2  # the ablation and the report show the study's own seed
    # Each of two corpora is drawn by its model's, and both tokenizers by one.
    assert len(set(seeds)) == len(seeds) - tables + 1 - 2 - 1


def test_seeds_are_the_same_everywhere_and_always(tmp_path: Path) -> None:
    made = specs(tmp_path)
    # sha256(b"0/experiments/rl") begins with 32 bits, of which the upper 31 are the seed.
    assert made["models/rl"]["settings"]["seed"] == derive_seed(0, "experiments", "rl") == 1626229795
    assert made["tokenizers/base"]["settings"]["seed"] == derive_seed(0, "tokenizer")
    assert made["corpora/base"]["settings"]["seed"] == derive_seed(0, "models", "base")
    assert specs(tmp_path, ("study", "other"))["models/rl"] == made["models/rl"]
    del made["models/rl"]
    more = specs(tmp_path, ("problems.more", {"source": "pocket"}), ("models.zero", {}))
    assert all(more[path] == spec for path, spec in made.items() if path.startswith(("models/", "problems/te")))
