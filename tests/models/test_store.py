import pytest
import torch

from gradus.models.store import load_model, save_model
from gradus.provenance.errors import GradusError
from gradus.provenance.files import sha256_file, write_json


def test_round_trip_and_equal_bytes(tmp_path, arch, weights):
    save_model(tmp_path / "a", arch, weights)
    loaded_arch, loaded = load_model(tmp_path / "a")
    assert loaded_arch == arch
    assert list(loaded) == list(weights)
    assert all(torch.equal(loaded[name], weights[name]) for name in weights)
    shuffled = dict(reversed(loaded.items()))
    save_model(tmp_path / "b", loaded_arch, shuffled)
    for name in ("config.json", "generation_config.json", "model.safetensors"):
        assert sha256_file(tmp_path / "a" / name) == sha256_file(tmp_path / "b" / name)


def test_names_a_missing_file(tmp_path):
    with pytest.raises(GradusError, match=r"config\.json does not exist"):
        load_model(tmp_path)


def test_names_a_damaged_file(tmp_path, arch, weights):
    save_model(tmp_path, arch, weights)
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(GradusError, match=r"model\.safetensors is not a readable"):
        load_model(tmp_path)


def test_refuses_weights_of_another_shape(tmp_path, arch, weights):
    save_model(tmp_path, arch, weights)
    write_json(tmp_path / "config.json", arch.to_config() | {"vocab_size": 301})
    with pytest.raises(GradusError, match=r"model\.embed_tokens\.weight"):
        load_model(tmp_path)
