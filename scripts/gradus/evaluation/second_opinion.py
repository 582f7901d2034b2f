"""Other graders on the same completions: how far a study's accuracies depend on the grader, and on which answers.

Each grader gets the whole completion, as in the tables that are made with it, and looks for the answer by itself: where
it looks is as much a part of a grader as how it compares.
"""

import csv
import io
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path

from gradus.evaluation import plain_graders
from gradus.evaluation.opinions import BenchmarkOpinions, Disagreement, Opinion
from gradus.evaluation.verdicts import Verdicts
from gradus.grading.bounded.messages import Question
from gradus.grading.bounded.pool import ask, warm_up
from gradus.provenance.errors import GradusError
from gradus.sampling.samples import Sample

Grader = Callable[[str, str], bool | None]
Pair = tuple[str, str]
"""The reference answer and the completion."""

OURS = "gradus"
COLUMNS = ("benchmark", "grader", "completions", "gradus", "other", "gold", "answer", "ending")

_ITEM_SECONDS = 5.0
_SHOWN_CHARACTERS = 300
_WORDS = {True: "right", False: "wrong", None: "unknown"}


def math_verify(reference: str, completion: str) -> bool | None:
    """math-verify in a worker process that its budget bounds; None where it cannot tell."""
    return ask(Question("math_verify", reference, completion), time.monotonic() + _ITEM_SECONDS).equal


GRADERS: dict[str, Grader] = {
    "math_verify": math_verify,
    "prm800k": plain_graders.prm800k,
    "math_paper": plain_graders.math_paper,
    "last_number": plain_graders.last_number,
    "exact": plain_graders.exact,
}


@dataclass(frozen=True)
class Graded:
    """Samples with the verdicts of this project, one entry a sample in every list.

    answers: what was found in the text, None for nothing. correct: None where the grader could not tell.
    """

    ids: list[str]
    texts: list[str]
    answers: list[str | None]
    correct: list[bool | None]


def joined(runs: Sequence[Graded]) -> Graded:
    """Those of all training runs of an experiment."""
    columns = {field.name: [value for run in runs for value in getattr(run, field.name)] for field in fields(Graded)}
    return Graded(**columns)


def with_texts(verdicts: Verdicts, samples: Iterable[Sample]) -> Graded:
    """Join verdicts with the samples that they are of. Raises GradusError where one of them is missing."""
    texts = {(sample.id, sample.sample): sample.text for sample in samples}
    missing = next((key for key in zip(verdicts.ids, verdicts.samples) if key not in texts), None)
    if missing is not None:
        raise GradusError(
            f"{verdicts.source}: question {missing[0]}, sample {missing[1]} is not among the samples; "
            f"delete {Path(verdicts.source).name} so that they are graded again"
        )
    found = [texts[key] for key in zip(verdicts.ids, verdicts.samples)]
    return Graded(verdicts.ids, found, verdicts.answers, verdicts.correct)


def second_opinions(
    cells: Mapping[tuple[str, str], Graded],
    references: Mapping[str, Mapping[str, str]],
    *,
    experiments: Sequence[str],
    pairs: int,
    judged: Callable[[int], None] = lambda count: None,
) -> list[BenchmarkOpinions]:
    """What `second_opinion.json` says of each benchmark, in the order of `references`.

    cells: graded samples by (experiment, benchmark). references: per benchmark, reference answers by problem id. pairs:
    how many distinct pairs of a reference answer and a completion are judged of a benchmark at most. judged: is called
    with the number of pairs that were judged.

    Questions are taken in a random but fixed order, each with the completions of all experiments, so that accuracies
    are of the same questions. Shares are of `covered`, the completions among these pairs; unknown is not right.
    `agreement` is the share of covered completions that are right for both or for neither.
    """
    if pairs:
        warm_up("math_verify")
    found = []
    for benchmark, known in references.items():
        here = {name: cells[name, benchmark] for name in experiments if (name, benchmark) in cells}
        found.append(_benchmark(benchmark, here, known, pairs, judged))
    return found


def count_pairs(
    cells: Mapping[tuple[str, str], Graded], references: Mapping[str, Mapping[str, str]], pairs: int
) -> int:
    """How many pairs `second_opinions` will judge."""
    every = (_pairs([v for (_, name), v in cells.items() if name == b], known) for b, known in references.items())
    return sum(min(pairs, len(counts)) for counts in every)


