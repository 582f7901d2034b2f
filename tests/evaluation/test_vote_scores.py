"""Votes from samples, against values by hand."""

import pytest

from evaluation.made_votes import GREEDY, QUESTIONS, greedy_of, summary
from gradus.evaluation.votes import estimates as vote_estimates
from gradus.evaluation.votes.scores import QuestionVotes
from gradus.grading.verdict import group_equivalent
from gradus.provenance.errors import GradusError
from gradus.statistics.intervals import wilson


def test_values_by_hand() -> None:
    result = summary()
    assert (result["n"], result["samples"], [at["k"] for at in result["ks"]]) == (3, 4, [1, 2, 4])
    one, two, four = result["ks"]
    assert one["maj"]["questions"] == pytest.approx([3 / 4, 1 / 4, 0])
    assert one["maj"]["value"] == pytest.approx((3 / 4 + 1 / 4) / 3)
    # pairs of q0: 3 unanimous, 3 tied; of q1: alone with the blank 1, tied 2, outvoted or absent 3
    assert two["maj"]["questions"] == pytest.approx([(3 + 1.5) / 6, (1 + 1) / 6, 0])
    assert two["maj"]["value"] == pytest.approx(((3 + 1.5) / 6 + (1 + 1) / 6) / 3)
    assert four["maj"] == {
        "value": pytest.approx(1 / 3),
        "ci95": pytest.approx(wilson(1, 3)),
        "method": "exact",
        "error": 0.0,
        "questions": [1, 0, 0],
    }
    assert four["weighted"] == {}
    assert result["ids"] == ["q0", "q1", "q2"]
    assert result["correct"] == [3, 1, 0]
    assert result["greedy"] == {
        "value": pytest.approx(2 / 3),
        "ci95": pytest.approx(wilson(2, 3)),
        "samples": 1,
        "temperature": 0.0,
        "questions": [1, 1, 0],
    }
    assert "greedy" not in summary(greedy=None)


def test_one_sample_is_always_counted_as_what_votes_are_compared_with() -> None:
    assert [at["k"] for at in summary(ks=[4])["ks"]] == [1, 4]


LENGTHS = [[1, 1, 1, 9], [9, 1, 1, 1], [1, 1, 1, 1]]
WEIGHED = [
    QuestionVotes(q.id, q.groups, q.correct, {"length": w, "inverse_length": [1 / x for x in w]})
    for q, w in zip(QUESTIONS, LENGTHS)
]


def test_weighted_values_by_hand() -> None:
    plain, one, _, four = summary(), *summary(questions=WEIGHED)["ks"]
    assert [at["maj"] for at in plain["ks"]] == [at["maj"] for at in summary(questions=WEIGHED)["ks"]]
    assert one["weighted"]["length"]["value"] == pytest.approx(one["maj"]["value"], abs=1e-12)
    # all four: the long sample outweighs the other three, wrongly in q0 and rightly in q1
    assert four["weighted"]["length"]["questions"] == [0, 1, 0]
    assert four["weighted"]["inverse_length"]["questions"] == [1, 0, 0]
    assert four["weighted"]["length"]["method"] == "exact"


def test_a_monte_carlo_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vote_estimates, "BUDGET_OPERATIONS", 0)
    estimated = summary(questions=WEIGHED, seed=3)
    assert estimated == summary(questions=WEIGHED, seed=3)
    assert estimated != summary(questions=WEIGHED, seed=4)
    two, exact = estimated["ks"][1]["maj"], 13 / 36  # as by hand above
    assert two["method"] == "monte_carlo"
    assert 0 < abs(two["value"] - exact) < 5 * two["error"]


@pytest.mark.parametrize(
    ("marks", "right"),
    [
        ([True, False, False], False),  # the first alone said so before: right by the order of the samples
        ([False, True, True], True),
        ([True, True, False], True),
        ([True, False], False),  # half is not more than half
        ([True, True], True),
    ],
)
def test_a_mixed_group_is_judged_by_the_majority_of_its_members(marks: list[bool], right: bool) -> None:
    for order in (marks, marks[::-1]):
        question = QuestionVotes("q", [0] * len(order), order)
        assert question.correct_groups() == ({0} if right else set())
        assert question.mixed_groups() == (0 < sum(marks) < len(marks))


def test_mixed_groups_are_counted_and_vote_as_one() -> None:
    # 3 of 5 samples in a group of which 2 are right, 2 in another; of all 5 the first group wins, and is right
    mixed = QuestionVotes("q0", [0, 0, 0, 1, 1], [False, True, True, False, False])
    # counted apart, 2 right ones would tie with the 2 of the other group, and 1 / 2 be scored
    plain = QuestionVotes("q1", [0, 0, -1, -1, 1], [True, True, False, False, False])
    result = summary(questions=[mixed, plain], ks=[5], greedy=None)
    assert (result["groups"], result["mixed_groups"]) == (4, 1)
    assert result["ks"][-1]["maj"]["questions"] == [1, 1]
    # one sample of the mixed group scores as its group does, 3 of 5, where pass@1 is 2 of 5
    assert result["ks"][0]["maj"]["questions"] == pytest.approx([3 / 5, 2 / 5])
    assert result["correct"] == [2, 2]


def test_answers_of_one_group_can_be_judged_apart() -> None:
    """Why there are mixed groups at all: what the grader cannot tell, such as a timeout, counts as not right."""
    groups = group_equivalent(["1/2", "0.5", "2/4"])
    assert len(set(groups)) == 1
    assert QuestionVotes("q", groups, [True, False, True]).mixed_groups() == 1


def test_bad_input_is_named() -> None:
    with pytest.raises(GradusError, match="grpo on aime: no questions"):
        summary(questions=[])
    with pytest.raises(GradusError, match=r"k = 5 needs 1\.\.4"):
        summary(ks=[5])
    with pytest.raises(GradusError, match="question q9 has 1 samples"):
        summary(questions=[*QUESTIONS, QuestionVotes("q9", [0], [True])])
    with pytest.raises(GradusError, match="made has no question q2; score the samples again"):
        summary(greedy=greedy_of({"q0": [True], "q1": [True]}))


def test_votes_on_some_questions_are_beside_the_answers_to_the_same_ones() -> None:
    marks = {f"q{i}": [i in (1, 7)] for i in range(1500)}
    result = summary(greedy=greedy_of(marks))
    assert (result["n"], result["benchmark_n"], result["greedy"]["value"]) == (3, 1500, pytest.approx(1 / 3))


def test_avg_at_k_in_place_of_greedy() -> None:
    several = greedy_of({f"q{i}": [True, False] for i in range(3)})
    assert summary(greedy=several, greedy_temperature=0.6)["greedy"]["value"] == 0.5
    assert summary(greedy=GREEDY)["greedy"]["temperature"] == 0
