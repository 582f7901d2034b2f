"""Qwen3 (arXiv:2505.09388) as plain functions over a dict of tensors with Hugging Face's parameter names.

No modules and no state: merging an adapter, taking gradients and writing safetensors are operations on the dict.
Shape suffixes: M tokens (of all rows, without padding), B rows, T positions, P prompts, S prompt positions,
N completions, C completion positions, H hidden, Q query heads, K key/value heads, D head dimension, V vocabulary.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from gradus.models.architecture import Architecture
from gradus.models.attention import CausalRows, Packing, SharedPrompts
from gradus.models.ops import Normalize, Rotate

Weights = dict[str, Tensor]

# (layer index, normed and rotated queries, keys and values [M, (Q + 2K) D]) -> attended values [M, Q D]
Attention = Callable[[int, Tensor], Tensor]


class Layer(NamedTuple):
    """One layer with its norm weights folded into the matrices behind them (exact, and a pass over the tokens less)."""

    qkv: Tensor  # [(Q + 2K) D, H]
    head_scale: Tensor  # [Q + K, D]: weights of the query and key norms, the queries' with the attention scale
    out: Tensor  # [H, Q D]
    gate: Tensor  # [intermediate, H]
    up: Tensor  # [intermediate, H]
    down: Tensor  # [H, intermediate]


def init_weights(arch: Architecture, seed: int, std: float = 0.02) -> Weights:
    """Fresh float32 weights: normal matrices, unit norms; projections into the residual stream are scaled down by
    1/sqrt(2 layers) as in GPT-2, so that the variance of the stream does not grow with depth."""
    generator = torch.Generator().manual_seed(seed)
    residual_std = std / (2 * arch.num_hidden_layers) ** 0.5
    weights: Weights = {}
    for name, shape in arch.weight_shapes().items():
        if len(shape) == 1:
            weights[name] = torch.ones(shape)
        else:
            into_residual = name.endswith(("o_proj.weight", "down_proj.weight"))
            weights[name] = torch.randn(shape, generator=generator) * (residual_std if into_residual else std)
    return weights


def fold(weights: Weights, arch: Architecture) -> list[Layer]:
    """The layers in the form that `run_layers` computes with; differentiable in the weights."""
    layers = []
    for index in range(arch.num_hidden_layers):
        own = {
            name.removeprefix(prefix).removesuffix(".weight"): tensor
            for prefix in [f"model.layers.{index}."]
            for name, tensor in weights.items()
            if name.startswith(prefix)
        }
        before_attention, before_mlp = own["input_layernorm"], own["post_attention_layernorm"]
        query_scale = own["self_attn.q_norm"] * arch.head_dim**-0.5
        layers.append(
            Layer(
                qkv=torch.cat([own[f"self_attn.{x}_proj"] for x in "qkv"]) * before_attention,
                head_scale=torch.cat(
                    [
                        query_scale.expand(arch.num_attention_heads, -1),
                        own["self_attn.k_norm"].expand(arch.num_key_value_heads, -1),
                    ]
                ),
                out=own["self_attn.o_proj"],
                gate=own["mlp.gate_proj"] * before_mlp,
                up=own["mlp.up_proj"] * before_mlp,
                down=own["mlp.down_proj"],
            )
        )
    return layers


@lru_cache(maxsize=8)
def rope_tables(arch: Architecture) -> tuple[Tensor, Tensor]:
    """cos and sin of the rotary angles (RoFormer, arXiv:2104.09864), each [max_position_embeddings, 1, D].

    The first half of sin is negative, as `ops.turn` expects.
    """
    frequencies = 1.0 / arch.rope_theta ** (torch.arange(0, arch.head_dim, 2, dtype=torch.float32) / arch.head_dim)
    angles = torch.arange(arch.max_position_embeddings, dtype=torch.float32)[:, None] * frequencies
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([cos, cos], dim=-1)[:, None], torch.cat([-sin, sin], dim=-1)[:, None]


def run_layers(
    weights: Weights, arch: Architecture, layers: list[Layer], ids_M: Tensor, positions_M: Tensor, attention: Attention
) -> Tensor:
    """Hidden states [M, H] before the final norm. Raises IndexError for positions beyond max_position_embeddings."""
    cos, sin = (table.index_select(0, positions_M) for table in rope_tables(arch))
    normed_heads = arch.num_attention_heads + arch.num_key_value_heads
    x_M_H = F.embedding(ids_M, weights["model.embed_tokens.weight"])
    for index, layer in enumerate(layers):
        qkv = F.linear(Normalize.apply(x_M_H, arch.rms_norm_eps), layer.qkv).view(len(ids_M), -1, arch.head_dim)
        qk, v = qkv.split([normed_heads, arch.num_key_value_heads], dim=1)
        qk = Rotate.apply(Normalize.apply(qk, arch.rms_norm_eps) * layer.head_scale, cos, sin)
        x_M_H = x_M_H + F.linear(attention(index, torch.cat([qk, v], dim=1).flatten(1)), layer.out)
        y_M_H = Normalize.apply(x_M_H, arch.rms_norm_eps)
        inner = F.silu(F.linear(y_M_H, layer.gate)) * F.linear(y_M_H, layer.up)
        x_M_H = x_M_H + F.linear(inner, layer.down)
    return x_M_H


def final_norm(weights: Weights, arch: Architecture, x: Tensor) -> Tensor:
    return Normalize.apply(x, arch.rms_norm_eps) * weights["model.norm.weight"]


def hidden_states(weights: Weights, arch: Architecture, ids_B_T: Tensor, segments_B_T: Tensor | None = None) -> Tensor:
    """Normed hidden states [B, T, H], each position attending causally within its row.

    `segments_B_T` says which document a token belongs to, and -1 marks padding: a token then attends only to its own
    document, the runs of equal numbers in a row, and padding is not computed and gets zero states. Without segments
    every position is computed; padding on the right then changes nothing on its left.
    """
    rows, width = ids_B_T.shape
    if segments_B_T is None:
        slots_M, lengths = torch.arange(rows * width), torch.full((rows,), width)
    else:
        slots_M = (segments_B_T >= 0).flatten().nonzero().squeeze(1)
        # Numbers that differ between rows too: then the documents are the runs of equal numbers.
        highest = int(segments_B_T.max()) + 1
        unique_B_T = segments_B_T + torch.arange(rows)[:, None] * highest
        lengths = unique_B_T.flatten()[slots_M].unique_consecutive(return_counts=True)[1]
    documents = Packing.of(lengths, int(lengths.max()))
    positions_M = documents.slot_of_token_M % documents.width
    ids_M = ids_B_T.flatten()[slots_M]
    x_M_H = run_layers(weights, arch, fold(weights, arch), ids_M, positions_M, CausalRows(arch, documents))
    states_M_H = final_norm(weights, arch, x_M_H)
    if segments_B_T is not None:
        states_M_H = states_M_H.new_zeros(rows * width, arch.hidden_size).index_copy(0, slots_M, states_M_H)
    return states_M_H.view(rows, width, -1)


def completion_hidden(
    weights: Weights,
    arch: Architecture,
    prompts_P_S: Tensor,
    prompt_lengths_P: Tensor,
    completions_N_C: Tensor,
    prompt_of_N: Tensor,
    completion_lengths_N: Tensor | None = None,
) -> Tensor:
    """States [N, C, H] that predict the completions: [n, t] is the state from which completions_N_C[n, t] is drawn.

    Each prompt runs once; its completions (rows n with prompt_of_N[n] = p) attend to the prompt's keys and values and
    causally to themselves. The result and its gradients equal those of running prompt + completion rows one by one.
    Prompts and completions are right-padded and have at least one token. With `completion_lengths_N`, padding is not
    computed and its states are zero.
    """
    count, width = completions_N_C.shape
    if completion_lengths_N is None:
        completion_lengths_N = torch.full((count,), width)
    prompts = Packing.of(prompt_lengths_P, prompts_P_S.shape[1])
    # The last token of a completion predicts nothing that is asked for, so it does not run.
    completions = Packing.of(completion_lengths_N - 1, max(width - 1, 1))
    row_of_token = completions.slot_of_token_M // completions.width
    offset_of_token = completions.slot_of_token_M % completions.width

    ids_M = torch.cat([prompts_P_S.flatten()[prompts.slot_of_token_M], completions_N_C[row_of_token, offset_of_token]])
    positions_M = torch.cat(
        [
            prompts.slot_of_token_M % prompts.width,
            prompt_lengths_P[prompt_of_N][row_of_token] + offset_of_token,
        ]
    )
    attention = SharedPrompts(arch, prompts, prompt_lengths_P, completions, prompt_of_N)
    x_M_H = run_layers(weights, arch, fold(weights, arch), ids_M, positions_M, attention)

    last_token_P = prompt_lengths_P.cumsum(0) - 1
    first_states = x_M_H.index_select(0, last_token_P[prompt_of_N])
    states = final_norm(weights, arch, torch.cat([first_states, x_M_H[len(prompts.slot_of_token_M) :]]))
    slots = torch.cat([torch.arange(count) * width, row_of_token * width + offset_of_token + 1])
    return states.new_zeros(count * width, arch.hidden_size).index_copy(0, slots, states).view(count, width, -1)


def logits(weights: Weights, hidden: Tensor) -> Tensor:
    """Vocabulary logits [..., V] of hidden states [..., H]."""
    return F.linear(hidden, weights["model.embed_tokens.weight"])


def token_logprobs(
    weights: Weights, hidden_M_H: Tensor, targets_M: Tensor, *, temperature: float = 1.0, entropy: bool = False
) -> tuple[Tensor, Tensor | None]:
    """Log-probability [M] of each target under softmax(logits / temperature), and the entropy [M] in nats if wanted.

    Select the positions of interest first (`hidden[mask]`, `targets[mask]`): nothing else then meets the vocabulary.
    The entropy is a measurement and carries no gradient.
    """
    logits_M_V = logits(weights, hidden_M_H)
    log_probs_M_V = F.log_softmax(logits_M_V if temperature == 1.0 else logits_M_V / temperature, dim=-1)
    chosen_M = log_probs_M_V.gather(-1, targets_M[:, None]).squeeze(-1)
    if not entropy:
        return chosen_M, None
    with torch.no_grad():
        return chosen_M, (log_probs_M_V.exp() * log_probs_M_V).sum(-1).neg_()