def _pairs(graded: Sequence[Graded], known: Mapping[str, str]) -> Counter[Pair]:
    """How often each pair occurs, in the order in which they are judged."""
    rows = [(identifier, text) for each in graded for identifier, text in zip(each.ids, each.texts)]
    rows.sort(key=lambda row: sha256(row[0].encode()).digest())
    return Counter((known[identifier], text) for identifier, text in rows)


def _benchmark(
    name: str, graded: Mapping[str, Graded], known: Mapping[str, str], limit: int, judged: Callable[[int], None]
) -> BenchmarkOpinions:
    counts = _pairs(list(graded.values()), known)
    chosen = list(counts)[:limit]
    opinions: dict[Pair, dict[str, bool | None]] = {}
    for pair in chosen:
        opinions[pair] = {grader: ask_grader(*pair) for grader, ask_grader in GRADERS.items()}
        judged(1)
    answers: dict[Pair, str | None] = {}
    for each in graded.values():
        for identifier, text, answer, correct in zip(each.ids, each.texts, each.answers, each.correct):
            pair = (known[identifier], text)
            if pair in opinions:
                opinions[pair].setdefault(OURS, correct)
                answers.setdefault(pair, answer)
    covered = sum(counts[pair] for pair in chosen)
    return {
        "benchmark": name,
        "completions": counts.total(),
        "covered": covered,
        "found_alike": _found_alike(answers, counts),
        "distinct_pairs": len(counts),
        "pairs": len(chosen),
        "graders": {grader: _grader(grader, opinions, counts, covered) for grader in GRADERS},
        "accuracy": {experiment: _accuracies(each, known, opinions) for experiment, each in graded.items()},
        "disagreements": _disagreements(opinions, counts, answers),
    }


def _found_alike(answers: Mapping[Pair, str | None], counts: Counter[Pair]) -> int:
    """Completions whose last number is that of the answer which was found in them."""
    same = plain_graders.last_number
    return sum(counts[pair] for pair, answer in answers.items() if answer is not None and same(answer, pair[1]))


def _grader(
    name: str, opinions: Mapping[Pair, Mapping[str, bool | None]], counts: Counter[Pair], covered: int
) -> Opinion:
    same = sum(counts[pair] for pair, said in opinions.items() if (said[name] is True) == (said[OURS] is True))
    unknown = sum(counts[pair] for pair, said in opinions.items() if said[name] is None)
    return {"agreement": same / covered if covered else None, "unknown": unknown}


def _accuracies(
    graded: Graded, known: Mapping[str, str], opinions: Mapping[Pair, Mapping[str, bool | None]]
) -> dict[str, float | None]:
    """`n` covered samples of an experiment, and the share of them that each grader calls right."""
    right, n = Counter[str](), 0
    for identifier, text in zip(graded.ids, graded.texts):
        said = opinions.get((known[identifier], text))
        if said is not None:
            n += 1
            right.update(name for name, correct in said.items() if correct)
    return {"n": n} | {name: right[name] / n if n else None for name in (OURS, *GRADERS)}


def _disagreements(
    opinions: Mapping[Pair, Mapping[str, bool | None]], counts: Counter[Pair], answers: Mapping[Pair, str | None]
) -> list[Disagreement]:
    rows: list[Disagreement] = [
        {
            "grader": name,
            "completions": counts[pair],
            "gradus": _WORDS[said[OURS]],
            "other": _WORDS[said[name]],
            "gold": _clip(pair[0]),
            "answer": _clip(answers[pair] or ""),
            "ending": pair[1][-_SHOWN_CHARACTERS:],
        }
        for pair, said in opinions.items()
        for name in GRADERS
        if (said[name] is True) != (said[OURS] is True)
    ]
    order = list(GRADERS)
    return sorted(
        rows,
        key=lambda row: (
            *(-row["completions"], order.index(row["grader"])),
            *(row["gold"], row["answer"], row["ending"]),
        ),
    )


def _clip(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def render_csv(benchmarks: Sequence[BenchmarkOpinions]) -> str:
    """The disagreements of all benchmarks, the most frequent first."""
    rows = [(b["benchmark"], row) for b in benchmarks for row in b["disagreements"]]
    rows.sort(key=lambda found: -found[1]["completions"])
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({"benchmark": name} | row for name, row in rows)
    return out.getvalue()
