"""Log-probabilities of given texts: by either network what the whole model says, and how texts are split and cut."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from tiny import save_tiny_model
from transformers import AutoModelForCausalLM

from gradus.models.tokenizer import load_tokenizer
from gradus.provenance.errors import GradusError
from gradus.sampling.likelihoods import Continued, LikelihoodEngine, Progress, TextReader
from gradus.sampling.torch.reader import TorchReader
from gradus.sampling.transformers.reader import TransformersReader

PAIRS = [
    (f"{'Tom has 3 pens. ' * n}He gives {n}", f" pens{' away' * more} and keeps {n}.")
    for n in range(1, 6)
    for more in range(3)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model")).parent


def by_transformers(folder: Path) -> TransformersReader:
    return TransformersReader(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval())


ENGINES = {"torch": TorchReader, "transformers": by_transformers}


@pytest.mark.parametrize("name", ENGINES)
def test_the_log_probability_is_that_of_the_whole_model(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradus.sampling.torch.reader.READ_TOKENS", 200)
    monkeypatch.setattr("gradus.sampling.transformers.reader.PREFILL_TOKENS", 200)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer, counted = load_tokenizer(folder), []
    found, read = TextReader(folder, ENGINES[name](folder)).measure(PAIRS, counted.append)
    expected, lengths = [], []
    for context, continuation in PAIRS:
        ids, begin = tokenizer.encode(context + continuation).ids, len(tokenizer.encode(context).ids)
        with torch.no_grad():
            logprobs = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
        expected.append(sum(float(logprobs[place - 1, ids[place]]) for place in range(begin, len(ids))))
        lengths.append((len(ids) - begin, False))
    assert [one.logprob for one in found] == pytest.approx(expected, abs=1e-4)
    assert [(one.tokens, one.cut) for one in found] == lengths
    assert max(expected) - min(expected) > 1  # or a constant would pass
    assert sum(counted) == len(PAIRS)
    assert read == sum(len(tokenizer.encode(context + continuation).ids) for context, continuation in PAIRS)


class Recorded:
    """Tells of no model what it is asked."""

    def __init__(self, positions: int = 1000) -> None:
        self.positions, self.asked = positions, []

    def logprobs(self, texts: Sequence[Continued], on_progress: Progress) -> list[float]:
        self.asked += texts
        on_progress(len(texts))
        return [-1.0] * len(texts)


def nothing(_count: int) -> None:
    pass


def test_space_at_the_end_of_a_text_is_the_continuations(folder: Path) -> None:
    engine, tokenizer = Recorded(), load_tokenizer(folder)
    TextReader(folder, engine).measure([("Tom has ", "3 pens"), ("Tom has", " 3 pens")], nothing)
    first, second = engine.asked
    assert first == second
    assert tokenizer.decode(list(first.continuation)) == " 3 pens"


@pytest.mark.parametrize("name", ENGINES)
def test_what_has_no_position_is_cut_from_the_beginning(name: str, folder: Path) -> None:
    engine: LikelihoodEngine = ENGINES[name](folder)
    assert engine.positions == 513
    text = ("Tom has 3 pens. " * 200, " He has 4.")
    (found,), read = TextReader(folder, engine).measure([text], nothing)
    assert found.cut
    assert read == 513
    recorded = Recorded(513)
    TextReader(folder, recorded).measure([text], nothing)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    (asked,) = recorded.asked
    with torch.no_grad():
        logprobs = model(torch.tensor([asked.ids[:-1]])).logits[0].double().log_softmax(-1)
    places = range(len(asked.context), 513)
    expected = sum(float(logprobs[place - 1, asked.ids[place]]) for place in places)
    assert found.logprob == pytest.approx(expected, abs=1e-4)


def test_an_option_longer_than_the_model_is_one_line(folder: Path) -> None:
    with pytest.raises(
        GradusError, match=r"an option has \d+ tokens, and the model takes 9 after a text; take a model"
    ):
        TextReader(folder, Recorded(positions=10)).measure([("Tom has", " pens" * 30)], nothing)
