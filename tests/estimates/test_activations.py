"""The formulas of activations against a count of the tensors that transformers' own layers hold."""

from dataclasses import replace

import pytest

from estimates.held import count
from gradus.estimates.activations import WHOLE_LOGITS, Computed, Pass, Tile, layer_bytes, logit_bytes, pass_bytes
from gradus.estimates.known import KNOWN
from gradus.estimates.shape import Shape
from gradus.training.torch.module.sizes import LOGITS_TOKENS

QWEN = KNOWN["Qwen/Qwen3-4B"]
QWEN_2_5 = KNOWN["Qwen/Qwen2.5-3B"]
SMALL = Shape(1000, 256, 512, 3, 8, 2, 64, tied=True)
SMALL_2_5 = replace(SMALL, heads=4, head_norms=False, attention_bias=True)
GPT2 = KNOWN["openai-community/gpt2"]
SMALL_GPT2 = replace(GPT2, vocabulary=1000, hidden=256, inner=512, layers=3, heads=8, kv_heads=8, head=32)
WAYS: list[tuple[int, Computed]] = [(0, "float32"), (0, "autocast"), (0, "bfloat16"), (64, "float32"), (64, "bfloat16")]


@pytest.mark.parametrize("small", [SMALL, SMALL_2_5, SMALL_GPT2], ids=["Qwen3", "Qwen2", "GPT-2"])
@pytest.mark.parametrize(("rank", "computed"), WAYS)
def test_a_layer_saves_what_the_formula_says_to_the_byte(rank: int, computed: Computed, small: Shape) -> None:
    def saved(layers: int, length: int) -> int:
        return count(replace(small, layers=layers), rank, computed, False, 2, length).kept

    def by_formula(length: int) -> int:
        return layer_bytes(small, Pass(2, length, computed, False, rank, len(small.projections)))

    # What grows with the tokens: copies of weights, which do not, fall out of the difference.
    grown = (saved(3, 512) - saved(2, 512)) - (saved(3, 256) - saved(2, 256))
    assert grown == by_formula(512) - by_formula(256)


@pytest.mark.parametrize("checkpointing", [True, False])
@pytest.mark.parametrize(("rank", "computed"), WAYS)
def test_a_pass_of_four_layers_as_wide_as_qwen3_4b(rank: int, computed: Computed, checkpointing: bool) -> None:
    _as_counted(replace(QWEN, layers=4), rank, computed, checkpointing, 8, 2304)


@pytest.mark.parametrize("checkpointing", [True, False])
@pytest.mark.parametrize(("rank", "computed"), WAYS)
def test_a_pass_of_gpt2(rank: int, computed: Computed, checkpointing: bool) -> None:
    _as_counted(GPT2, rank, computed, checkpointing, 8, 1024)


@pytest.mark.slow
@pytest.mark.parametrize("checkpointing", [True, False])
@pytest.mark.parametrize(("rank", "computed"), [(0, "autocast"), (64, "bfloat16")])
@pytest.mark.parametrize(("rows", "length"), [(8, 2304), (2, 1024)])
def test_a_pass_of_qwen3_4b_at_full_size(
    rank: int, computed: Computed, checkpointing: bool, rows: int, length: int
) -> None:
    _as_counted(QWEN, rank, computed, checkpointing, rows, length)


def _as_counted(shape: Shape, rank: int, computed: Computed, checkpointing: bool, rows: int, length: int) -> None:
    counted = count(shape, rank, computed, checkpointing, rows, length)
    planned = pass_bytes(shape, Pass(rows, length, computed, checkpointing, rank, len(shape.projections)), scored=0)
    assert planned.activations == pytest.approx(max(counted.forward, counted.backward), rel=0.12)


@pytest.mark.parametrize("layers", [4, pytest.param(36, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("rows", "length", "scored"), [(1, 1536, 1024), (3, 512, 511)])
@pytest.mark.parametrize(("rank", "computed"), [(0, "autocast"), (0, "bfloat16"), (64, "bfloat16")])
def test_log_probabilities_of_qwen2_5_3b_with_their_logits(
    rank: int, computed: Computed, rows: int, length: int, scored: int, layers: int
) -> None:
    """A micro-batch of the `torch` backend, to a tenth: one completion of 1,024 tokens, or three traces of 512."""
    shape = replace(QWEN_2_5, layers=layers)
    counted = count(shape, rank, computed, True, rows, length, scored)
    tile = Tile(LOGITS_TOKENS, None, WHOLE_LOGITS, whole_head=True)
    planned = pass_bytes(shape, Pass(rows, length, computed, True, rank), rows * scored, tile)
    assert planned.peak == pytest.approx(max(counted.forward, counted.backward), rel=0.1)


def test_logits_by_hand() -> None:
    # 4096 tokens x 32768 entries x 6 bytes; 16384 tokens x 2560 x 8 bytes; 151936 x 2560 x 4 bytes.
    assert logit_bytes(QWEN, 16_384, gradient=4) == 805_306_368 + 335_544_320 + 1_555_824_640
    assert logit_bytes(QWEN, 16_384, gradient=0) == 805_306_368 + 335_544_320
    assert logit_bytes(SMALL, 10, gradient=0) == 10 * 1000 * 6 + 10 * 256 * 8
    # 512 tokens x 151936 entries x 16 bytes; 1024 tokens x 2048 x 8 bytes; 151936 x 2048 x 2 bytes.
    tile = Tile(512, None, WHOLE_LOGITS)
    assert logit_bytes(QWEN_2_5, 1024, 2, tile) == 1_244_659_712 + 16_777_216 + 622_329_856
