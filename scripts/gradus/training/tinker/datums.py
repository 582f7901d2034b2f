"""Examples and rollouts as the service reads them: position i of the input predicts target i, the token after it."""

from collections.abc import Sequence

import torch
from tinker import Datum, ModelInput

from gradus.specs.training import GrpoSpec
from gradus.training.algorithm import load_algorithm
from gradus.training.batches import Example
from gradus.training.groups import Group
from gradus.training.step_batch import StepBatch


def datum(ids: list[int], inputs: dict[str, list[float]]) -> Datum:
    """A datum of these tokens; `inputs` of its loss have a value for each token but the first."""
    # The SDK makes tensors of lists, which its types do not say.
    return Datum(ModelInput.from_ints(ids[:-1]), {"target_tokens": ids[1:], **inputs})  # ty: ignore[invalid-argument-type]


def sft_datum(example: Example, divisor: int) -> Datum:
    """An example with weights on the assistant's tokens only.

    The service adds the losses of all tokens up; a weight of 1 / `divisor`, the number of tokens that the batch learns,
    makes that their mean, so that clipping the gradient means what it means elsewhere. 1 leaves it the sum.
    """
    ids, mask = example
    return datum(ids, {"weights": [float(flag) / divisor for flag in mask[1:]]})


def token_advantages(
    batch: StepBatch,
    settings: GrpoSpec,
    reference: Sequence[Sequence[float]] | None = None,
) -> list[list[float]]:
    """What the service multiplies each token's ratio with: its completion's advantage, as its share of the loss.

    The service adds tokens up and has no other normalisation, so the factor of the one that was asked for
    (`PolicyLoss`) is in here. `reference`: for each completion the log-probabilities under the policy of the start. The
    service's losses have no KL penalty; as in its cookbook, minus kl_coef times log(policy / reference), centred over
    the batch, is added to the advantages. Its gradient is that of the KL divergence in expectation. Where the
    reference is a teacher, what it says of a token is added instead, as the algorithm has it.
    """
    completions = [c for group in batch.groups for c in group.completions]
    advantages = [advantage for row in batch.advantages for advantage in row]
    lengths = [len(c.token_ids) for c in completions]
    rows = [[advantage] * length for advantage, length in zip(advantages, lengths, strict=True)]
    algorithm = load_algorithm(settings.algorithm)
    if reference is not None and algorithm.token_advantages is not None:
        added = (
            algorithm.token_advantages(torch.tensor(c.logprobs), torch.tensor(known)).tolist()
            for c, known in zip(completions, reference, strict=True)
        )
        rows = [[a + more for a, more in zip(row, gains, strict=True)] for row, gains in zip(rows, added, strict=True)]
    elif reference is not None:
        gaps = [
            [ours - theirs for ours, theirs in zip(c.logprobs, known, strict=True)]
            for c, known in zip(completions, reference, strict=True)
        ]
        mean = sum(map(sum, gaps)) / sum(lengths)
        rows = [
            [advantage - settings.kl_coef * (gap - mean) for advantage, gap in zip(row, gap_row, strict=True)]
            for row, gap_row in zip(rows, gaps, strict=True)
        ]
    shares = {
        "sequence": [1 / (batch.completions * max(length, 1)) for length in lengths],
        "token": [1 / batch.tokens for _ in lengths],
        "constant": [1 / (batch.completions * settings.max_tokens) for _ in lengths],
    }[settings.normalisation]
    return [[advantage * share for advantage in row] for row, share in zip(rows, shares, strict=True)]


def rollout_datums(groups: Sequence[Group], advantages: Sequence[Sequence[float]]) -> list[Datum]:
    """A datum for each completion; prompts have no advantage, so nothing is learned from them."""
    completions = [(group.prompt_ids, c) for group in groups for c in group.completions]
    data = []
    for (prompt, completion), row in zip(completions, advantages, strict=True):
        ids = [*prompt, *completion.token_ids]
        before = [0.0] * (len(prompt) - 1)
        data.append(datum(ids, {"logprobs": before + completion.logprobs, "advantages": [*before, *row]}))
    return data
