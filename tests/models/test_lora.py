import dataclasses
from pathlib import Path

import pytest
import torch

from gradus.models.lora import TARGETS, init_adapter, load_adapter, merged, save_adapter
from gradus.models.qwen3 import hidden_states, logits
from gradus.models.store import save_model
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file, write_json


def trained(arch, targets=TARGETS):
    """An adapter whose B is not zero, as after training."""
    adapter = init_adapter(arch, rank=3, alpha=6.0, targets=targets, seed=5)
    generator = torch.Generator().manual_seed(6)
    b = {name: 0.2 * torch.randn(tensor.shape, generator=generator) for name, tensor in adapter.b.items()}
    return dataclasses.replace(adapter, b=b)


def test_fresh_adapter_changes_nothing(arch, weights):
    adapter = init_adapter(arch, rank=4, alpha=8.0)
    assert all(torch.equal(merged(weights, adapter)[name], weights[name]) for name in weights)
    a = adapter.a["model.layers.0.mlp.down_proj.weight"]
    assert a.shape == (4, arch.intermediate_size)
    assert 0.9 < a.abs().max() * arch.intermediate_size**0.5 <= 1


def test_an_adapter_is_drawn_by_its_seed(arch):
    drawn = {seed: init_adapter(arch, rank=4, alpha=8.0, seed=seed).parameters() for seed in (0, 1)}
    again = init_adapter(arch, rank=4, alpha=8.0, seed=1).parameters()
    assert all(torch.equal(a, b) for a, b in zip(drawn[1], again, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(drawn[0][::2], drawn[1][::2], strict=True))


@pytest.mark.parametrize("targets", [("v_proj",), ("up_proj", "q_proj"), TARGETS])
def test_the_modules_that_are_adapted_are_named(tmp_path, arch, targets):
    save_adapter(tmp_path, trained(arch, targets), base_model=str(tmp_path / "base"))
    config = read_json(tmp_path / "adapter_config.json")
    assert config["target_modules"] == sorted(targets)
    assert (config["r"], config["lora_alpha"], config["base_model_name_or_path"]) == (3, 6.0, str(tmp_path / "base"))
    assert set(load_adapter(tmp_path, arch).a) == set(trained(arch, targets).a)


def test_merged_by_hand(arch, weights):
    adapter = trained(arch, ("v_proj",))
    name = "model.layers.1.self_attn.v_proj.weight"
    found = merged(weights, adapter)
    torch.testing.assert_close(found[name], weights[name] + 2.0 * adapter.b[name] @ adapter.a[name])
    assert found["model.layers.1.self_attn.q_proj.weight"] is weights["model.layers.1.self_attn.q_proj.weight"]


def test_gradients_reach_only_the_adapter(arch, weights):
    adapter = trained(arch)
    for tensor in adapter.parameters():
        tensor.requires_grad_()
    states = hidden_states(merged(weights, adapter), arch, torch.tensor([[5, 9, 11]]))
    logits(weights, states).square().mean().backward()
    assert all(tensor.grad is not None and tensor.grad.abs().sum() > 0 for tensor in adapter.parameters())
    assert all(tensor.grad is None for tensor in weights.values())
    assert len(adapter.parameters()) == 2 * 7 * arch.num_hidden_layers


def test_peft_loads_it_with_equal_logits(tmp_path, arch, weights):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    adapter = trained(arch)
    save_model(tmp_path / "base", arch, weights)
    save_adapter(tmp_path / "adapter", adapter, base_model=str(tmp_path / "base"))
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tmp_path / "base"), tmp_path / "adapter")
    ids = torch.tensor([[4, 8, 15, 16, 23, 42]])
    with torch.no_grad():
        expected = model(ids).logits
        found = logits(weights, hidden_states(merged(weights, adapter), arch, ids))
        plain = logits(weights, hidden_states(weights, arch, ids))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    assert (found - plain).abs().max() > 0.1


