"""The shape of a decoder, as far as its memory goes: read from a `config.json`, counted without loading anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from gradus.models.config_names import GPT2, decoder_config
from gradus.provenance.errors import GradusError

HYBRID = "qwen3_5_text"
"""Three layers of four are of linear attention. Its config is a part of that of a model that also reads pictures."""

FAMILIES = ("qwen3", "qwen2", "llama", "mistral", HYBRID, GPT2)
"""Decoders whose parameters are counted here; an encoder of pictures is not, as nothing here loads it."""


class Matrices(NamedTuple):
    """A matrix of so many layers."""

    layers: int
    outputs: int
    inputs: int

    @property
    def parameters(self) -> int:
        return self.layers * self.outputs * self.inputs


@dataclass(frozen=True)
class LinearAttention:
    """The layers of a hybrid that keep a state of fixed size in place of the past's keys and values (gated delta rule:
    Yang et al. 2024, arXiv:2412.06464).

    key_heads, value_heads: whose widths are key_head and value_head. kernel: of the convolution in time.
    """

    layers: int
    key_heads: int
    value_heads: int
    key_head: int
    value_head: int
    kernel: int

    @property
    def keys(self) -> int:
        """Width of all key heads together, and of all query heads."""
        return self.key_heads * self.key_head

    @property
    def values(self) -> int:
        """Width of all value heads together."""
        return self.value_heads * self.value_head

    @property
    def convolved(self) -> int:
        return 2 * self.keys + self.values

    @property
    def state_values(self) -> int:
        """Numbers that all of these layers keep of a text, however long it is."""
        return self.layers * (self.value_heads * self.key_head * self.value_head + self.kernel * self.convolved)

    def matrices(self, hidden: int) -> dict[str, Matrices]:
        outputs = {"in_proj_qkv": self.convolved, "in_proj_z": self.values}
        outputs |= {"in_proj_b": self.value_heads, "in_proj_a": self.value_heads}
        into = {name: Matrices(self.layers, width, hidden) for name, width in outputs.items()}
        return into | {"out_proj": Matrices(self.layers, hidden, self.values)}

    @property
    def vectors(self) -> int:
        """Parameters of the convolutions, decays and gates, norms aside."""
        return self.layers * (self.kernel * self.convolved + 2 * self.value_heads)


@dataclass(frozen=True)
class Shape:
    """Sizes of a dense decoder: grouped-query attention, or in some layers the linear one, a gated MLP of three
    matrices, two norms a layer. GPT-2 (Radford et al. 2019) has one matrix to queries, keys and values, an MLP of two,
    biases on all matrices and norms, and an embedding of positions."""

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
    gated: bool = False
    """The projection to queries makes a gate on the output besides, as large as the queries."""
    linear: LinearAttention | None = None
    layout: Literal["llama", "gpt2"] = "llama"
    positions: int = 0
    """Rows of an embedding of positions; 0: positions are rotations."""

    @classmethod
    def from_config(cls, config: dict[str, Any], source: str = "config.json") -> "Shape":
        """From a Hugging Face `config.json`, or the part of it that is of texts; `source` names it in errors.

        Raises GradusError for a family whose parameters are laid out otherwise (mixtures of experts), and where a key
        is missing.
        """
        tied = bool(config.get("tie_word_embeddings", False))
        config = decoder_config(config)
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
                tied=bool(config.get("tie_word_embeddings", tied)),
                head_norms=family in ("qwen3", HYBRID),
                attention_bias=family == "qwen2" or bool(config.get("attention_bias", False)),
                gated=family == HYBRID,
                linear=_linear_attention(config) if family == HYBRID else None,
                layout="gpt2" if family == GPT2 else "llama",
                positions=config["max_position_embeddings"] if family == GPT2 else 0,
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
    def attending(self) -> int:
        """Layers that attend to the keys of the past."""
        return self.layers - (self.linear.layers if self.linear else 0)

    @property
    def projections(self) -> dict[str, Matrices]:
        """The matrices of the layers, by their names, of which adapters target the last part (`targeted`)."""
        if self.layout == "gpt2":
            return {
                "attn.c_attn": Matrices(self.layers, self.queries + 2 * self.keys, self.hidden),
                "attn.c_proj": Matrices(self.layers, self.hidden, self.queries),
                "mlp.c_fc": Matrices(self.layers, self.inner, self.hidden),
                "mlp.c_proj": Matrices(self.layers, self.hidden, self.inner),
            }
        own = {} if self.linear is None else self.linear.matrices(self.hidden)
        return {
            "q_proj": Matrices(self.attending, self.queries * (2 if self.gated else 1), self.hidden),
            "k_proj": Matrices(self.attending, self.keys, self.hidden),
            "v_proj": Matrices(self.attending, self.keys, self.hidden),
            "o_proj": Matrices(self.attending, self.hidden, self.queries),
            "gate_proj": Matrices(self.layers, self.inner, self.hidden),
            "up_proj": Matrices(self.layers, self.inner, self.hidden),
            "down_proj": Matrices(self.layers, self.hidden, self.inner),
        } | own

    @property
    def targets(self) -> tuple[str, ...]:
        """The names that adapters may target."""
        return tuple(dict.fromkeys(map(_last_part, self.projections)))

    def targeted(self, targets: Sequence[str]) -> list[Matrices]:
        """The matrices of these names. A name that there is not counts as the largest matrix: names are checked where
        the shape is known, and this one may be assumed."""
        largest = max(self.projections.values(), key=lambda each: each.outputs + each.inputs)
        chosen = [each for name, each in self.projections.items() if _last_part(name) in targets]
        return chosen + [largest] * len(set(targets) - set(self.targets))

    @property
    def matrices(self) -> int:
        """Parameters of the matrices of all layers: what adapters are beside, and what is quantized."""
        return sum(matrices.parameters for matrices in self.projections.values())

    @property
    def embeddings(self) -> int:
        """Parameters of the embeddings, and of the output projection where that is a matrix of its own."""
        return self.hidden * (self.vocabulary * (1 if self.tied else 2) + self.positions)

    @property
    def parameters(self) -> int:
        """All of them; a tied embedding counts once."""
        biases = self.attending * (self.queries + 2 * self.keys) if self.attention_bias else 0
        biases = self._outputs if self.layout == "gpt2" else biases
        vectors = 0 if self.linear is None else self.linear.vectors
        return self.embeddings + self.matrices + self.parts["norms"] + biases + vectors

    @property
    def parts(self) -> dict[str, int]:
        """Parameters of what `train` may name: a scale for each row of the layers' matrices, the weights of norms."""
        norms = 2 * self.layers * self.hidden + (2 * self.attending * self.head if self.head_norms else 0)
        norms += 0 if self.linear is None else self.linear.layers * self.linear.value_head
        norms = (norms + self.hidden) * (2 if self.layout == "gpt2" else 1)
        return {"scales": self._outputs, "norms": norms}

    @property
    def _outputs(self) -> int:
        """Rows of all matrices of all layers."""
        return sum(matrices.layers * matrices.outputs for matrices in self.projections.values())

    def adapter(self, rank: int, targets: Sequence[str]) -> int:
        """Parameters of a low-rank adapter: rank * (inputs + outputs) for each targeted matrix."""
        return sum(rank * each.layers * (each.outputs + each.inputs) for each in self.targeted(targets))

    @property
    def cache_values(self) -> int:
        """Numbers that the KV cache holds per token."""
        return 2 * self.attending * self.keys

    @property
    def state_values(self) -> int:
        """Numbers that are kept of a text besides, however long it is."""
        return 0 if self.linear is None else self.linear.state_values


def _last_part(name: str) -> str:
    return name.rpartition(".")[2]


def _linear_attention(config: dict[str, Any]) -> LinearAttention:
    """`layer_types` names each layer; without it every fourth one attends, or as `full_attention_interval` has it."""
    layers, every = config["num_hidden_layers"], config.get("full_attention_interval", 4)
    kinds = config.get("layer_types")
    attending = layers // every if kinds is None else sum(kind == "full_attention" for kind in kinds)
    return LinearAttention(
        layers=layers - attending,
        key_heads=config["linear_num_key_heads"],
        value_heads=config["linear_num_value_heads"],
        key_head=config["linear_key_head_dim"],
        value_head=config["linear_value_head_dim"],
        kernel=config["linear_conv_kernel_dim"],
    )
