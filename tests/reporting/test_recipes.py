"""Settings of every experiment: what differs from its neighbour first, and which step a best checkpoint was."""

from dataclasses import replace
from pathlib import Path

import pytest

from gradus.reporting import recipes
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.neighbours import asked_pairs, neighbour_of
from gradus.reporting.plots.marks import marks_of
from gradus.reporting.recipe import Recipe
from reporting.study_files import files_of

GRPO = {"learning_rate": 4e-5, "steps": 80, "seed": 12, "lora": {"rank": 16}, "weights": {"dense": "base"}}


def test_nested_settings_have_dotted_names() -> None:
    recipe = Recipe.of("grpo", {"lora": {"rank": 16, "targets": ["q", "v"]}, "rewards": {}, "steps": 80})
    assert recipe.settings == {"lora.rank": 16, "lora.targets": ["q", "v"], "rewards": {}, "steps": 80}


def test_what_was_found_out_follows_what_was_asked_for() -> None:
    found = {"step": 0, "peak_learning_rate": 0.00049053, "max_length": 512}
    recipe = Recipe.of("sft", {"learning_rate": "auto", "max_length": "p95", "epochs": 3}, found)
    assert recipe.settings == {"learning_rate": "auto (0.0004905)", "max_length": "p95 (512)", "epochs": 3}
    assert "learning rate auto (0.0004905), –" in recipes.summary(recipe)


def test_differences_are_those_of_settings_not_of_seeds_or_weights() -> None:
    here = Recipe.of("grpo", GRPO)
    there = Recipe.of("grpo", GRPO | {"seed": 13, "weights": {"dense": "sft"}, "steps": 40, "clip_high": 0.28})
    assert here.differences(there) == {"steps": (80, 40), "clip_high": (None, 0.28)}
    assert here.differences(here) == {}


def test_preferences_are_told_with_their_beta() -> None:
    settings = {"beta": 0.1, "method": "full", "learning_rate": 1e-5, "schedule": "constant", "traces": ["judged"]}
    said = recipes.summary(Recipe.of("dpo", settings | {"epochs": 1, "batch_size": 16}))
    assert (said[0], said[-2], said[-1]) == ("DPO, β 0.1", "1 epochs in batches of 16", "on judged")


def _with(inputs: ReportInputs, **changes: dict[str, object]) -> ReportInputs:
    """Recipes of the RL experiments with other settings."""
    made = {name: Recipe.of("grpo", GRPO | more) for name, more in changes.items()}
    return replace(inputs, recipes=inputs.recipes | made)


def test_the_neighbour_is_the_partner_of_a_declared_pair(inputs: ReportInputs) -> None:
    assert asked_pairs(inputs) == [("direct_rl", "sft_then_rl")]
    # it continues SFT, which is another stage
    assert neighbour_of(inputs, "sft_then_rl") == "direct_rl"


def test_without_a_pair_it_is_the_experiment_that_is_continued_else_the_nearest(inputs: ReportInputs) -> None:
    made = _with(inputs, direct_rl={}, sft_then_rl={"steps": 10}, grpo_v2={"steps": 10, "clip_high": 0.2})
    assert neighbour_of(made, "grpo_v2") == "sft_then_rl"
    made.ablation["experiments"][4]["parent"] = "direct_rl"
    assert neighbour_of(made, "grpo_v2") == "direct_rl"
    made.ablation["experiments"][4]["parent"] = "baseline"


@pytest.mark.parametrize("first", ["baseline", "sft", "direct_rl"])
def test_the_first_of_a_stage_and_what_is_not_trained_have_none(inputs: ReportInputs, first: str) -> None:
    assert neighbour_of(inputs, first) is None


