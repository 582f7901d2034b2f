"""The shape of a decoder, as far as its memory goes: read from a `config.json`, counted without loading anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gradus.provenance.errors import GradusError

FAMILIES = ("qwen3", "qwen2", "llama", "mistral")
"""Decoders of equal layers with a gated MLP, whose parameters are counted here."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a dense decoder: grouped-query attention, a gated MLP of three matrices, two norms a layer."""

    vocabulary: int
    hidden: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    tied: bool
    head_norms: bool = True
    """RMS norms on queries and keys, as Qwen3 has them."""
    attention_bias: bool = False
    """A bias on the projections to queries, keys and values, as Qwen2 has it."""

    @classmethod
    def from_config(cls, config: dict[str, Any], source: str = "config.json") -> "Shape":
        """From a Hugging Face `config.json`; `source` names it in errors.

        Raises GradusError for a family whose parameters are laid out otherwise (mixtures of experts, hybrids), and
        where a key is missing.
        """
        family = config.get("model_type")
        if family not in FAMILIES:
            raise GradusError(f"{source}: model_type is {family!r}, memory is planned for {', '.join(FAMILIES)} only")
        try:
            return cls(
                vocabulary=config["vocab_size"],
                hidden=config["hidden_size"],
                inner=config["intermediate_size"],
                layers=config["num_hidden_layers"],
                heads=config["num_attention_heads"],
                kv_heads=config.get("num_key_value_heads") or config["num_attention_heads"],
                head=config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"],
                tied=bool(config.get("tie_word_embeddings", False)),
                head_norms=family == "qwen3",
                attention_bias=family == "qwen2" or bool(config.get("attention_bias", False)),
            )
        except KeyError as error:
            raise GradusError(f"{source}: the key {error} is missing: take the config.json of a whole model") from None

    @property
    def queries(self) -> int:
        """Width of all query heads together."""
        return self.heads * self.head

    @property
    def keys(self) -> int:
        """Width of all key heads together, and of all value heads."""
        return self.kv_heads * self.head

    @property
    def projections(self) -> dict[str, tuple[int, int]]:
        """Outputs and inputs of a layer's seven matrices, by the names that adapters target."""
        return {
            "q_proj": (self.queries, self.hidden),
            "k_proj": (self.keys, self.hidden),
            "v_proj": (self.keys, self.hidden),
            "o_proj": (self.hidden, self.queries),
            "gate_proj": (self.inner, self.hidden),
            "up_proj": (self.inner, self.hidden),
            "down_proj": (self.hidden, self.inner),
        }

    @property
    def matrices(self) -> int:
        """Parameters of the matrices of all layers: what adapters are beside, and what is quantized."""
        return self.layers * sum(outputs * inputs for outputs, inputs in self.projections.values())

    @property
    def embeddings(self) -> int:
        """Parameters of the embedding, and of the output projection where that is a matrix of its own."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2)

    @property
    def parameters(self) -> int:
        """All of them; a tied embedding counts once."""
        layer = 2 * self.hidden + (2 * self.head if self.head_norms else 0)
        layer += (self.queries + 2 * self.keys) if self.attention_bias else 0
        return self.embeddings + self.matrices + self.layers * layer + self.hidden

    def adapter(self, rank: int, targets: Sequence[str]) -> int:
        """Parameters of a low-rank adapter: rank * (inputs + outputs) for each targeted matrix. Raises GradusError for
        one that there is not."""
        unknown = sorted(set(targets) - set(self.projections))
        if unknown:
            there = ", ".join(self.projections)
            raise GradusError(f"lora.targets: the model has no {', '.join(unknown)}: take some of {there}")
        return self.layers * sum(rank * sum(self.projections[name]) for name in targets)

    @property
    def cache_values(self) -> int:
        """Numbers that the KV cache holds per token."""
        return 2 * self.layers * self.keys
