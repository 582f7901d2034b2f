"""The shape of an embedded model: Qwen3 with tied embeddings, read from and written to a Hugging Face config."""

from dataclasses import dataclass
from typing import Any

from gradus.provenance.errors import GradusError


@dataclass(frozen=True)
class Architecture:
    """Sizes of a Qwen3 model (arXiv:2505.09388): grouped-query attention, RMS-normed queries and keys, SwiGLU, RoPE.

    The output projection is the embedding matrix (tied), there are no biases, and no layer uses a sliding window.
    """

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    rope_theta: float = 10_000.0
    rms_norm_eps: float = 1e-6
    max_position_embeddings: int = 1024
    eos_token_id: int | tuple[int, ...] | None = None
    pad_token_id: int | None = None

    def __post_init__(self) -> None:
        if self.num_attention_heads % self.num_key_value_heads:
            raise GradusError(
                f"num_attention_heads ({self.num_attention_heads}) is not a multiple of num_key_value_heads "
                f"({self.num_key_value_heads}): choose a divisor"
            )
        if self.head_dim % 2:
            raise GradusError(f"head_dim ({self.head_dim}) is odd: rotary embeddings need an even one")

    @classmethod
    def from_config(cls, config: dict[str, Any], source: str = "config.json") -> "Architecture":
        """Read a Hugging Face `config.json`. `source` names the file in errors.

        Raises GradusError for a model that the embedded backend would compute wrongly (another family, untied
        embeddings, biases, scaled RoPE, sliding windows).
        """
        rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
        wanted = {
            "model_type": (config.get("model_type"), "qwen3"),
            "tie_word_embeddings": (config.get("tie_word_embeddings", False), True),
            "attention_bias": (config.get("attention_bias", False), False),
            "use_sliding_window": (config.get("use_sliding_window", False), False),
            "hidden_act": (config.get("hidden_act", "silu"), "silu"),
            "rope_parameters.rope_type": (rope.get("rope_type", "default"), "default"),
        }
        for key, (value, supported) in wanted.items():
            if value != supported:
                raise GradusError(
                    f"{source}: {key} is {value!r}, the torch backend supports {supported!r} only: "
                    "take another backend for this model"
                )
        eos = config.get("eos_token_id")
        try:
            return cls(
                vocab_size=config["vocab_size"],
                hidden_size=config["hidden_size"],
                intermediate_size=config["intermediate_size"],
                num_hidden_layers=config["num_hidden_layers"],
                num_attention_heads=config["num_attention_heads"],
                num_key_value_heads=config["num_key_value_heads"],
                head_dim=config["head_dim"],
                # transformers 5 keeps rope_theta in rope_parameters, transformers 4 kept it at the top.
                rope_theta=float(rope["rope_theta"] if "rope_theta" in rope else config["rope_theta"]),
                rms_norm_eps=config["rms_norm_eps"],
                max_position_embeddings=config["max_position_embeddings"],
                eos_token_id=tuple(eos) if isinstance(eos, list) else eos,
                pad_token_id=config.get("pad_token_id"),
            )
        except KeyError as error:
            raise GradusError(f"{source}: the key {error} is missing: take the config.json of a Qwen3 model") from error

    @property
    def eos_of_config(self) -> int | list[int] | None:
        """As config.json and generation_config.json have it: a list where there are several."""
        if isinstance(self.eos_token_id, tuple):
            return self.eos_token_id[0] if len(self.eos_token_id) == 1 else list(self.eos_token_id)
        return self.eos_token_id

    def to_config(self) -> dict[str, Any]:
        """A `config.json` that transformers (5.17) loads as Qwen3ForCausalLM."""
        return {
            "architectures": ["Qwen3ForCausalLM"],
            "attention_bias": False,
            "attention_dropout": 0.0,
            "bos_token_id": None,
            "dtype": "float32",
            "eos_token_id": self.eos_of_config,
            "head_dim": self.head_dim,
            "hidden_act": "silu",
            "hidden_size": self.hidden_size,
            "intermediate_size": self.intermediate_size,
            "max_position_embeddings": self.max_position_embeddings,
            "model_type": "qwen3",
            "num_attention_heads": self.num_attention_heads,
            "num_hidden_layers": self.num_hidden_layers,
            "num_key_value_heads": self.num_key_value_heads,
            "pad_token_id": self.pad_token_id,
            "rms_norm_eps": self.rms_norm_eps,
            "rope_parameters": {"rope_theta": self.rope_theta, "rope_type": "default"},
            "tie_word_embeddings": True,
            "use_cache": True,
            "use_sliding_window": False,
            "vocab_size": self.vocab_size,
        }

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape per Hugging Face parameter name, in the order of the computation."""
        hidden, inner, head = self.hidden_size, self.intermediate_size, self.head_dim
        queries, keys = self.num_attention_heads * head, self.num_key_value_heads * head
        shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (self.vocab_size, hidden)}
        for layer in range(self.num_hidden_layers):
            prefix = f"model.layers.{layer}."
            shapes |= {
                prefix + "input_layernorm.weight": (hidden,),
                prefix + "self_attn.q_proj.weight": (queries, hidden),
                prefix + "self_attn.k_proj.weight": (keys, hidden),
                prefix + "self_attn.v_proj.weight": (keys, hidden),
                prefix + "self_attn.o_proj.weight": (hidden, queries),
                prefix + "self_attn.q_norm.weight": (head,),
                prefix + "self_attn.k_norm.weight": (head,),
                prefix + "post_attention_layernorm.weight": (hidden,),
                prefix + "mlp.gate_proj.weight": (inner, hidden),
                prefix + "mlp.up_proj.weight": (inner, hidden),
                prefix + "mlp.down_proj.weight": (hidden, inner),
            }
        shapes["model.norm.weight"] = (hidden,)
        return shapes

    @property
    def parameter_count(self) -> int:
        """Number of trainable values; the tied embedding counts once."""
        total = 0
        for shape in self.weight_shapes().values():
            values = 1
            for size in shape:
                values *= size
            total += values
        return total
