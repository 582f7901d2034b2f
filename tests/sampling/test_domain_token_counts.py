"""How many domain tokens an answer has, from what the model wrote to the table of samples."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tiny import save_tiny_model

from gradus.models.domain_tokens import FamilyIds, write_domain_tokens
from gradus.sampling.chat import ChatSampler
from gradus.sampling.conversations import Answered
from gradus.sampling.protocol import Completion
from gradus.sampling.samples import Sample, read_samples, write_samples
from gradus.sampling.stream import FINISHED, line_of, read_finished

ASKED = [{"role": "user", "content": "2*3"}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model two of whose ids are domain tokens, and one that is reserved for another family."""
    folder = tmp_path / "model"
    shutil.copytree(save_tiny_model(tmp_path).parent, folder)
    mul = FamilyIds(reserved=False, tokens={"a": 5, "b": 6})
    write_domain_tokens(folder, {"mul": mul, "spare": FamilyIds(reserved=True, tokens={"c": 7})})
    return folder


class Fixed:
    def __init__(self, completion: Completion) -> None:
        self.completion = completion

    def generate(self, prompts: Sequence[Sequence[int]], **settings: Any) -> list[Completion]:
        return [self.completion for _ in prompts]


def test_ids_are_counted_reserved_ones_too(folder: Path) -> None:
    sampler = ChatSampler(folder, Fixed(Completion([5, 9, 6, 5, 7, 2], [], "stop")))
    (answer,) = sampler.sample([ASKED], seeds=[1], max_tokens=8, temperature=0)
    assert answer.domain_tokens == {"mul": 3, "spare": 1}


def test_what_an_environment_said_is_not_counted(folder: Path) -> None:
    sampler = ChatSampler(folder, Fixed(Completion([], [], "stop")))
    said = Completion([5, 6, 6, 5, 2], [], "stop", given=((1, 3),))
    answered = Answered(said, [{"role": "assistant", "content": ""}])
    (answer,) = sampler.answers([answered], sampler.encode([ASKED]))
    assert answer.domain_tokens == {"mul": 2, "spare": 0}


def test_a_model_without_families_has_no_columns(tmp_path: Path) -> None:
    sampler = ChatSampler(save_tiny_model(tmp_path).parent, Fixed(Completion([5, 2], [], "stop")))
    (answer,) = sampler.sample([ASKED], seeds=[1], max_tokens=8, temperature=0)
    assert answer.domain_tokens == {}
    plain = [Sample("a", 0, "text", 2, "stop", 1)]
    write_samples(tmp_path / "plain.parquet", plain)
    assert "tokens" in (names := pq.read_schema(tmp_path / "plain.parquet").names)
    assert [name for name in names if name.endswith("_tokens")] == []
    assert read_samples(tmp_path / "plain.parquet") == plain


def test_the_table_has_a_column_for_each_family(tmp_path: Path) -> None:
    samples = [
        Sample("a", number, "text", 4, "stop", 1, domain_tokens={"mul": number, "units-2": 0}) for number in range(3)
    ]
    write_samples(tmp_path / "samples.parquet", samples)
    table = pq.read_table(tmp_path / "samples.parquet")
    assert table.column("mul_tokens").to_pylist() == [0, 1, 2]
    assert str(table.schema.field("units-2_tokens").type) == "int32"
    assert read_samples(tmp_path / "samples.parquet") == samples


def test_streamed_samples_keep_their_counts(tmp_path: Path) -> None:
    samples = [Sample("a", number, "text", 4, "stop", 1, domain_tokens={"mul": number}) for number in range(2)]
    (tmp_path / FINISHED).write_text(line_of(samples), encoding="utf-8")
    assert read_finished(tmp_path / FINISHED) == {"a": samples}
