"""Counts of domain tokens by their ids."""

from gradus.vocabulary.counts import TokenCounter


def test_counts_by_family() -> None:
    counter = TokenCounter({"mul": frozenset({7, 8}), "units": frozenset({9})})
    assert counter.counts([1, 7, 8, 7, 2]) == {"mul": 3, "units": 0}
    assert counter.counts([]) == {"mul": 0, "units": 0}


def test_a_model_without_families_counts_nothing() -> None:
    assert TokenCounter({}).counts([1, 2]) == {}
