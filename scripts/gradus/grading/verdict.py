"""The verdict on a completion, and which of many answers are the same vote.

Layers that cost microseconds run here, in the calling process. If they cannot decide, a worker process with SymPy is
asked, within a budget of CPU time and memory. Verdicts on pairs of texts are cached.
"""

import time
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat

from gradus.grading.bounded.messages import Question
from gradus.grading.bounded.pool import ask, warm_up
from gradus.grading.choices import as_letter
from gradus.grading.compare import Judgement, Layer
from gradus.grading.equivalence import (
    MEMORY,
    Parsed,
    forget_in_process,
    in_process,
    judge_in_process,
    parse_cached,
)
from gradus.grading.extraction import extract_answer
from gradus.grading.literal import same_text
from gradus.grading.reference import Reference

ITEM_SECONDS = 1.7
"""The most wall-clock time that a single verdict takes once workers can start, however busy the machine is and whatever
is killed. The start itself, which imports SymPy, does not count: a first verdict is the same as a second one."""

BATCH_SECONDS = 60.0
"""The same for a verdict of a batch or a vote: far more than the budget of CPU time takes on the busiest machine, so
that rewards and tables depend on the answers and not on the machine's load."""

MAX_QUESTIONS = 40
MAX_TIMEOUTS = 4
"""How many questions workers are asked for one vote, and how many of them may stay undecided, before the remaining
answers count as different."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`correct` None is undecided; `reason` then says why: `timeout`, `memory`, `worker_died`, `too_long`,
    `not_understood`, `undecided`, ... Else it is `equal`, `different` or `no_answer`. `layer` is who decided."""

    answer: str | None
    correct: bool | None
    layer: Layer
    reason: str


def grade(text: str, reference: str | Parsed, methods: Sequence[str] = ("boxed",)) -> Verdict:
    """Judge a completion against the reference answer."""
    answer = extract_answer(text, methods)
    return NO_ANSWER if answer is None else grade_answer(answer, reference)


def grade_answer(answer: str, reference: str | Parsed) -> Verdict:
    """Judge an answer that was already extracted from its completion."""
    text = reference.text if isinstance(reference, Parsed) else reference
    return _verdict(answer, _judge(answer, text))


def grade_answers(pairs: Iterable[tuple[str | None, str | Reference]], jobs: int = 1) -> list[Verdict]:
    """Verdicts on (answer, reference answer) pairs in their order; None is no answer.

    What an answer to a choice names is told by its letter, in the verdict too.

    Unlike single calls it waits for BATCH_SECONDS. `jobs` is the number of concurrent comparisons in workers.
    """
    pairs = [(_read(answer, reference), reference) for answer, reference in pairs]
    judged: dict[tuple[str, str | Reference], Judgement] = {}
    expensive: list[tuple[str, str]] = []
    for answer, reference in pairs:
        if answer is not None and (answer, reference) not in judged:
            if isinstance(reference, Reference):
                judged[answer, reference] = _SAME if same_text(answer, reference.answer) else _DIFFERENT
                continue
            judged[answer, reference] = quick = judge_in_process(answer, reference)
            if quick.equal is None:
                expensive.append((answer, reference))
    if expensive:
        from concurrent.futures import ThreadPoolExecutor  # here, as it loads `logging` and most batches need no worker

        warm_up()
        with ThreadPoolExecutor(jobs) as threads:
            judged.update(zip(expensive, threads.map(_judge, *zip(*expensive), repeat(BATCH_SECONDS))))
    return [NO_ANSWER if answer is None else _verdict(answer, judged[answer, known]) for answer, known in pairs]


def _read(answer: str | None, reference: str | Reference) -> str | None:
    if answer is None or isinstance(reference, str) or reference.form != "choice":
        return answer
    return as_letter(answer, reference.options)


def grade_completions(
    texts: Sequence[str], references: Sequence[str | Reference], methods: Sequence[str] = ("boxed",), jobs: int = 1
) -> list[Verdict]:
    """`grade` for many completions, see `grade_answers`."""
    answers = [extract_answer(text, methods) for text in texts]
    return grade_answers(zip(answers, references, strict=True), jobs)


