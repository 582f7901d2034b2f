"""An adapter merged into its base, and a check that the result computes the same.

By transformers and PEFT, so it works for every model and every kind of adapter that they read. The sum is taken in
float32 and written in the precision of the base. An adapter trained beside weights in 4 bits (QLoRA) has these as its
base, written out (`nf4.py`): it is sampled and merged as it was trained.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from gradus.models.tokenizer import copy_tokenizer, load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.errors import GradusError

TOLERANCES = {torch.float32: 1e-4, torch.bfloat16: 0.05, torch.float16: 0.05}
"""Nats that a log-probability may differ by, by the precision that is written: in float32 the largest difference, in
16 bits, which round every merged weight, the mean one."""

PROBES = (
    "A baker sells 17 loaves before noon and twice as many after. How many loaves does she sell?",
    "Find all real x with x^2 - 5x + 6 = 0. Write your answer in \\boxed{} format.",
    "List the primes between 10 and 30, then add them up.",
)
"""What both models read in the check."""


def merge_adapter(base: Path, adapter: Path, out: Path) -> dict[str, Any]:
    """Write the merged model with tokenizer to `out`, read it again, and compare. Returns the metrics of the check.

    Raises GradusError where the log-probabilities of the adapter on its base and of the merged model differ by more
    than the tolerance.
    """
    from peft import PeftModel

    prompts = probe_prompts(base)
    model = _load(base)
    precision = model.config.dtype if model.config.dtype in TOLERANCES else torch.float32
    model = PeftModel.from_pretrained(model.float(), str(adapter))
    expected = next_logprobs(model, prompts)
    model = model.merge_and_unload(safe_merge=True).to(precision)
    model.save_pretrained(out, max_shard_size="1000TB")  # one file, which others can name before it is made
    copy_tokenizer(base, out)
    del model
    found = next_logprobs(_load(out).float(), prompts)
    return check(expected, found, precision, f"{out}: the merge of {adapter} into {base}")


def check(
    expected: Sequence[torch.Tensor],
    found: Sequence[torch.Tensor],
    precision: torch.dtype,
    what: str,
    remedy: str = "use the adapter as it is",
) -> dict[str, Any]:
    """Largest and mean difference of log-probabilities. Raises GradusError where they are beyond the tolerance."""
    differences = torch.cat([(a - b).abs().flatten() for a, b in zip(expected, found, strict=True)])
    largest, mean = differences.max().item(), differences.mean().item()
    tolerance = TOLERANCES[precision]
    held = largest if precision == torch.float32 else mean
    if not held <= tolerance:  # also where it is not a number
        raise GradusError(
            f"{what} computes something else: log-probabilities differ by {largest:.3g} at most, {mean:.3g} on average "
            f"({str(precision).removeprefix('torch.')}, tolerance {tolerance:g}); {remedy}"
        )
    metrics = {"largest_difference": largest, "mean_difference": mean, "tolerance": tolerance}
    return metrics | {"precision": str(precision).removeprefix("torch.")}


def probe_prompts(base: Path) -> list[list[int]]:
    """The probes as the model is asked them."""
    tokenizer, template = load_tokenizer(base), ChatTemplate.load(base)
    texts = [template.render([{"role": "user", "content": text}], add_generation_prompt=True) for text in PROBES]
    return [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]


def _load(folder: Path) -> Any:
    """A model in the precision of its files."""
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    return AutoModelForCausalLM.from_pretrained(folder, dtype="auto").eval()


@torch.inference_mode()
def next_logprobs(model: Any, prompts: list[list[int]]) -> list[torch.Tensor]:
    """Log-probabilities [T, V] of every next token, per prompt."""
    return [model(torch.tensor([prompt])).logits[0].log_softmax(-1) for prompt in prompts]
