"""What a rank holds of other ranks' shards: FSDP2 gathers the parameters of a unit, a decoder layer, while it computes,
and those of the root unit (embeddings, last norm, output projection) for the whole of a pass.

Units are gathered in the precision of the pass, gradients are there in it until they are summed over the ranks in
float32 (`MixedPrecisionPolicy`; Zhao et al. 2023, arXiv:2304.11277, section 4).
"""

from dataclasses import dataclass

from gradus.estimates.shape import Shape

UNITS = 3
"""Of a layer's size: the one in use, the next, and the buffer that it arrives in."""

SUMMED = 4
"""Bytes of a number whose sum is taken over the ranks."""


@dataclass(frozen=True)
class Gathered:
    """Bytes while layers compute, while the loss does, and when the root's gradients are summed, at a pass's end."""

    in_layers: int = 0
    at_head: int = 0
    at_end: int = 0

    @property
    def most(self) -> int:
        return max(self.in_layers, self.at_head, self.at_end)


def gathered_in_pass(shape: Shape, ranks: int, number: int, trained: bool) -> Gathered:
    """Of a pass whose numbers are of so many bytes; `trained`: weights have gradients, not an adapter beside them."""
    if ranks == 1:
        return Gathered()
    root, layer = shape.embeddings * number, shape.matrices // shape.layers * number
    if not trained:
        return Gathered(root + UNITS * layer, root)
    summed = SUMMED + SUMMED / ranks  # what goes into the sum, and this rank's part of it
    in_sum = round(layer / number * summed)
    root_sum = round(shape.embeddings * summed)
    return Gathered(2 * root + (UNITS + 1) * layer + in_sum, 2 * root, 2 * root + root_sum)


def copied_for_rollouts(shape: Shape, ranks: int, number: int, stored: int, adapter: int, overlap: bool) -> int:
    """Of weights, for rollouts by the model that trains; an `adapter` has so many bytes, 0 where all parameters train.

    All of them in the numbers that rollouts compute in, where they are sharded, since a token would else gather every
    layer, and where they are `stored` in others. Where rollouts overlap with the update, what is trained as it is.
    """
    if ranks > 1:
        return number * shape.parameters + adapter
    if overlap:
        return adapter or stored * shape.parameters
    return number * shape.parameters if number != stored else 0
