"""Answers token by token: the engine's, and their text in pieces."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from tiny import save_tiny_model
from transformers import AutoModelForCausalLM

from gradus.models.domain_tokens import FamilyIds, write_domain_tokens
from gradus.models.tokenizer import load_tokenizer
from gradus.provenance.errors import GradusError
from gradus.sampling.dialogue import Dialogue, Said
from gradus.sampling.protocol import Decoding
from gradus.sampling.transformers.engine import TransformersEngine
from gradus.sampling.transformers.streaming import stream
from gradus.study.settings.truncation import WHOLE

PROMPTS = [[5, 6, 7], [9, 8, 7, 6, 5, 4], [11]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model")).parent


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_they_are_the_engines_own(folder: Path, temperature: float) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    decoding = Decoding(24, temperature, [2, *range(20, 40)], top_p=0.9)
    found = TransformersEngine(model).generate(PROMPTS, seeds=[1, 2, 3], decoding=decoding)
    for seed, (prompt, completion) in enumerate(zip(PROMPTS, found, strict=True), start=1):
        assert list(stream(model, prompt, seed, decoding)) == completion.token_ids
    with pytest.raises(GradusError, match="has 512 tokens, the model takes 1 to 511"):
        next(stream(model, [5] * 512, 1, decoding))
    assert len(list(stream(model, [5] * 509, 1, Decoding(24, 0.0, [])))) == 3


def saying(folder: Path, text: str, end: bool = True) -> Dialogue:
    ids = load_tokenizer(folder).encode(text).ids

    def made(prompt: Sequence[int], seed: int, decoding: Decoding) -> Iterator[int]:
        yield from ids[: decoding.max_tokens]
        if end:
            yield decoding.stop_ids[0]

    return Dialogue(folder, made, "Be short.")


@pytest.mark.parametrize("text", ["2 + 3 = 5", "é ∑ 🙂 x", " and so on\n"])
def test_pieces_are_whole_characters_and_make_the_text(folder: Path, text: str) -> None:
    dialogue, said = saying(folder, text), Said()
    pieces = [piece.text for piece in dialogue.ask("Well?", said, 0, 99, 0.7, WHOLE)]
    assert "".join(pieces) == said.text == text
    assert len(pieces) > 1
    assert not any("\ufffd" in piece for piece in pieces)
    assert said.ended
    dialogue.keep("Well?", said)
    assert [message["role"] for message in dialogue.messages] == ["system", "user", "assistant"]
    dialogue.begin_anew()
    assert dialogue.messages == [{"role": "system", "content": "Be short."}]


def test_domain_tokens_are_told_from_others_and_counted(folder: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(folder)
    (token,) = set(tokenizer.encode("7").ids)
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    write_domain_tokens(tmp_path, {"sevens": FamilyIds(reserved=False, tokens={"7": token})})
    said = Said()
    pieces = list(saying(tmp_path, "7 + 17", end=False).ask("Well?", said, 0, 99, 0.7, WHOLE))
    assert [(piece.text, piece.family) for piece in pieces if piece.family] == [("7", "sevens")] * 2
    assert (said.counts, said.ended) == ({"sevens": 2}, False)
