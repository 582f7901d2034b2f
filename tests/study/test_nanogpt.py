"""Studies that start from a checkpoint of nanoGPT: what is refused before anything runs, and what is planned."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from gradus.estimates.shapes import shape_of
from gradus.graph.graph import Graph, study_specs
from gradus.provenance.errors import GradusError
from gradus.specs.models import ImportNanogptSpec
from linked_project import PROJECT
from nanogpt_checkpoints import SIZES, network_weights, save_nanogpt
from study.made_study import changed


def planned(folder: Path, path: Path, *changes: tuple[str, Any]) -> Graph:
    mine = {"source": "nanogpt", "path": str(path), "tokenizer": "teacher"}
    runs = {"backend": "torch", "network": "transformers", "method": "full"}
    asked = [
        ("sampling", {"sampler": "transformers"}),
        ("experiments.rl.max_tokens", 40),
        ("votes", {"experiments": []}),
    ]
    asked += [(f"benchmarks.{name}.max_tokens", 40) for name in ("easy", "hard")]
    asked += [(f"experiments.{name}.{key}", value) for name in ("sft", "rl") for key, value in runs.items()]
    asked += [("experiments.sft.max_length", 60), ("traces.custom.sampler", "torch")]
    return Graph.read(changed(folder, ("models.base", mine), *asked, *changes))


def test_the_job_depends_on_the_checkpoint_and_on_the_tokenizers_model(tmp_path: Path) -> None:
    path = save_nanogpt(tmp_path / "ckpt.pt")
    graph = planned(tmp_path, path)
    made = graph.jobs["models/base"]
    assert (made.stage, made.reads) == ("import_nanogpt", {"tokenizer": ["results/small/models/teacher/model.json"]})
    assert isinstance(made.settings, ImportNanogptSpec)
    shape = shape_of(study_specs(graph), "sft")
    assert (shape.layout, shape.layers, shape.hidden, shape.vocabulary) == ("gpt2", 2, 32, 50_304)
    weights = network_weights()
    assert shape.parameters == sum(map(torch.numel, weights.values())) - weights["lm_head.weight"].numel()
    before = graph.jobs["models/sft"].settings.weights.origin.outside.sha256
    weights["transformer.ln_f.bias"] += 1
    torch.save({"model": weights, "model_args": SIZES}, path)
    assert planned(tmp_path, path).jobs["models/sft"].settings.weights.origin.outside.sha256 != before


ADAPTED = [
    ("experiments.rl.method", "lora"),
    ("experiments.rl.lora", {"targets": ["c_attn", "c_proj"]}),
    ("experiments.rl.sampler", "vllm"),
]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            [("models.base.path", "gone.pt")],
            r"models\.base\.path: there is no checkpoint 'gone\.pt' \(from .*; correct",
        ),
        ([("models.base.tokenizer", "nobody")], r"models\.base\.tokenizer: there is no model 'nobody'"),
        (
            [("models.base.tokenizer", "base")],
            r"models\.base\.tokenizer: 'base' is a checkpoint too, .*; name the model",
        ),
        ([("benchmarks.easy.max_tokens", 64)], r"easy\.max_tokens: 64 tokens leave no room .* in the 64 positions of"),
        ([("experiments.sft.max_length", 65)], r"sft\.max_length: 65 tokens are more than the 64 positions of 'base'"),
        (
            [("experiments.rl.method", "lora")],
            r"rl\.lora\.targets: the model has no .*; take some of c_attn, c_proj, c_fc",
        ),
        (ADAPTED, r"experiments\.rl\.sampler: vllm has no adapters for a gpt2; set sampler: transformers, or"),
        (
            [*ADAPTED[:2], ("rollouts", {"engine": "vllm_colocate"})],
            r"experiments\.rl\.method: vLLM, which writes its rollouts, has no adapters for a gpt2; set rollouts",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, changes: list[tuple[str, Any]], words: str) -> None:
    with pytest.raises(GradusError, match=words):
        planned(tmp_path, save_nanogpt(tmp_path / "ckpt.pt"), *changes)


def test_the_positions_of_published_gpt2_are_known(tmp_path: Path) -> None:
    hub = {"source": "hub", "repo": "openai-community/gpt2", "chat_template": "user_assistant"}
    path = save_nanogpt(tmp_path / "ckpt.pt")
    assert planned(tmp_path, path, ("models.base", hub)).study.models["base"].source == "hub"
    with pytest.raises(GradusError, match=r"sft\.max_length: 1,025 tokens are more than the 1,024 positions of 'base'"):
        planned(tmp_path, path, ("models.base", hub), ("experiments.sft.max_length", 1025))


def test_planning_does_without_torch(tmp_path: Path) -> None:
    """Which takes seconds to import."""
    planned(tmp_path, save_nanogpt(tmp_path / "ckpt.pt"))
    code = f"""
import sys
from gradus.estimates.shapes import shape_of
from gradus.graph.graph import Graph, study_specs
print(shape_of(study_specs(Graph.read({str(tmp_path / "changed.yaml")!r})), "sft").hidden, "torch" in sys.modules)
"""
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "scripts")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "32 False\n"


def test_a_file_that_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "ckpt.pt").write_bytes(b"weights")
    with pytest.raises(GradusError, match=r"models\.base\.path: .*ckpt.pt: is not a readable checkpoint of torch"):
        planned(tmp_path, tmp_path / "ckpt.pt")
