"""Pretraining on a text as it is planned: GPT-2 on 10 billion tokens, on one GPU and on eight."""

from pathlib import Path

import pytest

from gradus.estimates.asked import Machine
from gradus.estimates.resources import expected
from gradus.estimates.shapes import shape_of
from gradus.estimates.study_specs import StudySpecs
from gradus.estimates.table import as_text, memory_rows
from gradus.graph.graph import Graph, study_specs

STUDY = Path(__file__).resolve().parents[2] / "config" / "domain_tokens_pretrain.yaml"
H100 = 80 * 10**9


@pytest.fixture(scope="module")
def study() -> StudySpecs:
    return study_specs(Graph.read(STUDY))


def test_the_published_run_is_planned(study: StudySpecs) -> None:
    assert shape_of(study, "base").parameters == 124_475_904 + 45 * 768
    assert shape_of(study, "mul") == shape_of(study, "base")
    asked = expected(study.specs["models/base.json"], study, Machine())
    # 6 * 124.5 million * 10 billion operations at 150 * 10^12 a second.
    assert asked.gpus == 1
    assert 13 < (asked.expected or 0) / 3600 < 15
    tokens = study.specs["shards/base.json"].settings.tokens
    assert tokens == 19_073 * 524_288 + 1


def test_the_table_says_what_fits_and_what_to_lower(study: StudySpecs) -> None:
    rows = {row.name: row for row in memory_rows(study, H100, 1)}
    base = rows["models/base"]
    assert base.fits
    assert base.memory is not None
    assert base.memory.weights == pytest.approx(4 * 124_510_464)
    assert base.memory.optimizer == 2 * base.memory.weights
    small = {row.name: row for row in memory_rows(study, 24 * 10**9, 1)}["models/base"]
    assert (small.fits, small.lower) == (False, (("micro_batch", 8),))
    assert "models/base: does not fit; it would with micro_batch: 8" in as_text([small], 24 * 10**9)
