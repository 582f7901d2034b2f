"""Which of others' traces are kept, and how they read."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradus.grading.verdict import grade_completions
from gradus.prompts.messages import Message
from gradus.provenance.errors import GradusError
from gradus.study.settings.traces import Rendering
from gradus.traces.candidate import Candidate, Found
from gradus.traces.rendering import Unusable, rendered, rendered_before
from gradus.traces.source import Keep

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
    """

    settings: Rendering
    keep: Keep
    methods: Sequence[str]
    seed: int
    count: Count = None


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

    Solutions are rendered, filtered by length, graded where `correct_only` is set, and one of a row is kept (or all);
    of what is left `size` are drawn, each equally likely. Memory is for what is kept only.
    Raises GradusError for a duplicate id.
    """
    traces = _chosen(_graded(_rendered(found, selection, tally), selection, tally), selection.keep, tally)
    size = selection.settings.size
    return list(traces) if size is None else _drawn(traces, size, random.Random(f"{selection.seed}/traces"), tally)


@dataclass
class _Good:
    """A row with those of its solutions that are still good, each as text and number of tokens. `before` are the
    messages before it.
    """

    candidate: Candidate
    before: list[Message]
    texts: list[tuple[str, int | None]]


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
                text = rendered(solution, candidate.answer, settings.think, settings.box, settings.answer_tags)
            except Unusable as reason:
                tally.dropped[str(reason)] += 1
                continue
            tokens = None if count is None else count(text)
            reason = _length_reason(text, tokens, settings)
            if reason is None:
                good.texts.append((text, tokens))
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
    pairs = [(text, row.candidate.answer) for row in batch for text, _ in row.texts if row.candidate.answer]
    texts, references = [text for text, _ in pairs], [reference for _, reference in pairs]
    verdicts = iter(grade_completions(texts, references, methods))
    for row in batch:
        kept = []
        for text, tokens in row.texts:
            reason = "answer_not_known"
            if row.candidate.answer:
                verdict = next(verdicts)
                if verdict.correct:
                    kept.append((text, tokens))
                    continue
                reason = "no_answer" if verdict.answer is None else "wrong" if verdict.correct is False else "unknown"
            tally.dropped[reason] += 1
        if kept:
            yield _Good(row.candidate, row.before, kept)


def _chosen(rows: Iterable[_Good], keep: Keep, tally: Tally) -> Iterator[dict[str, Any]]:
    for row in rows:
        texts = row.texts
        if keep == "shortest":
            texts = [min(texts, key=lambda pair: len(pair[0]))]
        elif keep == "first":
            texts = texts[:1]
        tally.dropped["not_chosen"] += len(row.texts) - len(texts)
        for text, tokens in texts:
            yield {
                "id": row.candidate.id,
                "messages": [*row.before, {"role": "assistant", "content": text}],
                "answer": row.candidate.answer,
                "teacher": row.candidate.teacher,
                "tokens": tokens,
                "chars": len(text),
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
