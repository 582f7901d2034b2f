"""What is trained: an adapter, all parameters, or an adapter continued; and what is written of it."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from tiny import job_of, problems
from transformers import AutoModelForCausalLM

from gradus.models.qwen3 import hidden_states, logits, token_logprobs
from gradus.provenance.files import sha256_file
from gradus.training.torch import grpo
from gradus.training.torch.embedded import Start
from model_folders import model_of

SHORT = {
    "steps": 3,
    "batch_size": 3,
    "group_size": 4,
    "max_tokens": 8,
    "checkpoint_every": 1,
    "rewards": {"random": {"weight": 1.0}},
}
IDS = torch.randint(3, 300, (2, 12), generator=torch.Generator().manual_seed(0))


def run(root: Path, weights: list[Path], name: str = "direct_rl", **settings: Any) -> list[dict[str, Any]]:
    (root / "state").mkdir(parents=True)
    return grpo.train(
        job_of(root, name, **SHORT | settings), model_of(*weights), problems(), root / "state", root / "out"
    )


def network(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def logits_of(start: Start) -> torch.Tensor:
    weights = start.weights()
    return logits(weights, hidden_states(weights, start.arch, IDS))


@pytest.fixture(scope="module")
def adapter(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter with all its checkpoints, trained fast enough to differ from nothing."""
    root = tmp_path_factory.mktemp("adapter")
    run(root, [model], learning_rate=1e-2)
    return root / "out" / "adapter_model.safetensors"


def test_an_adapter_run_leaves_the_model_alone(model: Path, adapter: Path, tmp_path: Path) -> None:
    before = sha256_file(model)
    run(tmp_path, [model], learning_rate=1e-2)
    assert sha256_file(model) == before
    assert not (tmp_path / "out" / "model.safetensors").exists()
    assert (tmp_path / "out" / "tokenizer.json").is_file()
    # The same job again, from the same files: the same bytes.
    assert sha256_file(tmp_path / "out" / "adapter_model.safetensors") == sha256_file(adapter)


def test_every_checkpoint_loads_in_peft(model: Path, adapter: Path) -> None:
    folders = sorted((adapter.parent / "checkpoints").iterdir())
    assert [folder.name for folder in folders] == ["step-0001", "step-0002", "step-0003"]
    seen = []
    for folder in folders:
        with torch.no_grad():
            expected = PeftModel.from_pretrained(network(model.parent), folder)(IDS).logits
            found = logits_of(Start(model_of(model, folder / "adapter_model.safetensors")))
        assert torch.allclose(found, expected, atol=1e-4)
        seen.append(found)
    assert not torch.equal(seen[0], seen[1])
    assert sha256_file(folders[-1] / "adapter_model.safetensors") == sha256_file(adapter)


def test_a_fully_trained_model_loads_in_transformers(model: Path, tmp_path: Path) -> None:
    run(tmp_path, [model], "grpo_full", learning_rate=1e-3)
    for folder in (tmp_path / "out", tmp_path / "out" / "checkpoints" / "step-0003"):
        with torch.no_grad():
            found, expected = logits_of(Start(model_of(folder / "model.safetensors"))), network(folder)(IDS).logits
        assert torch.allclose(found, expected, atol=1e-4)
    assert not torch.allclose(found, logits_of(Start(model_of(model))), atol=1e-3)


@pytest.mark.parametrize("name", ["direct_rl", "grpo_full"])
def test_continuing_starts_where_the_adapter_is_and_measures_the_kl_from_there(
    name: str, model: Path, adapter: Path, tmp_path: Path
) -> None:
    rows = run(tmp_path, [model, adapter], name, learning_rate=1e-2, seed=5)
    kls = [row["kl"] for row in rows if row["kl"] is not None]
    assert kls[0] == pytest.approx(0, abs=1e-6)
    assert max(kls) > 1e-4
    start = Start(model_of(model, adapter))
    kept = start.policy("lora", 2, 1.0, ["q_proj"], 0).parameters  # the adapter's own rank and targets count
    written = load_file(adapter)
    assert len(kept) == len(written)
    assert sorted(map(tuple, (t.shape for t in kept.values()))) == sorted(tuple(t.shape) for t in written.values())
    with torch.no_grad():
        dense = start.policy("full", 1, 1.0, [], 0).weights()
        assert torch.equal(logits(dense, hidden_states(dense, start.arch, IDS)), logits_of(start))


def test_the_gradient_of_an_adapter_is_that_of_peft(model: Path, adapter: Path) -> None:
    start = Start(model_of(model, adapter))
    policy = start.policy("lora", 1, 1.0, [], 0)
    weights = policy.weights()
    hidden = hidden_states(weights, start.arch, IDS)
    logprobs, _ = token_logprobs(weights, hidden[:, :-1].flatten(0, 1), IDS[:, 1:].flatten())
    (-logprobs.mean()).backward()
    reference = PeftModel.from_pretrained(network(model.parent), adapter.parent, is_trainable=True)
    reference(IDS, labels=IDS).loss.backward()
    expected = {name: p.grad for name, p in reference.named_parameters() if p.requires_grad}
    assert len(expected) == len(policy.parameters)
    for name, parameter in policy.parameters.items():
        module, letter = name[:-2].removesuffix(".weight"), name[-1]
        theirs = expected[f"base_model.model.{module}.lora_{letter}.default.weight"]
        assert torch.allclose(parameter.grad, theirs, rtol=1e-3, atol=1e-6), name


def test_a_fresh_adapter_is_drawn_by_the_seed(model: Path) -> None:
    first, again, other = (
        Start(model_of(model)).policy("lora", 2, 4.0, ["q_proj"], seed).parameters for seed in (7, 7, 8)
    )
    drawn = [name for name in first if name.endswith(".A")]
    assert len(drawn) == 2
    for name in drawn:
        assert torch.equal(first[name], again[name])
        assert not torch.equal(first[name], other[name])
