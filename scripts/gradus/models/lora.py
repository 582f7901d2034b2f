"""Low-rank adapters (LoRA, arXiv:2106.09685) in PEFT's format, merged into dense weights before every step."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from gradus.hub.contents import ORIGIN
from gradus.models.architecture import Architecture
from gradus.models.manifest import ADAPTER, ADAPTER_CONFIG
from gradus.models.qwen3 import Weights
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, replacing, write_json

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class Adapter:
    """Per adapted weight name: A [rank, inputs] and B [outputs, rank]; the update is (alpha / rank) B A.

    transposed: whether the weights are [inputs, outputs], as those of GPT-2's Conv1D: the update is added transposed.
    """

    rank: int
    alpha: float
    targets: tuple[str, ...]
    a: dict[str, Tensor]
    b: dict[str, Tensor]
    transposed: bool = False

    def parameters(self) -> list[Tensor]:
        """The trainable tensors, always in the same order."""
        return [tensor for name in self.a for tensor in (self.a[name], self.b[name])]


def adapted_names(arch: Architecture, targets: tuple[str, ...]) -> list[str]:
    """Names of the weights that `targets` selects. Raises GradusError for an unknown target."""
    unknown = sorted(set(targets) - set(TARGETS))
    if unknown or not targets:
        raise GradusError(
            f"LoRA target modules {unknown or list(targets)} are not known: choose from {', '.join(TARGETS)}"
        )
    return [name for name in arch.weight_shapes() if name.split(".")[-2] in targets]


def init_adapter(
    arch: Architecture, rank: int, alpha: float, targets: tuple[str, ...] = TARGETS, seed: int = 0
) -> Adapter:
    """A fresh adapter that changes nothing yet: A uniform in +-1/sqrt(inputs) (Kaiming, as in PEFT), B zero."""
    generator = torch.Generator().manual_seed(seed)
    shapes = arch.weight_shapes()
    a: dict[str, Tensor] = {}
    b: dict[str, Tensor] = {}
    for name in adapted_names(arch, targets):
        outputs, inputs = shapes[name]
        a[name] = (torch.rand(rank, inputs, generator=generator) * 2 - 1) / inputs**0.5
        b[name] = torch.zeros(outputs, rank)
    return Adapter(rank, alpha, tuple(targets), a, b)


def merged(weights: Weights, adapter: Adapter) -> Weights:
    """The weights with W + (alpha / rank) B A in place of every adapted W; differentiable in A and B.

    Merge once per micro-batch and run dense. Adding x A^T B^T token by token instead took 1.2 to 1.6 times as long,
    forward and backward, for the pocket model (ranks 8 to 32, 1,000 to 4,000 tokens, one thread), although it spares
    the gradient of W: thin products are inefficient, and each adds a pass over the outputs.
    """
    scale = adapter.alpha / adapter.rank
    updates = {name: torch.addmm(weights[name], adapter.b[name], a, alpha=scale) for name, a in adapter.a.items()}
    return weights | updates


def save_adapter(directory: str | Path, adapter: Adapter, base_model: str = "") -> None:
    """Write `adapter_config.json` and `adapter_model.safetensors` as `peft.PeftModel.from_pretrained` reads them.

    `base_model` is the folder of the model that the adapter belongs to, recorded as `base_of` says.
    """
    tensors = {}
    for name in adapter.a:
        module = "base_model.model." + name.removesuffix(".weight")
        tensors[f"{module}.lora_A.weight"] = adapter.a[name].detach()
        tensors[f"{module}.lora_B.weight"] = adapter.b[name].detach()
    directory = Path(directory)
    write_peft(
        directory, tensors, adapter.rank, adapter.alpha, adapter.targets, base_model, transposed=adapter.transposed
    )


def write_peft(
    directory: Path,
    tensors: dict[str, Tensor],
    rank: int,
    alpha: float,
    targets: Iterable[str],
    base_model: str,
    *,
    transposed: bool = False,
) -> None:
    """Write an adapter whose tensors have PEFT's names already; modules of another rank have the same alpha / rank.
    Tensors come last."""
    base, revision = base_of(base_model)
    ends = ".lora_A.weight"
    ranks = {key.removesuffix(ends).rsplit(".", 1)[-1]: len(t) for key, t in tensors.items() if key.endswith(ends)}
    others = {name: own for name, own in sorted(ranks.items()) if own != rank}
    alphas = {name: alpha * own / rank for name, own in others.items()}
    write_json(
        directory / ADAPTER_CONFIG,
        ({"rank_pattern": others, "alpha_pattern": alphas} if others else {})
        | {
            "base_model_name_or_path": base,
            "bias": "none",
            "fan_in_fan_out": transposed,
            "inference_mode": True,
            "init_lora_weights": True,
            "lora_alpha": alpha,
            "lora_dropout": 0.0,
            "modules_to_save": None,
            "peft_type": "LORA",
            "r": rank,
            "revision": revision,
            "target_modules": sorted(targets),
            "task_type": "CAUSAL_LM",
            "use_dora": False,
            "use_rslora": False,
        },
    )
    with replacing(directory / ADAPTER) as temporary:
        temporary.write_bytes(save({k: t.contiguous() for k, t in tensors.items()}, metadata={"format": "pt"}))


def base_of(folder: str) -> tuple[str, str | None]:
    """By what name and revision PEFT finds a base model, in whatever folder it runs.

    What came from the hub is named by repository and commit, the same everywhere. PEFT takes a path to be relative to
    the folder that it runs in, not to the adapter, so any other model is named by its whole path: of all that training
    writes this alone depends on where the results are, and no job reads it.
    """
    origin = Path(folder, ORIGIN)
    if folder and origin.is_file():
        came = read_json(origin)
        return came["repo"], came["revision"]
    return (str(Path(folder).absolute()) if folder else ""), None


def load_adapter(directory: str | Path, arch: Architecture) -> Adapter:
    """Read a PEFT adapter for a model of this architecture.

    Raises GradusError when a file is missing or damaged, when the adapter uses a variant of LoRA that a plain merge
    would compute wrongly, or when its tensors do not fit the model.
    """
    directory = Path(directory)
    config_path, path = directory / ADAPTER_CONFIG, directory / ADAPTER
    for needed in (config_path, path):
        if not needed.is_file():
            raise GradusError(f"{needed} does not exist: give the directory of a PEFT adapter")
    config = read_json(config_path)
    plain = {"peft_type": "LORA", "bias": "none", "use_dora": False, "use_rslora": False, "fan_in_fan_out": False}
    for key, supported in plain.items():
        if config.get(key, supported) != supported:
            raise GradusError(f"{config_path}: {key} is {config[key]!r}, only {supported!r} is supported")
    for key in ("rank_pattern", "alpha_pattern", "modules_to_save"):
        if config.get(key):
            raise GradusError(f"{config_path}: {key} is set, only one rank and alpha for all modules is supported")
    if not isinstance(config.get("target_modules"), list):
        raise GradusError(
            f"{config_path}: target_modules is {config.get('target_modules')!r}: name the modules in a list"
        )
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise GradusError(f"{path} is not a readable safetensors file ({error}): build or copy it again") from error

    rank, targets = config["r"], tuple(config["target_modules"])
    shapes = arch.weight_shapes()
    a: dict[str, Tensor] = {}
    b: dict[str, Tensor] = {}
    for name in adapted_names(arch, targets):
        outputs, inputs = shapes[name]
        module = "base_model.model." + name.removesuffix(".weight")
        for letter, found, shape in (("A", a, (rank, inputs)), ("B", b, (outputs, rank))):
            key = f"{module}.lora_{letter}.weight"
            if key not in tensors or tuple(tensors[key].shape) != shape:
                raise GradusError(f"{path}: {key} of shape {shape} is missing: the adapter belongs to another model")
            found[name] = tensors[key].to(torch.float32)
    return Adapter(rank, config["lora_alpha"], targets, a, b)
