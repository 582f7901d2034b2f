import signal
import threading
import time
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.bounded.processes import fork_servers
from gradus.grading import verdict as module
from gradus.grading.bounded.messages import Answer
from gradus.grading.bounded.pool import warm_up
from gradus.grading.compare import Judgement
from gradus.grading.equivalence import parse_answer
from gradus.grading.verdict import (
    BATCH_SECONDS,
    ITEM_SECONDS,
    NO_ANSWER,
    Verdict,
    forget,
    grade,
    grade_answer,
    grade_answers,
    grade_completions,
    group_equivalent,
    same,
)
from made_clock import MadeClock


@pytest.fixture(autouse=True, scope="module")
def _warm():
    warm_up()


@pytest.mark.parametrize(
    ("text", "gold", "answer", "correct"),
    [
        ("12+7=19\n\\boxed{19}", "19", "19", True),
        ("12+7=18\n\\boxed{18}", "19", "18", False),
        (r"\boxed{1+x}", "x+1", "1+x", True),
        (r"\boxed{\sin^2 x+\cos^2 x}", "1", r"\sin^2 x+\cos^2 x", True),
    ],
)
def test_verdicts(text, gold, answer, correct):
    verdict = grade(text, gold)
    assert (verdict.answer, verdict.correct) == (answer, correct)
    assert verdict.reason == ("equal" if correct else "different")
    assert grade(text, parse_answer(gold)) == verdict


@pytest.mark.parametrize("text", ["The answer is 19", r"\boxed{}"])
def test_no_answer_is_never_right(text):
    assert grade(text, "19") == NO_ANSWER == Verdict(None, False, "extraction", "no_answer")
    assert grade(text, "") == NO_ANSWER


def test_too_long_to_judge():
    verdict = grade_answer("1+" * 60_000 + "1", "60001")
    assert (verdict.correct, verdict.reason) == (None, "too_long")


def test_methods_are_passed_on():
    assert grade("The answer is 19", "19", ("boxed", "answer_is")).correct is True
    assert grade_completions(["The answer is 19", "?"], ["19", "1"], ("answer_is",)) == [
        grade("The answer is 19", "19", ("answer_is",)),
        NO_ANSWER,
    ]


def test_a_batch_says_what_single_calls_say():
    pairs = [("1+x", "x+1"), ("2", "3"), (None, "3"), ("1+x", "x+1"), (r"e^{\ln 3x}", "3x"), ("?!", "3")]
    singly = [NO_ANSWER if answer is None else grade_answer(answer, gold) for answer, gold in pairs]
    forget()
    assert grade_answers(pairs) == singly
    assert grade_answers(iter(pairs), jobs=3) == singly
    assert grade_answers([]) == []


def test_a_machine_too_busy_for_a_single_verdict_changes_none_of_a_batch():
    pairs = [(r"\sqrt[n]{2x+2}", r"(2x+2)^{\frac{1}{n}}"), (r"\log_2(x^2)", r"2\log_2 |x|")]
    undisturbed = grade_answers(pairs)
    assert [(verdict.layer, verdict.correct) for verdict in undisturbed] == [("symbolic", True)] * 2
    (server,) = fork_servers()
    forget()
    server.send_signal(signal.SIGSTOP)
    assert grade_answer(*pairs[0]).reason == "timeout"
    threading.Timer(0.5, server.send_signal, [signal.SIGCONT]).start()
    assert grade_answers(pairs) == undisturbed


@pytest.fixture
def clock(monkeypatch) -> MadeClock:
    made = MadeClock()
    monkeypatch.setattr(module, "time", made)
    return made


def test_the_start_of_workers_is_no_part_of_the_time(monkeypatch, clock):
    def answered_late(question, deadline):
        assert deadline == clock.now + ITEM_SECONDS
        return Answer(True, "equal", final=True)

    forget()
    monkeypatch.setattr(module, "warm_up", lambda: clock.sleep(30))
    monkeypatch.setattr(module, "ask", answered_late)
    begin = clock.now
    assert grade_answer(r"\log_2(x^2)", r"2\log_2 |x|").correct
    assert clock.now == begin + 30


