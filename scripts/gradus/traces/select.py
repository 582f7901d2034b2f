"""Which of others' traces are kept, and how they read."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from gradus.grading.verdict import grade_completions
from gradus.prompts.messages import Message
from gradus.provenance.errors import GradusError
from gradus.study.settings.traces import Rendering
from gradus.traces.candidate import Candidate, Found
from gradus.traces.injected import with_tokens
from gradus.traces.rendering import Unusable, rendered, rendered_before
from gradus.traces.source import Keep
from gradus.vocabulary.inject import Injector, unchanged

Turns = Callable[[str], Sequence[Message]]
"""The turns that a solution is, of which the last is the model's. Raises Unusable."""


def one_turn(solution: str) -> Sequence[Message]:
    return [{"role": "assistant", "content": solution}]


Count = Callable[[str], int] | None
"""Tokens of a text, where they are counted."""

BATCH_ROWS = 512
"""Rows whose solutions are graded at a time."""


@dataclass(frozen=True)
class Selection:
    """By what traces are chosen.

    settings: the set's filters, and how its solutions read.
    keep: which of a row's solutions that pass the filters become traces.
    methods: how answers are found, where solutions are graded.
    count: tokens of a text, where the set counts them.
    turns: what a solution becomes once it is chosen.
    inject: what is done to the assistant's words.
    """

    settings: Rendering
    keep: Keep
    methods: Sequence[str]
    seed: int
    count: Count = None
    turns: Turns = one_turn
    inject: Injector = unchanged


@dataclass
class Tally:
    """What became of the rows: `dropped` counts solutions by reason, and rows that have none to keep. `unused` are the
    keys of rows and turns that are not read.
    """

    rows: int = 0
    solutions: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    unused: set[str] = field(default_factory=set)


def select(found: Found, selection: Selection, tally: Tally) -> list[dict[str, Any]]:
    """The traces to keep, in the order of the rows, with `tally` brought up to date.

    Solutions are rendered, filtered by length, graded where `correct_only` is set, and one of a row is kept (or all).
    Of what is left `size` are drawn, each equally likely, or the first are taken and no further row is read. Memory is
    for what is kept only.
    Raises GradusError for a duplicate id.
    """
    traces = _chosen(_graded(_rendered(found, selection, tally), selection, tally), selection, tally)
    size = selection.settings.size
    if size is None or selection.settings.take == "first":
        return list(islice(traces, size))
    return _drawn(traces, size, random.Random(f"{selection.seed}/traces"), tally)


@dataclass(frozen=True)
class _Text:
    """A solution, as it is graded, and how it reads with what is injected, with the number of tokens of that."""

    plain: str
    said: str
    tokens: int | None


@dataclass
class _Good:
    """A row with those of its solutions that are still good. `before` are the messages before it."""

    candidate: Candidate
    before: list[Message]
    texts: list[_Text]


def _rendered(found: Found, selection: Selection, tally: Tally) -> Iterator[_Good]:
    settings, count = selection.settings, selection.count
    places: dict[str, str] = {}
    for candidate in found:
        tally.rows += 1
        if isinstance(candidate, str):
            tally.dropped[candidate] += 1
            continue
        if candidate.unique and (first := places.setdefault(candidate.id, candidate.place)) != candidate.place:
            raise GradusError(
                f"{candidate.place}: the id {candidate.id!r} is at {first} already; remove one, or make ids unique"
            )
        tally.solutions += len(candidate.solutions)
        tally.unused |= candidate.unused
        try:
            before = _before(candidate, settings.think)
        except Unusable as reason:
            tally.dropped[str(reason)] += len(candidate.solutions)
            continue
        good = _Good(candidate, before, [])
        for solution in candidate.solutions:
            try:
                text = rendered(solution, candidate.answer, settings.think, settings.answer)
            except Unusable as reason:
                tally.dropped[str(reason)] += 1
                continue
            said = selection.inject(text)
            tokens = None if count is None else count(said)
            reason = _length_reason(said, tokens, settings)
            if reason is None:
                good.texts.append(_Text(text, said, tokens))
            else:
                tally.dropped[reason] += 1
        if good.texts:
            yield good


def _before(candidate: Candidate, think: str) -> list[Message]:
    return [
        m | {"content": rendered_before(m["content"], think)} if m["role"] == "assistant" else m
        for m in candidate.messages
    ]


def _length_reason(text: str, tokens: int | None, settings: Rendering) -> str | None:
    if len(text) < settings.min_characters:
        return "too_short"
    long = settings.max_characters is not None and len(text) > settings.max_characters
    long |= settings.max_tokens is not None and tokens is not None and tokens > settings.max_tokens
    return "too_long" if long else None


def _graded(rows: Iterable[_Good], selection: Selection, tally: Tally) -> Iterator[_Good]:
    if not selection.settings.correct_only:
        yield from rows
        return
    batch: list[_Good] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= BATCH_ROWS:
            yield from _right(batch, selection.methods, tally)
            batch = []
    yield from _right(batch, selection.methods, tally)


def _right(batch: list[_Good], methods: Sequence[str], tally: Tally) -> Iterator[_Good]:
    known = [row for row in batch if row.candidate.answer]
    texts = [text.plain for row in known for text in row.texts]
    references = [row.candidate.reference or row.candidate.answer for row in known for _ in row.texts]
    verdicts = iter(grade_completions(texts, references, methods))
    for row in batch:
        kept = []
        for text in row.texts:
            reason = "answer_not_known"
            if row.candidate.answer:
                verdict = next(verdicts)
                if verdict.correct:
                    kept.append(text)
                    continue
                reason = "no_answer" if verdict.answer is None else "wrong" if verdict.correct is False else "unknown"
            tally.dropped[reason] += 1
        if kept:
            yield _Good(row.candidate, row.before, kept)


def _chosen(rows: Iterable[_Good], selection: Selection, tally: Tally) -> Iterator[dict[str, Any]]:
    keep = selection.keep
    for row in rows:
        texts = row.texts
        if keep == "shortest":
            texts = [min(texts, key=lambda text: len(text.said))]
        elif keep == "first":
            texts = texts[:1]
        tally.dropped["not_chosen"] += len(row.texts) - len(texts)
        for text in texts:
            try:
                turns = selection.turns(text.plain)
            except Unusable as reason:
                tally.dropped[str(reason)] += 1
                continue
            yield {
                "id": row.candidate.id,
                "messages": with_tokens([*row.before, *turns], selection.inject),
                "answer": row.candidate.answer,
                "teacher": row.candidate.teacher,
                "tokens": text.tokens,
                "chars": len(text.said),
            }


def _drawn(traces: Iterable[dict[str, Any]], size: int, rng: random.Random, tally: Tally) -> list[dict[str, Any]]:
    """`size` of the traces in their order, all of them where there are fewer (reservoir sampling)."""
    kept: list[tuple[int, dict[str, Any]]] = []
    for number, trace in enumerate(traces):
        if len(kept) < size:
            kept.append((number, trace))
            continue
        tally.dropped["not_drawn"] += 1
        if (slot := rng.randrange(number + 1)) < size:
            kept[slot] = (number, trace)
    return [trace for _, trace in sorted(kept, key=lambda pair: pair[0])]
