"""How completions are dealt to passes by the tokens that are computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.training.torch.module.passes import padded_passes, shared_passes
from gradus.training.torch.network import Part

GROUPS = st.lists(
    st.tuples(st.integers(1, 30), st.lists(st.integers(1, 40), min_size=1, max_size=6)), min_size=1, max_size=8
)


def shared_size(one: list[Part], prompts: list[int], completions: list[list[int]]) -> int:
    return sum(prompts[group] + sum(completions[group][place] - 1 for place in places) for group, places in one)


def padded_size(one: list[Part], prompts: list[int], completions: list[list[int]]) -> int:
    rows = [prompts[group] + completions[group][place] for group, places in one for place in places]
    return len(rows) * max(rows)


@pytest.mark.parametrize(("passes", "size"), [(shared_passes, shared_size), (padded_passes, padded_size)])
@given(GROUPS, st.integers(1, 200))
def test_every_completion_is_in_one_pass_of_no_more_tokens_than_asked_for(passes, size, groups, most) -> None:
    prompts, completions = [prompt for prompt, _ in groups], [lengths for _, lengths in groups]
    found = passes(prompts, completions, most)
    dealt = sorted((group, place) for one in found for group, places in one for place in places)
    assert dealt == [(group, place) for group, lengths in enumerate(completions) for place in range(len(lengths))]
    for one in found:
        alone = sum(len(places) for _, places in one) == 1
        assert alone or size(one, prompts, completions) <= most


def test_a_group_is_whole_where_it_fits_and_in_parts_where_it_does_not() -> None:
    prompts, completions = [10, 4], [[21, 21], [3, 5]]
    assert shared_passes(prompts, completions, 60) == [[(0, range(2)), (1, range(2))]]
    assert shared_passes(prompts, completions, 50) == [[(0, range(2))], [(1, range(2))]]
    assert shared_passes(prompts, completions, 49) == [[(0, [0]), (1, range(2))], [(0, [1])]]
