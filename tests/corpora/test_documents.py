"""Documents to pretrain on: how many a model reads, what their files hold, and benchmark problems among them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from tokenizers import Tokenizer

from gradus.corpora.documents import encoded, enough, read_documents, write_documents
from gradus.corpora.generated import generated_chats, tokenizer_chats
from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.problems.contamination.index import BenchmarkIndex
from gradus.problems.contamination.search import in_training
from gradus.problems.contamination.texts import Text
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.messages import Messages
from gradus.provenance.errors import GradusError
from gradus.study.settings.models import Corpus
from gradus.study.settings.token_groups import InjectedTokens
from gradus.traces.turns import turns
from gradus.vocabulary.named import token_family

CORPUS = Corpus(flawed_share=[0.5] * 5)
CALLS = ["gradus.traces.documents"]


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> tuple[ChatTemplate, Tokenizer]:
    tokenizer = train_tokenizer((turn["content"] for chat in chats(200) for turn in chat), 300)
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(folder, tokenizer)
    return ChatTemplate.load(folder), tokenizer


def chats(count: int, seed: int = 1) -> Iterator[Messages]:
    return generated_chats(count, seed, CORPUS, [])


def test_as_many_documents_are_taken_as_have_the_tokens(tokens: tuple[ChatTemplate, Tokenizer]) -> None:
    taken = list(enough(chats(2000), *tokens, tokens=5000))
    lengths = [len(ids) for _, ids in encoded(taken, *tokens)]
    assert sum(lengths[:-1]) < 5000 <= sum(lengths)
    assert taken == list(chats(len(taken)))
    with pytest.raises(GradusError, match=r"^the documents have [0-9,]+ tokens, 5,000 are asked for$"):
        list(enough(chats(3), *tokens, tokens=5000))


def test_a_file_has_a_document_a_line(tmp_path: Path) -> None:
    path = tmp_path / "base.jsonl"
    assert write_documents(path, "base", chats(5)) == 5
    assert list(read_documents(path)) == list(chats(5))
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[4])["id"] == "base-000005"
    path.write_text(path.read_text(encoding="utf-8") + '{"id": "base-6"\n', encoding="utf-8")
    with pytest.raises(GradusError, match=r"base.jsonl:6: not a document .*; remove the file and build it again$"):
        list(read_documents(path))


def test_a_tokenizer_reads_no_flaws_and_what_is_mixed_in() -> None:
    """Models of one study share a tokenizer, whatever share of their documents is flawed."""
    plain = list(tokenizer_chats(3, CORPUS, []))
    assert len(plain) == 20_000
    assert list(generated_chats(20_000, 3, Corpus(flawed_share=[0.0] * 5), [])) == plain
    mixed = list(tokenizer_chats(3, Corpus(products=0.5, products_called=1.0), CALLS))
    assert 0.4 < sum(one != other for one, other in zip(plain, mixed, strict=True)) / 20_000 < 0.6


def test_tokens_are_injected_into_solutions_alone_and_nothing_else_is_drawn() -> None:
    inject = TypeAdapter(InjectedTokens).validate_python({"kind": "multiplication"})
    plain, injected = (list(generated_chats(300, 1, Corpus(inject=one), [])) for one in (None, inject))
    assert [chat[0] for chat in plain] == [chat[0] for chat in injected]
    said = [chat[1]["content"] for chat in injected]
    assert sum("<MUL_" in text for text in said) > 10
    family = token_family(inject)
    assert {*re.findall("<MUL[^>]*>", " ".join(said))} <= {*family.tokens}
    assert [one[1]["content"] == text for one, text in zip(plain, said, strict=True)] == [
        "<MUL_" not in t for t in said
    ]


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_a_benchmark_problem_in_either_turn_of_a_document_is_found(tmp_path: Path, role: str) -> None:
    documents = [[dict(turn) for turn in chat] for chat in chats(500)]
    problem = "Mira has 23 shells. She finds 14 more and then gives 9 of them to Jon. How many shells has Mira now?"
    (turn,) = (turn for turn in documents[321] if turn["role"] == role)
    turn["content"] = f"Remember this one. {problem} Good luck!"
    write_documents(tmp_path / "base.jsonl", "base", documents)
    index = BenchmarkIndex({"test": [Text(1, "test-1", problem)]}, {8: 0.9, 13: 0.8}, near=True)
    rows, pairs = in_training("base", turns(tmp_path / "base.jsonl"), index)
    assert rows == 500
    assert [(pair["id"], pair["other_row"], pair["other_id"]) for pair in pairs] == [("test-1", 322, "base-000322")]
