import random

import pytest

from gradus.problems.operands import draw_pairs, pairs_within
from gradus.provenance.errors import GradusError


def test_no_more_pairs_than_there_are():
    assert len(set(draw_pairs(random.Random(0), 81, [1]))) == 81
    with pytest.raises(GradusError, match="there are no 82 pairs"):
        draw_pairs(random.Random(0), 82, [1])
    bounds = [[8, 9], [2, 9]]
    assert len(set(pairs_within(random.Random(0), 16, bounds))) == 16
    with pytest.raises(GradusError, match="there are no 17 pairs of numbers from 8 to 9 and 2 to 9"):
        pairs_within(random.Random(0), 17, bounds)
