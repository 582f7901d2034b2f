"""What each sample's vote counts, by name: the weights of `votes.weights` in a study.

A weight is worked out from the sample alone. A `Sample` holds no known answer, and nothing else reaches a weight, so
none can read it: a weight that did would choose the right answer wherever it was drawn, and its maj@k would be pass@k.
"""

from collections.abc import Callable, Mapping, Sequence

from gradus.sampling.samples import Sample

Weight = Callable[[Sample], float]

WEIGHTS: Mapping[str, Weight] = {
    # Longer reasoning counts more: Y. Fu et al., "Complexity-based prompting", arXiv:2210.00720 (2022).
    "length": lambda sample: float(max(1, sample.tokens)),
    # Shorter reasoning counts more: M. Hassid et al., "Don't overthink it", arXiv:2505.17813 (2025).
    "inverse_length": lambda sample: 1.0 / max(1, sample.tokens),
}


def vote_weights(names: Sequence[str], samples: Sequence[Sample]) -> dict[str, list[float]]:
    """Name -> one weight a sample, at least 0, in the order of the samples."""
    return {name: [WEIGHTS[name](sample) for sample in samples] for name in names}
