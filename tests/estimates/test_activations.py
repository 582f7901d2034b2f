"""The formulas of activations against a count of the tensors that transformers' own layers hold."""

from dataclasses import replace

import pytest

from estimates.held import count
from gradus.estimates.activations import Pass, layer_bytes, logit_bytes, pass_bytes
from gradus.estimates.known import KNOWN
from gradus.estimates.shape import Shape

QWEN = KNOWN["Qwen/Qwen3-4B"]
SMALL = Shape(1000, 256, 512, 3, 8, 2, 64, tied=True)


@pytest.mark.parametrize("bf16", [True, False])
@pytest.mark.parametrize("rank", [0, 16])
def test_a_layer_saves_what_the_formula_says_to_the_byte(rank: int, bf16: bool) -> None:
    def saved(layers: int, length: int) -> int:
        return count(replace(SMALL, layers=layers), rank, bf16, False, 2, length).kept

    def by_formula(length: int) -> int:
        return layer_bytes(SMALL, Pass(2, length, bf16, False, rank))

    # What grows with the tokens: copies of weights, which do not, fall out of the difference.
    grown = (saved(3, 512) - saved(2, 512)) - (saved(3, 256) - saved(2, 256))
    assert grown == by_formula(512) - by_formula(256)


@pytest.mark.parametrize("checkpointing", [True, False])
@pytest.mark.parametrize("bf16", [True, False])
@pytest.mark.parametrize("rank", [0, 64])
def test_a_pass_of_four_layers_as_wide_as_qwen3_4b(rank: int, bf16: bool, checkpointing: bool) -> None:
    _as_counted(replace(QWEN, layers=4), rank, bf16, checkpointing, 8, 2304)


@pytest.mark.slow
@pytest.mark.parametrize("checkpointing", [True, False])
@pytest.mark.parametrize("rank", [0, 64])
@pytest.mark.parametrize(("rows", "length"), [(8, 2304), (2, 1024)])
def test_a_pass_of_qwen3_4b_at_full_size(rank: int, checkpointing: bool, rows: int, length: int) -> None:
    _as_counted(QWEN, rank, True, checkpointing, rows, length)


def _as_counted(shape: Shape, rank: int, bf16: bool, checkpointing: bool, rows: int, length: int) -> None:
    counted = count(shape, rank, bf16, checkpointing, rows, length)
    planned = pass_bytes(shape, Pass(rows, length, bf16, checkpointing, rank), scored=0)
    assert planned.activations == pytest.approx(max(counted.forward, counted.backward), rel=0.12)


def test_logits_by_hand() -> None:
    # 4096 tokens x 32768 entries x 6 bytes; 16384 tokens x 2560 x 8 bytes; 151936 x 2560 x 4 bytes.
    assert logit_bytes(QWEN, 16_384, trained=True) == 805_306_368 + 335_544_320 + 1_555_824_640
    assert logit_bytes(QWEN, 16_384, trained=False) == 805_306_368 + 335_544_320
    assert logit_bytes(SMALL, 10, trained=False) == 10 * 1000 * 6 + 10 * 256 * 8
