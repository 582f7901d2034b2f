"""Likelihoods by the service, with the real client, against transformers."""

from pathlib import Path

import pytest
import torch
from jobs import job_at
from serving import Server
from transformers import AutoModelForCausalLM

from gradus.sampling.likelihoods import TextReader
from gradus.sampling.tinker.reader import open_reader
from gradus.sampling.transformers.reader import TransformersReader
from model_folders import model_of

PAIRS = [
    (f"{'Tom has 3 pens. ' * n}He gives {n}", f" pens{' away' * more} and keeps {n}.")
    for n in range(1, 6)
    for more in range(3)
]


@pytest.mark.slow
def test_texts_are_as_likely_as_by_transformers_and_asked_for_once(
    server: Server, tiny_base: Path, tmp_path: Path
) -> None:
    job, model, journal = job_at(tmp_path, server.url), model_of(tiny_base / "tokenizer.json"), tmp_path / "journal"
    counted, before = [], server.finished("sample")
    found, read = open_reader(job, model, journal).measure([*PAIRS, PAIRS[0]], counted.append)
    network = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32).eval()
    expected, as_many = TextReader(tiny_base, TransformersReader(network)).measure([*PAIRS, PAIRS[0]], counted.append)
    assert [one.logprob for one in found] == pytest.approx([one.logprob for one in expected], abs=1e-2)
    assert [(one.tokens, one.cut) for one in found] == [(one.tokens, one.cut) for one in expected]
    assert read == as_many
    assert sum(counted) == 2 * (len(PAIRS) + 1)
    logprobs = [one.logprob for one in found]
    assert max(logprobs) - min(logprobs) > 1  # or a constant would pass
    assert server.finished("sample") == before + len(PAIRS)
    # a job that was killed collects what it had asked for
    again, _ = open_reader(job, model, journal).measure(PAIRS, counted.append)
    assert again == found[:-1]
    assert server.finished("sample") == before + len(PAIRS)


@pytest.mark.slow
def test_what_has_no_position_is_cut_from_the_beginning(server: Server, tiny_base: Path, tmp_path: Path) -> None:
    reader = open_reader(job_at(tmp_path, server.url), model_of(tiny_base / "tokenizer.json"), tmp_path / "journal")
    (found,), read = reader.measure([("Tom has 3 pens. " * 200, " He has 4.")], lambda _count: None)
    assert found.cut
    assert read == 511  # of 512 positions the service needs one for the token that it samples
