"""Records of what a training left on the service."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.tinker.checkpoints import Checkpoint, expiry, unique

MINE = Checkpoint("org/m", 8, "tinker://r/weights/a", "tinker://r/sampler_weights/a", None, "http://here")


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    MINE.write(tmp_path)
    assert Checkpoint.read(tmp_path / "tinker.json", "org/m", "http://here") == MINE
    assert set(read_json(tmp_path / "tinker.json")) == {"base_model", "rank", "state", "sampler", "expires", "url"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_model": "org/other"}, "an adapter of org/other, but the study trains org/m"),
        ({"url": "http://there"}, "trained at http://there, but this study is at http://here"),
        ({"expires": "2020-01-01T00:00:00+00:00"}, "the service kept the weights until 2020-01-01"),
        ({"more": 1}, "not the record of a training on tinker"),
    ],
)
def test_a_record_that_is_of_no_use_is_named(changes: dict[str, object], words: str, tmp_path: Path) -> None:
    MINE.write(tmp_path)
    file = tmp_path / "tinker.json"
    write_json(file, read_json(file) | changes)
    with pytest.raises(GradusError, match=words):
        Checkpoint.read(file, "org/m", "http://here")


def test_a_record_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"tinker\.json: not the record"):
        Checkpoint.read(tmp_path / "tinker.json", "org/m", "http://here")


def test_names_differ_and_times_to_live_end_early() -> None:
    assert unique("step-0001") != unique("step-0001")
    assert unique("step-0001").startswith("step-0001-")
    left = datetime.fromisoformat(expiry(3600)) - datetime.now(UTC)
    assert 3500 < left.total_seconds() <= 3540
