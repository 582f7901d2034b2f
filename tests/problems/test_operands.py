import random

import pytest

from gradus.problems.operands import draw_pairs
from gradus.provenance.errors import GradusError


def test_no_more_pairs_than_there_are():
    assert len(set(draw_pairs(random.Random(0), 81, [1]))) == 81
    with pytest.raises(GradusError, match="there are no 82 pairs"):
        draw_pairs(random.Random(0), 82, [1])
