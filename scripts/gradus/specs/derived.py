"""Names below models/ of models derived from others: quantized, merged, or taken at a checkpoint."""

NF4, NF4_BF16 = ".nf4", ".nf4-bf16"
"""Suffixes of the dequantized base models that QLoRA adapters are trained on: two, because quantizing bfloat16 weights
(`bf16` of the experiment) gives other values than quantizing float32 weights."""
MERGED = ".merged"
"""Suffix of an adapter merged into its base model, which `adapter: new` starts from."""


def quantized_from(dense: str) -> str:
    """The name without the suffix of a dequantized model."""
    return dense.removesuffix(NF4_BF16).removesuffix(NF4)


def owner(derived: str) -> str:
    """The name of the model or training run that a derived model was made from."""
    return quantized_from(derived).removesuffix(MERGED).partition(".at-")[0]
