from dataclasses import fields

import pytest

from gradus.evaluation.votes.weights import vote_weights
from gradus.provenance.errors import GradusError
from gradus.sampling.samples import Sample
from gradus.study.rewards import reward_parts
from gradus.study.settings.evaluation import Votes
from gradus.study.settings.rewards import PARTS, BlindRewards

LOOP = "so 2 + 2 = 4 " * 6
SAMPLES = [
    Sample("q", 0, r"1 + 1 = 2, so \boxed{2}", 10, "stop", 1),
    Sample("q", 1, LOOP, 40, "length", 2),
    Sample("q", 2, "two", 0, "stop", 3),
]
ANSWERS = ["2", None, None]
USUAL = reward_parts(Votes().rewards)


def weights(names, rewards=USUAL, answers=ANSWERS):
    return vote_weights(names, SAMPLES, answers, rewards, max_tokens=40)


def test_by_hand():
    assert weights(["length", "inverse_length"]) == {"length": [10, 40, 1], "inverse_length": [0.1, 0.025, 1]}
    # work .1 and short .1; and for the loop -.3 for repeating itself and -.5 for being cut
    assert weights(["reward"])["reward"] == pytest.approx([1.2, 0.4, 1.1])
    assert weights([]) == {}


def test_without_parts_the_vote_is_plain_and_it_never_counts_less_than_nothing():
    assert weights(["reward"], {})["reward"] == [1.0, 1.0, 1.0]
    harsh = reward_parts(BlindRewards.model_validate({"overlong": 5.0, "short": None}))
    assert weights(["reward"], harsh)["reward"] == [1.0, 0.0, 1.0]
    spared = reward_parts(BlindRewards.model_validate({"overlong_unanswered": 0.5}))
    assert weights(["reward"], spared, ["2", "4", None])["reward"] == [1.0, 1.0, 1.0]


def test_the_ramp_knows_the_limit_of_the_benchmark():
    ramp = reward_parts(BlindRewards.model_validate({"overlong_ramp": {"weight": 0.5, "cache": 20}}))
    assert weights(["reward"], ramp)["reward"] == [1.0, 0.5, 1.0]


@pytest.mark.parametrize("part", [name for name in PARTS if name not in BlindRewards.model_fields])
def test_parts_that_judge_the_answer_are_refused(part):
    with pytest.raises(GradusError, match=f"{part} judges the answer"):
        weights(["reward"], {part: {"weight": 1.0}})


def test_what_a_weight_sees_holds_no_known_answer():
    assert {field.name for field in fields(Sample)} == {
        "id",
        "sample",
        "text",
        "tokens",
        "finish_reason",
        "seed",
        "messages",
        "domain_tokens",
    }
    judging = {"correct", "format_penalty", "partial", "length", "random", "intermediate_steps"}
    assert set(BlindRewards.model_fields) == set(PARTS) - judging
    for part in ("short", "shows_work", "repetition", "uses_tokens"):
        # a part for wrong answers only is for all of them: whether one is wrong is not known
        blind = {part: {**reward_parts(BlindRewards.model_validate({part: 0.3}))[part], "wrong_only": True}}
        plain = {part: {**blind[part], "wrong_only": False}}
        assert weights(["reward"], blind) == weights(["reward"], plain)
