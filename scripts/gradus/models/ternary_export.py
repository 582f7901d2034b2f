"""A model with ternary weights as a dense one that says nothing of how it was made."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from gradus.models.checkpoints import copy_model
from gradus.models.manifest import LATENTS
from gradus.models.merge import check, next_logprobs, probe_prompts
from gradus.models.ternary import continue_ternary, dense_weights, row_scales, ternary_layers
from gradus.provenance.errors import GradusError


def export_ternary(folder: Path, out: Path) -> dict[str, Any]:
    """Copy the model of `folder` without its latent weights to `out`, read it again, and compare. Returns the metrics
    of the check.

    Raises GradusError where a matrix has other values than its rows' scales and 0, or where the log-probabilities of
    what the latent weights amount to and of the dense weights differ.
    """
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    continue_ternary(model, folder)
    prompts = probe_prompts(folder)
    expected = next_logprobs(model, prompts)
    copy_model(folder, out, leave=[LATENTS])
    dense, zeros, values = dense_weights(out), 0, 0
    for name in ternary_layers(model):
        weights_O_I = dense[f"{name}.weight"]
        if row_scales(weights_O_I) is None:
            raise GradusError(f"{out}: {name}.weight has a row that is not ternary: train {folder} again")
        zeros, values = zeros + int((weights_O_I == 0).sum()), values + weights_O_I.numel()
    precision = weights_O_I.dtype
    found = next_logprobs(AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32).eval(), prompts)
    metrics = check(expected, found, precision, f"{out}: the dense weights of {folder}", "train it again")
    return {"matrices": len(ternary_layers(model)), "zeros": round(zeros / values, 4)} | metrics
