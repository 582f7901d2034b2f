import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.models.tokenizer import train_tokenizer
from gradus.problems.pocket.chain import LARGEST, Chain, draw_chain
from gradus.problems.pocket.corpus import documents
from gradus.problems.pocket.families import FAMILIES
from gradus.problems.pocket.generate import generate_problems
from gradus.problems.pocket.reading import read_chain
from gradus.problems.pocket.wording import Scene, draw_scene, family_named, render
from gradus.provenance.errors import GradusError

KINDS = ("start", "add", "subtract", "double", "ask")


@pytest.mark.parametrize(("one", "other"), list(combinations(FAMILIES.values(), 2)))
def test_families_share_no_name_item_or_frame(one, other):
    assert not set(one.women + one.men) & set(other.women + other.men)
    assert not set(one.items) & set(other.items)
    frames = [{frame for kind in KINDS for frame in getattr(family, kind)} for family in (one, other)]
    assert not frames[0] & frames[1]


@pytest.mark.parametrize("family", FAMILIES.values())
def test_frames_are_one_sentence_with_the_numbers_they_need(family):
    for kind in KINDS:
        for frame in getattr(family, kind):
            assert frame[-1] in ".?"
            assert not {".", "?"} & set(frame[:-1])
            assert frame.count("{n}") == (kind in ("start", "add", "subtract"))


def test_rewording_uses_known_words_only():
    def words(family):
        frames = " ".join(frame for kind in KINDS for frame in getattr(family, kind))
        return {word.strip(".?,").lower() for word in frames.split() if "{" not in word}

    assert words(FAMILIES["reworded"]) <= words(FAMILIES["familiar"])


def test_rewording_is_about_as_long():
    # A small model counts steps by distance: longer sentences would measure that instead of the wording.
    def words_a_text(family):
        problems = generate_problems(name="x", split="train", size=500, levels=(1, 3, 5), family=family, seed=0)
        return sum(len(problem.problem.split()) for problem in problems) / len(problems)

    assert words_a_text("reworded") == pytest.approx(words_a_text("familiar"), rel=0.1)


def test_familiar_words_outnumber_the_vocabulary():
    # Were each a token of its own, the pieces that unseen words are spelled in would never have been learned.
    texts = [text for pair in documents(3000, 0, flawed_share=[0.0] * 5, flaws={}) for text in pair]
    tokenizer = train_tokenizer(texts, 512)
    assert tokenizer.get_vocab_size() == 512
    familiar = FAMILIES["familiar"]
    for words in (familiar.women + familiar.men, familiar.items):
        pieces = [len(tokenizer.encode(f" {word}").tokens) for word in words]
        assert sum(count > 1 for count in pieces) / len(words) > 0.25
        assert max(pieces) <= 4


def test_known_rendering():
    scene = Scene("Mia", "apples", {"they": "she", "They": "She", "them": "her", "their": "her"})
    chain = Chain(12, (("+", 7), ("*", 2), ("-", 4)))
    assert render(chain, scene, family_named("familiar"), random.Random(1)) == (
        "Mia has 12 apples. Then 7 are found. Then she doubles her apples. Mia drops 4. "
        "How many apples does Mia have now?"
    )


@given(seed=st.integers(0, 10**9), level=st.sampled_from(sorted(LARGEST)), family=st.sampled_from(sorted(FAMILIES)))
def test_reading_undoes_rendering(seed, level, family):
    rng = random.Random(seed)
    chain = draw_chain(rng, level, LARGEST[level])
    text = render(chain, draw_scene(rng, FAMILIES[family]), FAMILIES[family], rng)
    assert read_chain(text) == chain
    assert "{" not in text
    # One sentence a step, an opening and a question.
    assert sum(text.count(mark) for mark in ".?") == level + 2


@pytest.mark.parametrize("text", ["", "What is 1+1?", "Mia has 3 apples. She eats 2. How many apples are there now?"])
def test_other_texts_are_not_read(text):
    with pytest.raises(GradusError):
        read_chain(text)


def test_unknown_family_is_named():
    with pytest.raises(GradusError, match=r"'odd' is unknown; choose one of familiar"):
        family_named("odd")
