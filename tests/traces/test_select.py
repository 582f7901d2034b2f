"""Which of others' traces are kept: by length, by verdict, one of a row or all, and a draw that is fair."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from gradus.grading.verdict import Verdict
from gradus.provenance.errors import GradusError
from gradus.study.settings.traces import Rendering
from gradus.traces import select as module
from gradus.traces.candidate import Candidate
from gradus.traces.select import BATCH_ROWS, Selection, Tally, select

QUESTION = {"role": "user", "content": "1 + 1?"}


def candidate(name: str, *solutions: str, answer: str = "2", place: str = "", unique: bool = True) -> Candidate:
    return Candidate(name, (QUESTION,), solutions, answer, f"teacher of {name}", place or f"t.jsonl:{name}", unique)


def numbered(count: int) -> Iterator[Candidate]:
    return (candidate(str(number), f"solution {number}") for number in range(count))


def chosen(
    rows: Any, seed: int = 0, count: Any = None, keep: Any = "all", method: str = "boxed", **settings: Any
) -> tuple[list[dict[str, Any]], Tally]:
    tally = Tally()
    return select(iter(rows), Selection(Rendering(**settings), keep, [method], seed, count), tally), tally


def texts(traces: list[dict[str, Any]]) -> list[str]:
    return [trace["messages"][-1]["content"] for trace in traces]


def dropped(tally: Tally) -> dict[str, int]:
    return {reason: count for reason, count in tally.dropped.items() if count}


def test_a_trace_is_the_conversation_with_the_solution_and_its_lengths() -> None:
    traces, tally = chosen([candidate("a", "two words")], count=lambda text: len(text.split()))
    assert traces == [
        {
            "id": "a",
            "messages": [QUESTION, {"role": "assistant", "content": "two words"}],
            "answer": "2",
            "teacher": "teacher of a",
            "tokens": 2,
            "chars": 9,
        }
    ]
    assert (tally.rows, tally.solutions, dropped(tally)) == (1, 1, {})


def test_rows_without_a_solution_are_counted_by_their_reason() -> None:
    traces, tally = chosen(["no_assistant_turn", candidate("a", "x", "y"), "other_source", "other_source"])
    assert texts(traces) == ["x", "y"]
    assert (tally.rows, tally.solutions) == (4, 2)
    assert dropped(tally) == {"no_assistant_turn": 1, "other_source": 2}


def test_solutions_are_rendered_and_those_that_cannot_be_are_dropped() -> None:
    open_thought, only_thought = "<think>\nand so", "<think>\nand so\n</think>"
    traces, tally = chosen([candidate("a", open_thought, only_thought, "<think>\nhm\n</think>\n\n2")], think="strip")
    assert texts(traces) == ["2"]
    assert dropped(tally) == {"unfinished_thought": 1, "only_thought": 1}
    traces, _ = chosen([candidate("a", "It is 2.")], answer="box")
    assert texts(traces) == ["It is 2.\n\n\\boxed{2}"]


@pytest.mark.parametrize(
    ("settings", "kept", "reasons"),
    [
        ({"min_characters": 3}, ["abc", "abcd"], {"too_short": 1}),
        ({"max_characters": 3}, ["ab", "abc"], {"too_long": 1}),
        ({"min_characters": 3, "max_characters": 3}, ["abc"], {"too_short": 1, "too_long": 1}),
        ({"max_tokens": 3}, ["ab", "abc"], {"too_long": 1}),
        ({"max_tokens": 1}, [], {"too_long": 3}),
    ],
)
def test_the_bounds_of_lengths_are_within(settings: dict[str, Any], kept: list[str], reasons: dict[str, int]) -> None:
    traces, tally = chosen([candidate("a", "ab", "abc", "abcd")], count=len, **settings)
    assert texts(traces) == kept
    assert [trace["tokens"] for trace in traces] == list(map(len, kept))
    assert dropped(tally) == reasons


def test_tokens_are_a_bound_only_where_they_are_counted() -> None:
    traces, tally = chosen([candidate("a", "abcd")], max_tokens=1)
    assert (texts(traces), traces[0]["tokens"], dropped(tally)) == (["abcd"], None, {})


def test_a_length_is_that_of_the_rendered_text() -> None:
    traces, _ = chosen([candidate("a", "<think>\nlong, long\n</think>\n\n2")], think="strip", max_characters=1)
    assert (texts(traces), traces[0]["chars"]) == (["2"], 1)


GRADED = [
    candidate("a", "\\boxed{2}", "\\boxed{3}", "two", "so \\boxed{2}"),
    candidate("b", "\\boxed{2}", answer=""),
    candidate("c", "\\boxed{1}"),
    candidate("d", "\\boxed{4/2}"),
]


def test_right_answers_only() -> None:
    """Each solution with its own verdict, also behind a row whose answer nobody knows."""
    traces, tally = chosen(GRADED, correct_only=True)
    assert [(trace["id"], text) for trace, text in zip(traces, texts(traces), strict=True)] == [
        ("a", "\\boxed{2}"),
        ("a", "so \\boxed{2}"),
        ("d", "\\boxed{4/2}"),
    ]
    assert dropped(tally) == {"wrong": 2, "no_answer": 1, "answer_not_known": 1}
    everything, tally = chosen(GRADED)
    assert (len(everything), dropped(tally)) == (7, {})


def test_what_the_grader_cannot_tell_is_not_kept_as_right(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = [Verdict("2", correct, "symbolic", "timeout") for correct in (None, True, False)]

    def graded(texts: list[str], answers: list[str], methods: list[str]) -> list[Verdict]:
        assert (texts, answers, methods) == (["x", "y", "z"], ["2"] * 3, ["last_number"])
        return verdicts

    monkeypatch.setattr(module, "grade_completions", graded)
    rows = [candidate("a", "x", "y", "z")]
    traces, tally = chosen(rows, correct_only=True, method="last_number")
    assert texts(traces) == ["y"]
    assert dropped(tally) == {"unknown": 1, "wrong": 1}


@pytest.mark.parametrize("count", [0, 1, BATCH_ROWS - 1, BATCH_ROWS, BATCH_ROWS + 1, 2 * BATCH_ROWS + 3])
def test_each_row_is_graded_once_however_many_there_are(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def graded(texts: list[str], answers: list[str], methods: list[str]) -> list[Verdict]:
        sizes.append(len(texts))
        # Every third is wrong.
        return [Verdict(text, bool(int(text.split()[1]) % 3), "identity", "equal") for text in texts]

    monkeypatch.setattr(module, "grade_completions", graded)
    traces, tally = chosen(numbered(count), correct_only=True)
    assert [trace["id"] for trace in traces] == [str(number) for number in range(count) if number % 3]
    assert (tally.rows, tally.dropped["wrong"]) == (count, len(range(0, count, 3)))
    assert sum(sizes) == count
    assert max(sizes) <= BATCH_ROWS


def test_batches_are_graded_as_rows_come() -> None:
    """Memory is for what is kept only: a batch is graded before the rows after it are read."""
    read: list[int] = []

    def rows() -> Iterator[Candidate]:
        for number in range(3 * BATCH_ROWS):
            read.append(number)
            yield candidate(str(number), "\\boxed{2}")

    tally = Tally()
    selection = Selection(Rendering.model_validate({"correct_only": True}), "all", ["boxed"], 0)
    steps = module._graded(module._rendered(rows(), selection, tally), selection, tally)
    next(steps)
    assert len(read) == BATCH_ROWS


@pytest.mark.parametrize(
    ("settings", "kept", "not_chosen"),
    [
        ({}, ["long one", "short", "brief"], 0),
        ({"keep": "all"}, ["long one", "short", "brief"], 0),
        ({"keep": "first"}, ["long one"], 2),
        ({"keep": "shortest"}, ["short"], 2),  # the first of two that are as short
    ],
)
def test_one_of_a_row_or_all(settings: dict[str, Any], kept: list[str], not_chosen: int) -> None:
    traces, tally = chosen([candidate("a", "long one", "short", "brief")], **settings)
    assert texts(traces) == kept
    assert tally.dropped["not_chosen"] == not_chosen


def test_one_is_chosen_among_the_right_ones() -> None:
    traces, tally = chosen(
        [candidate("a", "\\boxed{3}", "so \\boxed{2}", "\\boxed{2}")], correct_only=True, keep="first"
    )
    assert texts(traces) == ["so \\boxed{2}"]
    assert dropped(tally) == {"wrong": 1, "not_chosen": 1}


def test_an_id_twice_is_an_error_unless_it_is_only_a_number() -> None:
    twice = [candidate("a", "x", place="t.jsonl:1"), candidate("a", "y", place="t.jsonl:2")]
    with pytest.raises(GradusError, match=r"t\.jsonl:2: the id 'a' is at t\.jsonl:1 already"):
        chosen(twice)
    traces, _ = chosen([candidate("a", text, place=f"t.jsonl:{text}", unique=False) for text in "xy"])
    assert texts(traces) == ["x", "y"]


def test_an_id_twice_is_found_across_batches() -> None:
    rows = [*numbered(BATCH_ROWS + 1), candidate("0", "again", place="here")]
    with pytest.raises(GradusError, match="here: the id '0'"):
        chosen(rows, correct_only=True)


def test_a_draw_keeps_the_order_and_repeats_by_seed() -> None:
    draws = {seed: [trace["id"] for trace in chosen(numbered(200), seed, size=20)[0]] for seed in range(5)}
    for seed, ids in draws.items():
        assert len(set(ids)) == 20
        assert ids == sorted(ids, key=int)
        assert ids == [trace["id"] for trace in chosen(numbered(200), seed, size=20)[0]]
    assert len({tuple(ids) for ids in draws.values()}) == 5
    _, tally = chosen(numbered(200), size=20)
    assert tally.dropped["not_drawn"] == 180


def test_the_draw_of_a_seed_does_not_change_between_versions() -> None:
    assert [trace["id"] for trace in chosen(numbered(30), 7, size=4)[0]] == ["3", "4", "7", "21"]


def test_the_first_are_taken_and_no_further_row_is_read() -> None:
    traces, tally = chosen(numbered(30), 7, size=4, take="first")
    assert [trace["id"] for trace in traces] == ["0", "1", "2", "3"]
    assert tally.rows == 4


@pytest.mark.parametrize("size", [1, 3, 5, 6])
def test_as_many_as_there_are_or_as_are_asked_for(size: int) -> None:
    traces, tally = chosen(numbered(5), size=size)
    assert len(traces) == min(size, 5)
    assert tally.dropped["not_drawn"] == 5 - len(traces)


@pytest.mark.parametrize(("size", "count"), [(1, 2), (1, 8), (4, 10)])
def test_every_trace_is_drawn_equally_often(size: int, count: int) -> None:
    """Over 3,000 seeds, within 4.5 standard errors each."""
    seeds, share = 3000, size / count
    drawn = Counter(trace["id"] for seed in range(seeds) for trace in chosen(numbered(count), seed, size=size)[0])
    error = (seeds * share * (1 - share)) ** 0.5
    assert all(abs(drawn[str(number)] - seeds * share) < 4.5 * error for number in range(count)), drawn


def test_the_draw_is_of_what_is_left_after_the_filters() -> None:
    rows = [candidate(str(n), f"\\boxed{{{2 + n % 2}}}") for n in range(40)]
    traces, tally = chosen(rows, correct_only=True, size=5)
    assert all(int(trace["id"]) % 2 == 0 for trace in traces)
    assert dropped(tally) == {"wrong": 20, "not_drawn": 15}
