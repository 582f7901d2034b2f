"""Which matrices get an adapter: those of all layers, or named ones that a model has."""

from pathlib import Path

import pytest
from peft import PeftModel
from tiny import POCKET, job_of

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.study.settings.training import ALL_LINEAR
from gradus.training.causal_lm import load
from model_folders import model_of
from training.module.families import save_family


def adapted(root: Path, family: str, targets: list[str] | str) -> set[str]:
    """The last parts of the names of what gets an adapter."""
    lora = {"rank": 2, "alpha": 4.0, "dropout": 0.0, "targets": targets}
    settings = job_of(root, "direct_rl", method="lora", lora=lora).settings
    model = load(model_of(save_family(root / "model", family)), settings, root).model
    assert isinstance(model, PeftModel)
    return {name.split(".")[-4] for name, _ in model.named_parameters() if ".lora_A." in name}


@pytest.mark.parametrize(("family", "names"), [("qwen2", set(ALL_LINEAR)), ("gpt2", {"c_attn", "c_proj", "c_fc"})])
def test_all_linear_is_every_matrix_but_the_head(family: str, names: set[str], tmp_path: Path) -> None:
    assert adapted(tmp_path, family, "all-linear") == names


def test_a_target_that_a_model_lacks_is_an_error_that_names_its_own(tmp_path: Path) -> None:
    assert adapted(tmp_path / "own", "gpt2", ["c_attn"]) == {"c_attn"}
    with pytest.raises(GradusError, match="a gpt2 has no q_proj: take some of c_attn, c_fc, c_proj"):
        adapted(tmp_path / "other", "gpt2", ["c_attn", "q_proj"])


def test_what_is_known_when_planning_is_refused_then() -> None:
    changed = {"experiments": {"direct_rl": {"lora": {"targets": ["q_proj", "c_attn"]}}}}
    with pytest.raises(GradusError, match=r"direct_rl.lora.targets: .* has no c_attn in its embedded network; take"):
        Graph.read(POCKET, changed)
    changed = {"experiments": {"sft_1": {"lora": {"targets": ["q_proj", "c_attn"]}}}}
    with pytest.raises(GradusError, match=r"experiments\.sft_1\.lora\.targets: the model has no c_attn"):
        Graph.read(POCKET.with_name("llama_qlora.yaml"), changed)


def test_all_linear_is_the_seven_matrices_of_the_embedded_network() -> None:
    graph = Graph.read(POCKET, {"experiments": {"direct_rl": {"lora": {"targets": "all-linear"}}}})
    assert graph.jobs["models/direct_rl"].settings.lora.names == tuple(ALL_LINEAR)


def test_a_row_that_shows_a_checkpoint_of_an_adapter_has_its_bases_matrices() -> None:
    shown = {"early": {"from": "direct_rl", "checkpoint": 20, "stage": "none"}}
    assert "models/direct_rl.at-20" in Graph.read(POCKET, {"experiments": shown}).jobs
