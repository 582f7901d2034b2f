"""Checkpoints as rows of a finished study: nothing is trained for them, and they follow their training."""

from pathlib import Path

import pytest
import torch

from gradus.models.manifest import MANIFEST
from graph.project import RESULTS, plan, snakemake, study_with

ROWS = {
    "half": {"from": "grpo_hard", "checkpoint": 4, "stage": "none"},
    "half_full": {"from": "grpo_full", "checkpoint": 4, "stage": "none"},
}
NEW = {"models/grpo_hard.at-4", "models/grpo_full.at-4"} | {
    f"{stage}/{row}/{benchmark}"
    for stage in ("samples", "eval")
    for row in ROWS
    for benchmark in ("pocket500", "pocket30")
}
TABLES = {"comparisons", "lengths", "second_opinion", "ablation", "votes", "ledger", "report"}


def test_rows_at_checkpoints_train_nothing_and_follow_their_training(project: Path) -> None:
    assert plan(project, study_with(project, experiments=ROWS)) == NEW | TABLES
    models = project / RESULTS / "models"
    study = study_with(project, experiments=ROWS)
    taken = [f"{RESULTS}/models/{name}.at-4/model.json" for name in ("grpo_hard", "grpo_full")]
    snakemake(project, *taken, "--configfile", study)
    assert plan(project, study) == (NEW | TABLES) - {"models/grpo_hard.at-4", "models/grpo_full.at-4"}
    for name, file in (("grpo_hard", "adapter_model.safetensors"), ("grpo_full", "model.safetensors")):
        kept = models / name / "checkpoints/step-0004"
        copy = models / f"{name}.at-4"
        assert {path.name for path in copy.iterdir()} == {path.name for path in kept.iterdir()} | {MANIFEST}
        assert (copy / file).read_bytes() == (kept / file).read_bytes() != (models / name / file).read_bytes()

    changed = study_with(project, experiments=ROWS | {"direct_rl": {"learning_rate": 1e-5}})
    again = {job for job in plan(project, changed) if job.startswith("models/")}
    assert "models/grpo_hard.at-4" in again
    assert "models/grpo_full.at-4" not in again


def test_a_folder_without_its_checkpoints_says_what_to_do(project: Path) -> None:
    for path in sorted((project / RESULTS / "models/grpo_hard/checkpoints/step-0004").iterdir()):
        path.unlink()
    (project / RESULTS / "models/grpo_hard/checkpoints/step-0004").rmdir()
    taken = f"{RESULTS}/models/grpo_hard.at-4/model.json"
    study = study_with(project, experiments=ROWS)
    with pytest.raises(AssertionError, match=r"no checkpoint after step 4 \(kept: 8\).*grpo_hard/model\.json"):
        snakemake(project, taken, "--configfile", study)
    (project / RESULTS / "models/grpo_hard/model.json").unlink()
    snakemake(project, taken, "--configfile", study)
    assert (project / taken).is_file()


def test_exports_load_in_transformers(project: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    study = study_with(project, experiments=ROWS)
    names = ("baseline", "grpo_hard", "half_full")
    snakemake(project, *(f"{RESULTS}/export/{name}" for name in names), "--configfile", study)
    models, exports = project / RESULTS / "models", project / RESULTS / "export"
    tokenizer = AutoTokenizer.from_pretrained(exports / "grpo_hard")
    chat = [{"role": "user", "content": "Mia has 7 pears and buys 5. How many pears has she?"}]
    ids = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)

    def load(folder: Path) -> AutoModelForCausalLM:
        return AutoModelForCausalLM.from_pretrained(folder)

    with torch.no_grad():
        for name, model in (
            ("baseline", load(models / "base")),
            ("half_full", load(models / "grpo_full.at-4")),
            ("grpo_hard", PeftModel.from_pretrained(load(models / "base"), models / "grpo_hard")),
        ):
            found = load(exports / name)(**ids).logits
            torch.testing.assert_close(found, model(**ids).logits, atol=1e-4, rtol=0)
    assert plan(project, study).isdisjoint({f"export/{name}" for name in names})