def test_peft_finds_the_base_from_anywhere(tmp_path, monkeypatch, arch, weights):
    from peft import AutoPeftModelForCausalLM

    monkeypatch.chdir(tmp_path)
    save_model(Path("results/base"), arch, weights)
    adapter = trained(arch)
    save_adapter(Path("results/adapter"), adapter, base_model="results/base")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    found = AutoPeftModelForCausalLM.from_pretrained("../results/adapter")
    assert found.peft_config["default"].base_model_name_or_path == str(tmp_path / "results/base")
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.default.weight"
    own = adapter.b["model.layers.0.self_attn.q_proj.weight"]
    assert torch.equal(found.state_dict()[name], own)


def test_a_base_of_the_hub_is_named_by_its_commit(tmp_path, arch):
    from peft import PeftConfig

    write_json(tmp_path / "base" / "origin.json", {"repo": "Qwen/Qwen3-0.6B", "revision": "a" * 40})
    save_adapter(tmp_path / "adapter", trained(arch), base_model=str(tmp_path / "base"))
    config = PeftConfig.from_pretrained(str(tmp_path / "adapter"))
    assert (config.base_model_name_or_path, config.revision) == ("Qwen/Qwen3-0.6B", "a" * 40)


def test_reads_what_peft_writes(tmp_path, arch, weights):
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    save_model(tmp_path / "base", arch, weights)
    config = LoraConfig(r=2, lora_alpha=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(tmp_path / "base"), config)
    model.save_pretrained(tmp_path / "adapter")
    ids = torch.tensor([[4, 8, 15]])
    with torch.no_grad():
        adapter = load_adapter(tmp_path / "adapter", arch)
        found = logits(weights, hidden_states(merged(weights, adapter), arch, ids))
        torch.testing.assert_close(found, model(ids).logits, atol=1e-4, rtol=1e-4)


def test_round_trip_and_equal_bytes(tmp_path, arch):
    adapter = trained(arch)
    save_adapter(tmp_path / "a", adapter)
    loaded = load_adapter(tmp_path / "a", arch)
    assert (loaded.rank, loaded.alpha, set(loaded.targets)) == (3, 6.0, set(TARGETS))
    assert all(torch.equal(x, y) for x, y in zip(loaded.parameters(), adapter.parameters(), strict=True))
    save_adapter(tmp_path / "b", loaded)
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        assert sha256_file(tmp_path / "a" / name) == sha256_file(tmp_path / "b" / name)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("peft_type", "LOHA"),
        ("bias", "all"),
        ("use_dora", True),
        ("use_rslora", True),
        ("fan_in_fan_out", True),
        ("rank_pattern", {"q_proj": 2}),
        ("alpha_pattern", {"q_proj": 2}),
        ("modules_to_save", ["lm_head"]),
        ("target_modules", "all-linear"),
        ("target_modules", None),
    ],
)
def test_what_a_plain_merge_would_compute_wrongly_is_refused(tmp_path, arch, key, value):
    save_adapter(tmp_path, trained(arch))
    config = read_json(tmp_path / "adapter_config.json")
    for known in (key, None):  # as saved, and where older versions of PEFT leave the key out
        others = {name: config[name] for name in config if name == known or name not in ("bias", "fan_in_fan_out")}
        write_json(tmp_path / "adapter_config.json", others | {key: value})
        with pytest.raises(GradusError, match=rf"adapter_config\.json: {key} is"):
            load_adapter(tmp_path, arch)


def test_errors_name_the_cause(tmp_path, arch):
    with pytest.raises(GradusError, match="k_prj"):
        init_adapter(arch, rank=2, alpha=2.0, targets=("k_prj",))
    with pytest.raises(GradusError, match=r"adapter_config\.json does not exist"):
        load_adapter(tmp_path, arch)
    save_adapter(tmp_path, trained(arch))
    with pytest.raises(GradusError, match="another model"):
        load_adapter(tmp_path, dataclasses.replace(arch, hidden_size=64))
    config = read_json(tmp_path / "adapter_config.json")
    write_json(tmp_path / "adapter_config.json", config | {"use_dora": True})
    with pytest.raises(GradusError, match="use_dora"):
        load_adapter(tmp_path, arch)
