"""Weights in 4 bits, and the dense model that they are.

An adapter of QLoRA (Dettmers et al. 2023, arXiv:2305.14314) is trained beside matrices in NF4 and compensates for what
these have lost. So it belongs to the quantized matrices: on the weights as they were before, it is another policy than
the one that was trained. Samplers and merges work on dense models, so the quantized matrices are dequantized, and
written as one.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedModel
from transformers.utils import logging

from gradus.models.folders import save_dense
from gradus.models.merge import check, next_logprobs, probe_prompts
from gradus.models.tokenizer import copy_tokenizer
from gradus.provenance.errors import GradusError


def _nf4(computes_in: torch.dtype) -> BitsAndBytesConfig:
    """NF4, its constants quantized again, on the matrices of the layers."""
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=computes_in,
    )


BLOCK = 64
"""Numbers of a row that share a constant."""


def _check_blocks(model: PreTrainedModel) -> PreTrainedModel:
    """The model. Raises GradusError where a CPU would read its weights in 4 bits wrongly.

    bitsandbytes 0.50 takes constants of the wrong blocks there, unless every row of a matrix is made of whole blocks.
    """
    for name, module in model.named_modules():
        if hasattr(module, "quant_state") and module.weight.device.type == "cpu" and module.in_features % BLOCK:
            raise GradusError(
                f"method: qlora on a CPU needs matrices with a multiple of {BLOCK} inputs, {name} has "
                f"{module.in_features}: take method: lora, or a GPU"
            )
    return model


def without_dropout(model: nn.Module) -> None:
    """Evaluation mode, except where bitsandbytes 0.50 would turn 4-bit weights on a CPU into another form for good."""
    model.eval()
    for module in model.modules():
        if hasattr(module, "quant_state"):
            module.training = True


def load_quantized(base: Path, precision: torch.dtype, device: int | str) -> PreTrainedModel:
    """The model of the folder `base` in 4 bits, with `precision` for what is not, and to compute in.

    The matrices are quantized from their values in `precision`: from bfloat16 and from float32, the same files give
    different values, so what has to be the same model has to be read in the same precision.
    """
    quantized = AutoModelForCausalLM.from_pretrained(
        base, dtype=precision, quantization_config=_nf4(precision), device_map={"": device}
    )
    return _check_blocks(quantized)


def write_dequantized(base: Path, out: Path, precision: torch.dtype) -> dict[str, Any]:
    """Write the model of the folder `base`, its matrices in NF4 and back, to `out`, read and written in `precision`.

    That is what the adapter was trained beside, whatever `base` is stored in. Returns the metrics of a check. Raises
    GradusError where the log-probabilities of the model in 4 bits and of the written one differ by more than a merge
    may change them.
    """
    logging.disable_progress_bar()
    model = load_quantized(base, precision, "cpu")
    without_dropout(model)
    prompts = probe_prompts(base)
    expected = next_logprobs(model, prompts)
    copy_tokenizer(base, out)
    save_dense(model.dequantize(precision), out, precision)
    found = next_logprobs(AutoModelForCausalLM.from_pretrained(out, dtype=precision).eval(), prompts)
    return check(expected, found, precision, f"{out}: {base} in 4 bits, written out,", "train with method: lora")
