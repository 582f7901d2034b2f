"""Checkpoints of nanoGPT: what is read of them, and what an export has to compute."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

import check_export as command
from gradus.models.nanogpt import Checkpoint, read_checkpoint
from gradus.models.nanogpt_parity import check_export, logits, probes
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from nanogpt_checkpoints import SIZES, network_weights, save_build_nanogpt, save_nanogpt


def exported(checkpoint: Checkpoint, folder: Path) -> Path:
    folder.mkdir()
    write_json(folder / "config.json", {"architectures": ["GPT2LMHeadModel"]} | checkpoint.sizes.config())
    save_file(checkpoint.exported(), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


@pytest.mark.parametrize("bias", [True, False])
def test_an_export_has_the_logits_of_the_checkpoint(tmp_path: Path, bias: bool) -> None:
    checkpoint = read_checkpoint(save_nanogpt(tmp_path / "ckpt.pt", bias=bias))
    folder = exported(checkpoint, tmp_path / "model")
    assert check_export(checkpoint, folder) < 1e-10
    config = read_json(folder / "config.json")
    assert (config["n_positions"], config["vocab_size"], config["activation_function"]) == (64, 50_304, "gelu")
    model = AutoModelForCausalLM.from_pretrained(folder)
    (text, *_) = probes(checkpoint)
    own = logits(checkpoint, checkpoint.weights, text, "exact")
    torch.testing.assert_close(model(torch.tensor([text])).logits[0].detach(), own, atol=1e-4, rtol=1e-4)


WRONG = {
    "attn.c_proj.weight": "computes something else than {}, log-probabilities differ by \\d[\\d.]*: transformer.h.0.",
    "attn.c_attn.weight": "is not the GPT-2 of {}: transformer.h.0.",
    "c_proj.weight": "is not the GPT-2 of {}: transformer.h.0.attn.",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_projection_that_is_not_transposed_is_told_in_a_line(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of attention to the stream is square, so that it loads all the same."""
    path = save_nanogpt(tmp_path / "ckpt.pt")
    folder = exported(read_checkpoint(path), tmp_path / "model")
    right = load_file(folder / "model.safetensors")
    wrong = {key: tensor.T.contiguous() if key.endswith(name) else tensor for key, tensor in right.items()}
    save_file(wrong, folder / "model.safetensors", metadata={"format": "pt"})
    monkeypatch.setattr("sys.argv", ["check_export.py", str(path), str(folder)])
    with pytest.raises(GradusError) as caught:
        command.main()
    said = rf"{folder}: {WRONG[name].format(path)}{name} has to be transposed, and is not; export it again"
    assert re.fullmatch(said, str(caught.value))
    save_file(right, folder / "model.safetensors", metadata={"format": "pt"})
    command.main()
    assert capsys.readouterr().out.startswith("equal: log-probabilities differ by ")


def test_what_config_json_says_otherwise_is_told(tmp_path: Path) -> None:
    checkpoint = read_checkpoint(save_nanogpt(tmp_path / "ckpt.pt"))
    folder = exported(checkpoint, tmp_path / "model")
    write_json(folder / "config.json", read_json(folder / "config.json") | {"n_head": 4})
    with pytest.raises(GradusError, match=r"the weights are the same, so config.json is another one .*n_head"):
        check_export(checkpoint, folder)
    write_json(folder / "config.json", read_json(folder / "config.json") | {"n_head": 2})
    assert check_export(checkpoint, folder) < 1e-10
    with pytest.raises(GradusError, match="activation_function"):
        check_export(checkpoint, folder, "tanh")


def test_sizes_as_an_object_are_read_without_its_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """build-nanogpt's network has the approximated GELU."""
    checkpoint = read_checkpoint(save_build_nanogpt(tmp_path / "model_19072.pt", monkeypatch))
    assert (checkpoint.sizes.n_head, checkpoint.sizes.gelu, checkpoint.tied) == (2, "tanh", True)
    folder = exported(checkpoint, tmp_path / "model")
    assert check_export(checkpoint, folder) < 1e-10
    assert read_json(folder / "config.json")["activation_function"] == "gelu_pytorch_tanh"


def test_a_head_of_its_own_is_kept(tmp_path: Path) -> None:
    weights = network_weights() | {"lm_head.weight": torch.randn(SIZES["vocab_size"], SIZES["n_embd"])}
    torch.save({"model": weights, "model_args": SIZES}, tmp_path / "ckpt.pt")
    checkpoint = read_checkpoint(tmp_path / "ckpt.pt")
    assert not checkpoint.tied
    folder = exported(checkpoint, tmp_path / "model")
    write_json(folder / "config.json", read_json(folder / "config.json") | checkpoint.sizes.config(tied=False))
    assert check_export(checkpoint, folder) < 1e-10


class Harmful:
    """What a pickle may hold."""

    def __reduce__(self) -> Any:
        return (print, ("code of a checkpoint ran",))


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (
            {"model": network_weights(), "model_args": SIZES, "more": Harmful()},
            r"holds Python objects \(.*print\), which",
        ),
        ({"model": network_weights()}, "does not say n_layer, n_head, n_embd, block_size, vocab_size under model_args"),
        ({"model": network_weights(), "model_args": SIZES | {"n_head": "2"}}, "does not say n_head under model_args"),
        ({"state_dict": {}}, "has no weights under `model`; give a checkpoint of nanoGPT"),
        (
            {"model": network_weights(), "model_args": SIZES | {"n_layer": 3}},
            r"lacks transformer.h.2.ln_1.weight, of 3",
        ),
        ({"model": network_weights(), "model_args": SIZES | {"n_layer": 1}}, "has transformer.h.1.* a GPT-2 has not"),
        ({"model": network_weights(), "model_args": SIZES | {"block_size": 32}}, r"wpe.weight is \(64, 32\), and its"),
    ],
)
def test_what_is_no_checkpoint_of_nanogpt_is_refused(
    tmp_path: Path, saved: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(saved, tmp_path / "ckpt.pt")
    with pytest.raises(GradusError, match=words) as caught:
        read_checkpoint(tmp_path / "ckpt.pt")
    assert str(caught.value).startswith(f"{tmp_path}/ckpt.pt: ")
    assert "\n" not in str(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 torn"])
def test_a_torn_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ckpt.pt").write_bytes(content)
    with pytest.raises(GradusError, match="is not a readable checkpoint of torch"):
        read_checkpoint(tmp_path / "ckpt.pt")
