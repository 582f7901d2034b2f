"""Which rows each step learns, and when the held-out loss is measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import job_of

from gradus.provenance.errors import GradusError
from gradus.training.epochs import Epochs


@pytest.mark.parametrize(
    ("rows", "batch", "epochs", "kept", "all_of_them"),
    [
        (3_825, 32, 1, 119, 120),  # the published ablation: 3,825 traces in batches of 32
        (3_825, 32, 2, 238, 240),
        (64, 32, 3, 6, 6),
        (31, 32, 3, 0, 3),
    ],
)
def test_a_smaller_last_batch_is_a_step_or_left_out(
    rows: int, batch: int, epochs: int, kept: int, all_of_them: int
) -> None:
    assert Epochs(rows, batch, epochs, drop_last=True).steps == kept
    assert Epochs(rows, batch, epochs).steps == all_of_them


@given(
    rows=st.integers(1, 40),
    batch=st.integers(1, 12),
    count=st.integers(1, 4),
    drop_last=st.booleans(),
    every=st.none() | st.integers(1, 9),
)
def test_an_epoch_has_every_row_once_but_those_that_are_dropped(
    rows: int, batch: int, count: int, drop_last: bool, every: int | None
) -> None:
    epochs = Epochs(rows, batch, count, drop_last, every, seed=7)
    steps = [epochs.rows_of(step) for step in range(epochs.steps)]
    for epoch in range(count):
        learned = [row for step in steps[epoch * epochs.steps_each : (epoch + 1) * epochs.steps_each] for row in step]
        assert len(learned) == len(set(learned)) == epochs.rows_each == rows - (rows % batch if drop_last else 0)
    assert all(len(step) == batch for step in steps) or not drop_last
    if steps:
        ends = {epochs.steps_each * n for n in range(1, count + 1)}
        expected = ends | {n for n in range(1, epochs.steps + 1) if every and n % every == 0}
        assert {step + 1 for step in range(epochs.steps) if epochs.measures_after(step)} == expected
        assert epochs.measurements == len(expected)


def test_a_set_smaller_than_a_batch_is_refused_where_that_is_dropped(tmp_path) -> None:
    settings = job_of(tmp_path, "sft_custom", batch_size=32, drop_last=True).settings
    with pytest.raises(GradusError, match="drop_last leaves out all of 31 rows, as a batch has 32; lower batch_size"):
        Epochs.of(settings, 31)
    assert Epochs.of(settings, 33).steps_each == 1
