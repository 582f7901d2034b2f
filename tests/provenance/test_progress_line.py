"""Lines of progress are read as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.provenance.progress_line import ProgressLine

NUMBER = st.floats(0, 1e9).map(lambda value: float(f"{value:.3g}"))
METRIC = st.sampled_from(["loss", "reward", "tokens/s", "held-out loss"])


@given(
    st.builds(
        ProgressLine,
        st.sampled_from(["models/sft", "samples/dapo/pocket500", "grade"]),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
        st.sampled_from(["steps", "completions"]),
        NUMBER,
        st.integers(0, 10**6).map(float),
        st.dictionaries(METRIC, st.one_of(NUMBER, NUMBER.map(lambda value: -value)), max_size=3),
    )
)
def test_a_line_is_read_as_it_was_written(line: ProgressLine) -> None:
    assert ProgressLine.read(f"{line}\n") == line


@pytest.mark.parametrize("line", ["", "models/sft  resumes after step 2 of 8", "3/8 steps", "models/sft  3/8 steps"])
def test_other_lines_are_none(line: str) -> None:
    assert ProgressLine.read(line) is None
