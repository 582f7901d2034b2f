"""Exported adapters as PEFT files: known tensors, and what is said of those that do not fit."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from gradus.models.architecture import Architecture
from gradus.models.lora import load_adapter
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.tinker import adapter as adapter_module
from gradus.tinker.adapter import MAX_ATTEMPTS, convert_adapter, download_adapter

ARCH = Architecture(
    vocab_size=50,
    hidden_size=8,
    intermediate_size=12,
    num_hidden_layers=1,
    num_attention_heads=2,
    num_key_value_heads=1,
    head_dim=6,
)
EXPORTED = {"r": 2, "lora_alpha": 32.0, "target_modules": None, "peft_type": "LORA"}
MODULES = {"self_attn.q_proj": (12, 8), "self_attn.k_proj": (6, 8), "mlp.down_proj": (8, 12)}


def exported(**changes: torch.Tensor | None) -> dict[str, torch.Tensor]:
    """An adapter of rank 2 on three modules; changes replace tensors by the ends of their names, or leave them out."""
    tensors = {}
    for number, (module, (outputs, inputs)) in enumerate(MODULES.items()):
        prefix = f"base_model.model.model.layers.0.{module}"
        tensors[f"{prefix}.lora_A.weight"] = torch.full((2, inputs), 1.0 + number)
        tensors[f"{prefix}.lora_B.weight"] = torch.full((outputs, 2), -1.0 - number)
    for end, tensor in changes.items():
        key = next(key for key in tensors if key.endswith(end.replace("__", ".") + ".weight"))
        tensors[key] = tensor
    return {key: tensor for key, tensor in tensors.items() if tensor is not None}


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., Path]:
    base = tmp_path / "base"
    write_json(base / "config.json", ARCH.to_config())

    def run(tensors: dict[str, torch.Tensor], alpha: float = 32.0, config: dict[str, Any] = EXPORTED) -> Path:
        write_json(tmp_path / "config.json", config)
        save_file(tensors, tmp_path / "weights")
        convert_adapter(tmp_path / "config.json", tmp_path / "weights", base, alpha, tmp_path / "out")
        return tmp_path / "out"

    return run


def test_the_targets_are_named_and_the_torch_backend_reads_it(convert: Callable[..., Path]) -> None:
    out = convert(exported())
    config = read_json(out / "adapter_config.json")
    assert config["target_modules"] == ["down_proj", "k_proj", "q_proj"]
    assert (config["r"], config["lora_alpha"], config["peft_type"]) == (2, 32.0, "LORA")
    adapter = load_adapter(out, ARCH)
    assert adapter.a["model.layers.0.self_attn.k_proj.weight"].tolist() == [[2.0] * 8] * 2
    assert adapter.b["model.layers.0.mlp.down_proj.weight"].tolist() == [[-3.0] * 2] * 8


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"q_proj__lora_A": torch.zeros(2, 9)}, r"q_proj\.lora_A\.weight has shape \(2, 9\), but .* asks for \(2, 8\)"),
        ({"q_proj__lora_B": torch.zeros(12, 3)}, r"q_proj\.lora_B\.weight has shape \(12, 3\)"),
        ({"k_proj__lora_B": None}, r"layers\.0\.self_attn\.k_proj has only half of its update"),
    ],
)
def test_what_does_not_fit_the_model_is_named(
    changes: dict[str, Any], words: str, convert: Callable[..., Path]
) -> None:
    with pytest.raises(GradusError, match=words):
        convert(exported(**changes))


def test_other_modules_are_refused(convert: Callable[..., Path]) -> None:
    extra = {f"base_model.model.lm_head.lora_{x}.weight": torch.zeros(2, 8) for x in "AB"}
    with pytest.raises(GradusError, match=r"lm_head\.lora_A\.weight is none of q_proj, .*which adapters here may"):
        convert(exported() | extra)
    with pytest.raises(GradusError, match=r"model\.norm\.weight is no part of a LoRA adapter"):
        convert(exported() | {"model.norm.weight": torch.zeros(8)})


def test_another_alpha_is_named(convert: Callable[..., Path]) -> None:
    with pytest.raises(GradusError, match=r"trains with lora\.alpha 32, the study says 16; set that"):
        convert(exported(), alpha=16.0)


def test_a_damaged_export_is_named(convert: Callable[..., Path], tmp_path: Path) -> None:
    convert(exported())
    (tmp_path / "weights").write_bytes(b"torn")
    with pytest.raises(GradusError, match="not an adapter in PEFT's format"):
        convert_adapter(tmp_path / "config.json", tmp_path / "weights", tmp_path / "base", 32.0, tmp_path / "out")
    with pytest.raises(GradusError, match="it has no tensors"):
        convert({})


def test_models_of_another_build_are_taken_as_they_are(convert: Callable[..., Path], tmp_path: Path) -> None:
    """One with experts, say, has modules of other shapes and names; the files are kept for who can load them."""
    write_json(tmp_path / "base" / "config.json", {"model_type": "qwen3_moe"})
    out = convert(exported())
    assert read_json(out / "adapter_config.json")["target_modules"] == ["down_proj", "k_proj", "q_proj"]


class Files(ThreadingHTTPServer):
    """Serves the files of an export, after so many refusals."""

    refusals = 0
    content: dict[str, bytes]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)

    def urls(self) -> dict[str, str]:
        return {name: f"http://127.0.0.1:{self.server_port}/{name}?signature=secret" for name in self.content}


class Handler(BaseHTTPRequestHandler):
    server: Files

    def do_GET(self) -> None:
        if self.server.refusals:
            self.server.refusals -= 1
            self.send_error(503)
            return
        content = self.server.content[self.path.strip("/").split("?")[0]]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Tests say nothing of it."""


@pytest.fixture
def files(convert: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    convert(exported())
    server = Files()
    server.content = {
        "adapter_config.json": (tmp_path / "config.json").read_bytes(),
        "adapter_model.safetensors": (tmp_path / "weights").read_bytes(),
    }
    asked = SimpleNamespace(result=lambda: SimpleNamespace(urls=server.urls()))
    rest = SimpleNamespace(get_external_weights_urls=lambda path: asked)
    monkeypatch.setattr(adapter_module.tinker, "RestClient", lambda base_url: rest)
    monkeypatch.setattr(adapter_module.time, "sleep", lambda seconds: None)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def download(tmp_path: Path) -> Path:
    service = SimpleNamespace(url="http://here")
    download_adapter(service, "tinker://r/external_weights/a", tmp_path / "base", 32.0, tmp_path / "got")
    return tmp_path / "got"


@pytest.mark.parametrize("refusals", [0, 1, MAX_ATTEMPTS - 1])
def test_a_download_is_tried_again(refusals: int, files: Files, tmp_path: Path) -> None:
    files.refusals = refusals
    got = download(tmp_path)
    assert sorted(path.name for path in got.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    assert load_adapter(got, ARCH).rank == 2


def test_a_download_that_fails_is_told_without_its_signed_address(files: Files, tmp_path: Path) -> None:
    files.refusals = 100
    with pytest.raises(GradusError, match=r"adapter_config\.json could not be downloaded \(HTTP 503\)") as caught:
        download(tmp_path)
    assert "secret" not in str(caught.value)
    assert not list((tmp_path / "got").iterdir())


def test_an_export_without_weights_is_named(files: Files, tmp_path: Path) -> None:
    del files.content["adapter_model.safetensors"]
    with pytest.raises(GradusError, match=r"the export has no adapter_model\.safetensors, only adapter_config\.json"):
        download(tmp_path)