def test_a_batch_waits_for_longer(monkeypatch, clock):
    def answered(question, deadline):
        assert deadline == clock.now + BATCH_SECONDS
        return Answer(True, "equal", final=True)

    forget()
    monkeypatch.setattr(module, "ask", answered)
    assert grade_answers([(r"\log_2(x^2)", r"2\log_2 |x|")])[0].correct


def test_workers_are_not_asked_twice(monkeypatch, clock):
    asked = []

    def counted(question, deadline):
        asked.append(question)
        assert deadline == clock.now + ITEM_SECONDS
        return Answer(None, "timeout", final=len(asked) > 1)

    monkeypatch.setattr(module, "ask", counted)
    monkeypatch.setattr(module, "_worth_asking", lambda a, b: True)
    monkeypatch.setattr(module, "in_process", lambda a, b, vote=False: Judgement(None, "structure", "undecided"))
    forget()
    monkeypatch.setattr(module, "judge_in_process", lambda a, b: Judgement(None, "structure", "undecided"))
    pair = (r"\sin(\cos(\tan(x+1)))", r"\zeta(x)")
    for _ in range(4):
        assert grade_answer(*pair).reason == "timeout"
        assert grade_answer(*pair[::-1]).reason == "timeout"
    # The first answer was not final (a worker died, say); the second one is cached.
    assert len(asked) == 2
    forget()


def test_groups():
    answers = ["15", None, "15.0", r"\frac{1}{2}", "", "0.5", "x+1", "1 + x", "x + 1", "16"]
    assert group_equivalent(answers) == [0, -1, 0, 1, -1, 1, 2, 2, 2, 3]
    assert group_equivalent([]) == []


def test_groups_do_not_depend_on_the_order():
    answers = ["15", "15.0", r"\sin^2 x", r"1-\cos^2 x", "1,2", "2,1", "(1,2)", "x=3", "3", "y=3", "1-\\cos^2(x)"]
    sets = set()
    for seed in range(20):
        shuffled = Random(seed).sample(answers, len(answers))
        together: dict[int, set[str]] = {}
        for answer, group in zip(shuffled, group_equivalent(shuffled)):
            together.setdefault(group, set()).add(answer)
        sets.add(frozenset(map(frozenset, together.values())))
    assert len(sets) == 1


def test_wild_votes_are_bounded(monkeypatch):
    asked = []

    def never(question, deadline):
        asked.append(question)
        return Answer(None, "undecided", final=True)

    monkeypatch.setattr(module, "ask", never)
    monkeypatch.setattr(module, "_worth_asking", lambda a, b: True)
    monkeypatch.setattr(module, "in_process", lambda a, b, vote=False: Judgement(None, "structure", "undecided"))
    forget()
    monkeypatch.setattr(module, "judge_in_process", lambda a, b: Judgement(None, "structure", "undecided"))
    answers = [rf"\zeta({index})+\Gamma(x)" for index in range(30)]
    assert len(group_equivalent(answers)) == 30
    assert len(asked) <= module.MAX_QUESTIONS
    forget()


VOTES = st.sampled_from(["1", "1.0", "2/2", "(1,2)", "(1, 2)", "x", "y", "", "1/2", "0.5", "2x", "x+x"]) | st.none()


@settings(deadline=None)
@given(st.lists(VOTES))
def test_groups_agree_with_verdicts(answers):
    groups = group_equivalent(answers)
    for (a, group_a), (b, group_b) in permutations(zip(answers, groups), 2):
        together = bool(a and b) and same(a, b).equal is True
        assert (group_a == group_b != -1) == together


def test_many_votes_are_fast():
    answers = [rf"\frac{{{index % 700}}}{{7}}" for index in range(2000)]
    forget()
    begin = time.process_time()
    groups = group_equivalent(answers)
    assert time.process_time() - begin < 10
    assert max(groups) == 699