def forget() -> None:
    """Clear the caches of verdicts and parsed answers."""
    forget_in_process()
    _remembered.clear()


_SAME, _DIFFERENT = Judgement(True, "identity", "equal"), Judgement(False, "identity", "different")

NO_ANSWER = Verdict(None, False, "extraction", "no_answer")

_remembered: dict[tuple[str, str], Judgement] = {}  # judgements of workers that asking again would not change


def same(a: str, b: str) -> Judgement:
    """The judgement of all layers on two answers: symmetric, and within ITEM_SECONDS of the workers' start."""
    return _judge(a, b)


def _judge(a: str, b: str, seconds: float = ITEM_SECONDS) -> Judgement:
    quick = judge_in_process(a, b)
    if quick.equal is not None:
        return quick
    a, b = sorted((a, b))
    if (a, b) in _remembered:
        return _remembered[a, b]
    if not _worth_asking(parse_cached(a), parse_cached(b)):
        return quick
    warm_up()
    answer = ask(Question("symbolic", a, b), time.monotonic() + seconds)
    judgement = Judgement(answer.equal, "symbolic", answer.reason)
    if answer.final:
        if len(_remembered) >= MEMORY:
            _remembered.clear()
        _remembered[a, b] = judgement
    return judgement


def _worth_asking(a: Parsed, b: Parsed) -> bool:
    """SymPy compares trees, so both answers must have one."""
    return a.tree is not None and b.tree is not None


def _verdict(answer: str, judgement: Judgement) -> Verdict:
    return Verdict(answer, judgement.equal, judgement.layer, judgement.reason)


def group_equivalent(answers: Sequence[str | None]) -> list[int]:
    """A group number per answer, 0.. in order of first appearance; -1 for no answer (None or blank).

    Answers with equal keys are one group, which takes one parse per distinct text. Then groups are compared, each by
    its shortest answer with that of each group before it, in an order that does not depend on the order of `answers`:
    so the groups depend on the answers only. Workers are asked at most MAX_QUESTIONS times.
    """
    parsed = {answer: parse_cached(answer) for answer in answers if answer is not None}
    by_key: dict[Hashable, Parsed] = {}
    for each in sorted(parsed.values(), key=_rank):
        if each.kind != "empty":
            by_key.setdefault(each.key, each)
    head_of = _merge(list(by_key.values()))
    numbers: dict[Hashable, int] = {}
    groups = []
    for answer in answers:
        key = None if answer is None else parsed[answer].key
        groups.append(numbers.setdefault(head_of[key], len(numbers)) if key in head_of else -1)
    return groups


def _merge(representatives: Sequence[Parsed]) -> dict[Hashable, Hashable]:
    """For each key the key of the first representative that is the same answer."""
    heads: list[Parsed] = []
    head_of: dict[Hashable, Hashable] = {}
    limited = _LimitedQuestions()
    for each in representatives:
        found = next((head for head in heads if limited.same(head, each)), None)
        if found is None:
            heads.append(each)
        head_of[each.key] = (found or each).key
    return head_of


class _LimitedQuestions:
    """Compares the answers of a vote with a limited number of questions to workers: 64 answers make 2,016 pairs."""

    def __init__(self) -> None:
        self.questions, self.timeouts = MAX_QUESTIONS, MAX_TIMEOUTS

    def same(self, a: Parsed, b: Parsed) -> bool:
        quick = in_process(a, b, vote=True)
        if quick.equal is not None or not _worth_asking(a, b):
            return quick.equal is True
        if self.questions == 0 or self.timeouts == 0:
            return False
        if self.questions == MAX_QUESTIONS:
            warm_up()
        self.questions -= 1
        judgement = _judge(a.text, b.text, BATCH_SECONDS)
        self.timeouts -= judgement.equal is None
        return judgement.equal is True


def _rank(answer: Parsed) -> tuple[int, str]:
    return len(answer.text), answer.text