def test_the_page_says_what_differs_before_all_settings(inputs: ReportInputs) -> None:
    made = _with(inputs, direct_rl={}, sft_then_rl={"steps": 40, "learning_rate": 1.25e-5})
    section = recipes.section(made, marks_of(made))
    assert section is not None
    baseline, _, _, row, _ = section["rows"]
    assert (baseline["start"], baseline["summary"], baseline["settings"]) == ("student", ["no training"], [])
    assert row["neighbour"] == "Direct RL (GRPO v1)"
    assert row["differences"] == [
        {"name": "from", "here": "SFT (custom traces)", "there": "Baseline"},
        {"name": "learning_rate", "here": "1.25e-05", "there": "4e-05"},
        {"name": "steps", "here": "40", "there": "80"},
    ]
    assert ("lora.rank", "16") in row["settings"]


def test_a_recipe_in_words(inputs: ReportInputs) -> None:
    assert recipes.summary(inputs.recipes["sft"]) == [
        *("SFT", "LoRA rank 16, scale α 32", "learning rate 0.001, cosine", "3 epochs in batches of 32"),
        "on olympiad",
    ]
    assert recipes.summary(inputs.recipes["direct_rl"]) == [
        *("algorithm grpo", "LoRA rank 16, scale α 32", "learning rate 4e-05, constant"),
        *("80 steps of 16 problems × 8", "on train", "reward correct"),
    ]
    weighted = Recipe.of("grpo", {"method": "full", "rewards": {"correct": {"weight": 1}, "ramp": {"weight": 0.5}}})
    assert recipes.summary(weighted)[1::4] == ["all parameters", "reward correct + 0.5 × ramp"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((None, "–"), ([], "–"), (True, "true"), (0.00025, "0.00025"), (1e-5, "1e-05"), (["a", 2.0], "a, 2")),
        ("two\nlines", "two lines"),
        (["custom", {"own": 2.0}], "custom, own 2"),
    ],
)
def test_values_are_written_as_in_a_study_file(value: object, text: str) -> None:
    assert recipes.written(value) == text
    assert len(recipes.written("x" * 1000)) == 200


def test_the_step_of_a_best_checkpoint_is_that_of_its_manifest(results: Path, inputs: ReportInputs) -> None:
    row = inputs.experiments[4] | {"checkpoint": "best", "stage": "none", "parent": "direct_rl"}
    assert recipes.start_of(inputs, row) == "Direct RL (GRPO v1), best checkpoint"
    known = replace(inputs, best_steps={"grpo_v2": [60]})
    assert recipes.start_of(known, row) == "Direct RL (GRPO v1), best checkpoint (step 60)"
    several = replace(inputs, best_steps={"grpo_v2": [60, 40, 60]})
    assert recipes.start_of(several, row) == "Direct RL (GRPO v1), best checkpoint (steps 60, 40, 60)"
    assert recipes.start_of(inputs, row | {"checkpoint": 40}) == "Direct RL (GRPO v1), step 40"


@pytest.mark.parametrize(
    ("dense", "adapter", "start"),
    [
        ("sft.merged", None, "SFT (custom traces), adapter merged"),
        ("sft.merged.nf4", None, "SFT (custom traces), adapter merged"),
        ("sft.merged", "rl", "SFT (custom traces)"),  # which continues one that is on merged weights
        ("base", None, "SFT (custom traces)"),
    ],
)
def test_the_start_says_where_an_adapter_was_merged(
    inputs: ReportInputs, dense: str, adapter: str | None, start: str
) -> None:
    made = _with(inputs, sft_then_rl={"weights": {"dense": dense, "adapter": adapter}})
    assert recipes.start_of(made, inputs.experiments[3]) == start


def test_steps_are_read_from_the_manifests_of_checkpoints(results: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "model.json"
    manifest.write_text(
        '{"kind": "dense", "files": {"w": {"sha256": "%s", "size": 1}, "t": {"sha256": "%s", "size": 1}},'
        ' "weights": ["w"], "tokenizer": "t", "template": "%s", "ends": [2], "step": 60}' % (("0" * 64,) * 3)
    )
    loaded = load_inputs(replace(files_of(results), best={"grpo_v2": [manifest, manifest], "gone": [tmp_path]}))
    assert loaded.best_steps == {"grpo_v2": [60, 60]}
