"""A trained adapter, from the service to PEFT's files, which vLLM, transformers and the other samplers load."""

import re
import time
from pathlib import Path
from typing import Any

import httpx
import tinker
from safetensors import SafetensorError
from safetensors.torch import load_file

from gradus.models.lora import write_peft
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.tinker.fused import FUSED, fuse_parts
from gradus.tinker.service import Service, within

CONFIG, ADAPTER = "adapter_config.json", "adapter_model.safetensors"

EXPORT_TIMEOUT_SECONDS = 300.0
"""For the list of an export's files."""

SILENCE_TIMEOUT_SECONDS = 60.0
MAX_ATTEMPTS = 6
"""Each after twice the pause of the one before: half a minute in all."""

TENSOR = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<letter>[AB])\.weight")


def download_adapter(service: Service, exported: str, base: Path, alpha: float, directory: Path) -> None:
    """Write the adapter that `save_weights_external` left at the path `exported` as PEFT files in `directory`.

    `base` is the folder of the model that it belongs to, with its config.json; `alpha` is what the study says. Raises
    GradusError where the adapter cannot be had, does not fit the model, or has another alpha.
    """
    rest = tinker.RestClient(base_url=service.url)
    listed = within(
        EXPORT_TIMEOUT_SECONDS, f"{exported}: listing files", lambda: rest.get_external_weights_urls(exported).result()
    )
    received: dict[str, Path] = {}
    directory.mkdir(parents=True, exist_ok=True)
    try:
        for name in (CONFIG, ADAPTER):
            if name not in listed.urls:
                raise GradusError(f"{exported}: the export has no {name}, only {', '.join(sorted(listed.urls))}")
            received[name] = directory / f".received-{name}"
            _download(listed.urls[name], received[name], f"{exported}: {name}")
        convert_adapter(received[CONFIG], received[ADAPTER], base, alpha, directory)
    finally:
        for path in received.values():
            path.unlink(missing_ok=True)


def _download(url: str, path: Path, what: str) -> None:
    """The file behind a signed address, which is secret: it stays out of errors."""
    for tries in range(MAX_ATTEMPTS):
        try:
            with (
                httpx.Client(timeout=SILENCE_TIMEOUT_SECONDS, follow_redirects=True) as client,
                client.stream("GET", url) as reply,
                open(path, "wb") as file,
            ):
                reply.raise_for_status()
                for part in reply.iter_bytes():
                    file.write(part)
            return
        except httpx.HTTPStatusError as error:
            reason = f"HTTP {error.response.status_code}"
        except httpx.HTTPError as error:
            reason = type(error).__name__
        if tries < MAX_ATTEMPTS - 1:
            time.sleep(2.0**tries)
    raise GradusError(f"{what} could not be downloaded ({reason}); run again to resume from the last saved state")


def convert_adapter(config_file: Path, weights_file: Path, base: Path, alpha: float, directory: Path) -> None:
    """PEFT files from an exported adapter, with target_modules named: exports leave them out, and PEFT would guess.

    Tensors are checked against the shapes that `base`/config.json implies, where it is a dense transformer's.
    """
    source = f"{weights_file.name.removeprefix('.received-')} of the export"
    try:
        tensors, config = load_file(weights_file), read_json(config_file)
        rank, scale = config["r"], config["lora_alpha"]
    except (SafetensorError, GradusError, KeyError) as error:
        raise GradusError(
            f"{source}: not an adapter in PEFT's format ({error}); run again to download it again"
        ) from error
    if scale != alpha:
        raise GradusError(f"{source}: the service trains with lora.alpha {scale:g}, the study says {alpha:g}; set that")
    shapes = _shapes(read_json(base / "config.json"))
    whole = fuse_parts(tensors, source)
    found: dict[str, set[str]] = {}
    for key, tensor in whole.items():
        name = TENSOR.fullmatch(key)
        if name is None:
            raise GradusError(f"{source}: {key} is no part of a LoRA adapter on this model's modules")
        module, letter = name["module"], name["letter"]
        found.setdefault(module, set()).add(letter)
        target = module.rsplit(".", 1)[-1]
        if shapes is not None:
            if target not in shapes:
                raise GradusError(f"{source}: {key} is none of {', '.join(shapes)}, which adapters here may change")
            outputs, inputs = shapes[target]
            own = rank * len(FUSED.get(target, [target])) if key not in tensors else rank
            wanted = (own, inputs) if letter == "A" else (outputs, own)
            if tuple(tensor.shape) != wanted:
                raise GradusError(
                    f"{source}: {key} has shape {tuple(tensor.shape)}, but {base / 'config.json'} asks for {wanted}: "
                    "the service trained another model; name the right one under `tinker`"
                )
    halves = sorted(module for module, letters in found.items() if letters != {"A", "B"})
    if not found or halves:
        raise GradusError(f"{source}: {halves[0] + ' has only half of its update' if halves else 'it has no tensors'}")
    targets = {module.rsplit(".", 1)[-1] for module in found}
    write_peft(directory, whole, rank, scale, targets, str(base))


def _shapes(config: dict[str, Any]) -> dict[str, tuple[int, int]] | None:
    """Outputs and inputs of each kind of module, or None for a model of another build, such as one with experts."""
    config = config.get("text_config", config)
    hybrid = config.get("model_type") == "qwen3_5_text"
    if not hybrid and config.get("model_type") not in ("qwen2", "qwen3", "llama", "mistral"):
        return None
    hidden, inner, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    head = config.get("head_dim") or hidden // heads
    queries, keys = heads * head, (config.get("num_key_value_heads") or heads) * head
    own = _linear_attention(config) if hybrid else {}
    return own | {
        "q_proj": (queries * (2 if hybrid else 1), hidden),  # with a gate on the output
        "k_proj": (keys, hidden),
        "v_proj": (keys, hidden),
        "o_proj": (hidden, queries),
        "gate_proj": (inner, hidden),
        "up_proj": (inner, hidden),
        "down_proj": (hidden, inner),
    }


def _linear_attention(config: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Of the modules of Qwen3.5's layers of linear attention."""
    hidden, value_heads = config["hidden_size"], config["linear_num_value_heads"]
    keys = config["linear_num_key_heads"] * config["linear_key_head_dim"]
    values = value_heads * config["linear_value_head_dim"]
    return {
        "in_proj_qkv": (2 * keys + values, hidden),
        "in_proj_z": (values, hidden),
        "in_proj_b": (value_heads, hidden),
        "in_proj_a": (value_heads, hidden),
        "out_proj": (hidden, values),
    }
