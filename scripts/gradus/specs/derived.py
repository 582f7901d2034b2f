"""Names below models/ of models that are made of others."""

NF4, NF4_BF16 = ".nf4", ".nf4-bf16"
"""End the name of a model whose matrices have the values of 4 bits, beside which adapters of QLoRA learn: made from
float32, and from bfloat16, which gives other values (`bf16` of the experiment)."""
MERGED = ".merged"
"""Ends the name of the dense model that an adapter and its base are together, which `adapter: new` starts from."""


def quantized_from(dense: str) -> str:
    """The name of the model that a dequantized one is made of; of any other its own."""
    return dense.removesuffix(NF4_BF16).removesuffix(NF4)


def owner(derived: str) -> str:
    """The model or training run whose weights a model that was derived from it has, by their names below models/."""
    return quantized_from(derived).removesuffix(MERGED).partition(".at-")[0]
