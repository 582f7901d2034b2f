"""Matrices that the service adapts in parts, and the model has as one.

Layers of linear attention, as Qwen3.5's, project to queries, keys and values by one matrix, `in_proj_qkv`. Tinker
trains an adapter on each of the three parts of its rows, in this order
(https://github.com/thinking-machines-lab/tinker-cookbook/blob/9dfcc3a/tinker_cookbook/weights/_merge_qwen3_5.py, whose
merge adds each update to its rows). As one adapter on the whole matrix that is

    A = [A_q; A_k; A_v]    B = diag(B_q, B_k, B_v)

of three times the rank and the same scale alpha / rank, which PEFT, transformers and vLLM read: it has the same update.
The cookbook's `build_lora_adapter` leaves the parts apart, for servers that take them so; transformers and vLLM 0.31
have no modules of these names.

Shape suffixes: R rank, I inputs, O outputs.
"""

from torch import Tensor, block_diag, cat

from gradus.provenance.errors import GradusError

FUSED = {"in_proj_qkv": ("in_proj_q", "in_proj_k", "in_proj_v")}
"""The parts of a matrix, in the order of its rows."""


def fuse_parts(tensors: dict[str, Tensor], source: str) -> dict[str, Tensor]:
    """Tensors by PEFT's names, with the parts of a matrix as one adapter on it. Raises GradusError where one lacks."""
    found = dict(tensors)
    for whole, parts in FUSED.items():
        first = f".{parts[0]}.lora_A.weight"
        for prefix in [key.removesuffix(first) for key in tensors if key.endswith(first)]:
            keys = {letter: [f"{prefix}.{part}.lora_{letter}.weight" for part in parts] for letter in "AB"}
            if lacks := [key for key in (*keys["A"], *keys["B"]) if key not in found]:
                raise GradusError(f"{source}: {lacks[0]} is missing beside {prefix}{first}: download it again")
            a_R_I, b_O_R = ([found.pop(key) for key in keys[letter]] for letter in "AB")
            found[f"{prefix}.{whole}.lora_A.weight"] = cat(a_R_I)
            found[f"{prefix}.{whole}.lora_B.weight"] = block_diag(*b_O_R)
    return found
