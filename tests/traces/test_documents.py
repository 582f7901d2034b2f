"""Documents with calls of tools among those of a corpus."""

import re
from itertools import islice

from gradus.problems.pocket.chain import Chain
from gradus.problems.pocket.splits import part_of
from gradus.prompts.messages import Messages
from gradus.study.settings.models import Corpus
from gradus.traces.documents import with_products

PLAIN: Messages = [{"role": "user", "content": "1 + 1?"}, {"role": "assistant", "content": "\\boxed{2}"}]


def mixed(count: int, share: float, called: float, seed: int = 0) -> list[Messages]:
    corpus = Corpus(products=share, products_called=called)
    return list(islice(with_products([PLAIN] * count, seed, corpus), count))


def chain_of(chat: Messages) -> Chain:
    """By the numbers of the question and what is done in its steps."""
    numbers = [int(number) for number in re.findall(r"\d+", chat[0]["content"])]
    steps = [turn["content"] for turn in chat[1:] if turn["role"] == "assistant"]
    signs = re.findall(r"\d([-+*])\d", "\n".join(steps))
    return Chain(numbers[0], tuple(zip(signs, numbers[1:], strict=True)))


def test_no_share_leaves_the_documents() -> None:
    assert mixed(50, 0.0, 1.0) == [PLAIN] * 50


def test_shares_are_of_documents_and_of_products() -> None:
    chats = mixed(2000, 0.6, 0.3)
    products = [chat for chat in chats if chat != PLAIN]
    called = [chat for chat in products if len(chat) > 2]
    assert 0.55 < len(products) / 2000 < 0.65
    assert 0.25 < len(called) / len(products) < 0.35
    assert {len(chat) for chat in called} == {4, 6}  # a call and its result, or two
    assert mixed(2000, 0.6, 0.3) == chats != mixed(2000, 0.6, 0.3, seed=1)


def test_no_problem_is_of_the_evaluation_split() -> None:
    for chat in mixed(400, 1.0, 0.5):
        assert part_of(chain_of(chat)) == "train"
        assert chat[-1]["content"].endswith(f"\\boxed{{{chain_of(chat).answer}}}")
