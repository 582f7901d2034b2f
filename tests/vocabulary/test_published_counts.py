"""Counts of multiplication tokens against those that a published study of GPT-2 has of its own answers, if present.

It counted the ids of whole answers, of 256 tokens nearly all, and keeps the first 500 characters of their texts.
"""

import json
from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer

from gradus.vocabulary.counts import TokenCounter
from gradus.vocabulary.kinds.multiplication import MultiplicationTokens
from gradus.vocabulary.named import token_family
from published_tokenizers import published

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "domain_tokens_published_outputs.jsonl"
pytestmark = pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published answers are not beside this checkout")

KEPT_CHARACTERS = 500


@pytest.fixture(scope="module")
def gpt2():
    """GPT-2's tokenizer with the 45 tokens, and what counts them."""
    tokenizer = Tokenizer.from_file(str(published("gpt2") / "tokenizer.json"))
    tokens = token_family(MultiplicationTokens()).tokens
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in tokens])
    return tokenizer, TokenCounter({"mul": frozenset(tokenizer.token_to_id(token) for token in tokens)})


@pytest.fixture(scope="module")
def rows():
    found = [json.loads(line) for line in PUBLISHED.read_text(encoding="utf-8").splitlines()]
    return [row for row in found if "mul_tokens" in row]


def test_counts_are_equal_where_the_whole_answer_is_there(gpt2, rows):
    tokenizer, counter = gpt2
    ids = [tokenizer.encode(row["response"], add_special_tokens=False).ids for row in rows]
    counts = [counter.counts(one)["mul"] for one in ids]
    different = [(r, one, n) for r, one, n in zip(rows, ids, counts, strict=True) if n != r["mul_tokens"]]
    assert (len(rows), sum(map(bool, counts)), len(different)) == (400, 34, 5)
    for row, one, count in different:  # the rest of its tokens is in the text that was not kept
        assert len(row["response"]) == KEPT_CHARACTERS
        assert 0 < row["mul_tokens"] - count <= row["num_tokens"] - len(one)


def test_an_answer_that_repeats_its_last_line_to_the_limit_has_the_published_count(gpt2, rows):
    tokenizer, counter = gpt2
    loops = [row for row in rows if row["mul_tokens"] > 16 and "####" not in row["response"]]
    assert len(loops) == 3
    for row in loops:
        *lines, _ = row["response"].splitlines(keepends=True)
        whole = "".join([*lines, *lines[-1:] * 50])
        ids = tokenizer.encode(whole, add_special_tokens=False).ids[: row["num_tokens"]]
        assert counter.counts(ids) == {"mul": row["mul_tokens"]}
