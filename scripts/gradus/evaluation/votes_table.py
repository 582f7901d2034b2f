"""votes.csv, and the tables of one answer beside maj@k and pass@k, and of plain votes beside weighted ones."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from textwrap import fill
from typing import Literal, NotRequired, TypedDict, cast

from gradus.evaluation import published as published_values
from gradus.evaluation.pass_at_k import PassAtK
from gradus.evaluation.pipe_table import ABSENT, LINE_CHARACTERS, bold, escape, percent_with_arm, pipe_table
from gradus.provenance.files import read_json

COLUMNS = (
    *("experiment", "benchmark", "k", "maj", "maj_lo", "maj_hi", "maj_error"),
    *("pass", "pass_lo", "pass_hi", "n", "benchmark_n", "samples"),
)
WEIGHTING_NAMES = {"length": "by length", "inverse_length": "by 1 / length", "reward": "by reward"}
"""What a vote counts, for each weighting."""
WEIGHTING_MEANINGS = {
    "length": "its tokens",
    "inverse_length": "1 / its tokens",
    "reward": "1 and the parts of the reward that do not know the right answer",
}
ESTIMATED = "≈"
Kind = Literal["maj", "pass"]
Published = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Experiment -> benchmark -> `alone`, `maj@16`, `pass@16`, ... -> published share."""
KINDS: tuple[Kind, ...] = ("maj", "pass")


class VoteScore(TypedDict):
    """A share with its 95% interval. `error`: the standard error that a Monte Carlo `method` adds, 0 where exact."""

    value: float
    ci95: list[float]
    method: NotRequired[Literal["exact", "monte_carlo"]]
    error: NotRequired[float]


class Alone(TypedDict):
    """The ablation table's answers to the questions with votes: greedy at `temperature` 0, or the mean of `samples`."""

    value: float
    ci95: list[float]
    samples: int
    temperature: float


VotesAtK = TypedDict(
    "VotesAtK", {"k": int, "maj": VoteScore, "pass": VoteScore, "weighted": NotRequired[dict[str, VoteScore]]}
)
"""`weighted`: maj@k by weighting."""


class Votes(TypedDict):
    """What `votes/<experiment>/<benchmark>.json` holds: `samples` of each of `n` questions, scored at every k.

    `benchmark_n`: questions of the whole benchmark, more than `n` where votes are on some of them.
    """

    experiment: str
    benchmark: str
    n: int
    benchmark_n: int
    samples: int
    ks: list[VotesAtK]
    passes: list[PassAtK]
    greedy: NotRequired[Alone]
    digests: NotRequired[dict[str, str]]


def read_votes(path: str | Path) -> Votes:
    """What a job of ours wrote. Raises GradusError where the file is torn."""
    return cast(Votes, read_json(path))


def weightings(votes: Sequence[Votes]) -> list[str]:
    """Names of the weightings that any of the votes has, in order of appearance."""
    return list(dict.fromkeys(name for entry in votes for at in entry["ks"] for name in at.get("weighted", {})))


def render_csv(votes: Sequence[Votes], published: Published | None = None) -> str:
    """votes: `votes/<experiment>/<benchmark>.json` structures; one row for each of their ks.

    `maj_error` is the standard error of the Monte Carlo, 0 where the expectation is exact. Each weighting adds four
    columns `maj_<weighting>`, `…_lo`, `…_hi` and `…_error`, empty where a vote has not got it. Where there are
    published values, `maj_published` and `pass_published` come last.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    weighted = weightings(votes)
    added = [f"maj_{name}{part}" for name in weighted for part in ("", "_lo", "_hi", "_error")]
    added += [f"{kind}_published" for kind in KINDS] if published else []
    writer.writerow([*COLUMNS, *added])
    for entry in votes:
        for at in entry["ks"]:
            row = [entry["experiment"], entry["benchmark"], at["k"], *_numbers(at["maj"])]
            row += [*_numbers(at["pass"])[:3], entry["n"], entry["benchmark_n"], entry["samples"]]
            for name in weighted:
                row += _numbers(at.get("weighted", {}).get(name))
            if published:
                known = _published_of(published, entry)
                row += [f"{known[vote]:.6g}" if (vote := f"{kind}@{at['k']}") in known else "" for kind in KINDS]
            writer.writerow(row)
    return text.getvalue()


def render_markdown(
    votes: Sequence[Votes],
    titles: Mapping[str, str] | None = None,
    ks: Sequence[int] | None = None,
    published: Published | None = None,
    source: str = "",
) -> str:
    """For each experiment one row a benchmark, in bold the best that needs no reference answer (greedy, maj@k); where
    votes are weighted, a second table with one row a benchmark and weighting, in bold the best of each k.

    titles: experiment or benchmark name -> title. ks: those to show, all by default. published: the values of
    `source`, a row below the measured ones.
    """
    titles = titles or {}
    weighted = weightings(votes)
    single = "Greedy" if all_greedy(entry.get("greedy") for entry in votes) else "Alone"
    blocks = []
    for experiment in dict.fromkeys(entry["experiment"] for entry in votes):
        entries = [entry for entry in votes if entry["experiment"] == experiment]
        shown = sorted({at["k"] for entry in entries for at in entry["ks"] if ks is None or at["k"] in ks})
        header = ["Benchmark", "n", "Samples", single, *(f"{kind}@{k}" for kind in ("maj", "pass") for k in shown)]
        rows = []
        for entry in entries:
            rows.append([_title(titles, entry["benchmark"]), *_row(entry, shown)])
            if known := _published_of(published or {}, entry):
                rows.append([published_values.LABEL, "", "", *_published_row(entry, shown, known)])
        blocks.append(f"### {_title(titles, experiment)}\n\n{pipe_table(header, rows)}")
        several = [k for k in shown if k > 1]  # one vote wins by itself, whatever it counts
        if weighted and several:
            header = ["Benchmark", "Votes count", *(f"maj@{k}" for k in several)]
            rows = [
                [_title(titles, entry["benchmark"]), *row]
                for entry in entries
                for row in _weighted_rows(entry, several)
            ]
            blocks.append(pipe_table(header, rows))
    notes = _notes(votes, weighted, single) + ([published_values.note(escape(source))] if published else [])
    blocks.append("".join(fill(note, LINE_CHARACTERS) + "\n" for note in notes))
    return "\n".join(blocks)


def _numbers(score: VoteScore | None) -> list[str]:
    if score is None:
        return [""] * 4
    return [f"{x:.6g}" for x in (score["value"], *score["ci95"], score.get("error", 0.0))]


def _title(titles: Mapping[str, str], name: str) -> str:
    return escape(titles.get(name, name))


def all_greedy(answers: Iterable[Alone | None]) -> bool:
    """Whether none of the answers that there are was drawn at a temperature."""
    return all(alone is None or alone["temperature"] == 0 for alone in answers)


def questions_text(n: int, benchmark_n: int) -> str:
    """`500`, or `200 of 1,319` for votes on some of a benchmark's problems."""
    return f"{n:,}" if n == benchmark_n else f"{n:,} of {benchmark_n:,}"


def _row(entry: Votes, shown: Sequence[int]) -> list[str]:
    by_k = {at["k"]: at for at in entry["ks"]}
    usable = [entry.get("greedy"), *(by_k[k]["maj"] if k in by_k else None for k in shown)]
    ceiling = [by_k[k]["pass"] if k in by_k else None for k in shown]
    best = _best(usable)
    return [
        questions_text(entry["n"], entry["benchmark_n"]),
        str(entry["samples"]),
        *(_text(score, best) for score in usable),
        *(_text(score, None) for score in ceiling),
    ]


def _published_of(published: Published, entry: Votes) -> Mapping[str, float]:
    return published.get(entry["experiment"], {}).get(entry["benchmark"], {})


def _published_row(entry: Votes, shown: Sequence[int], known: Mapping[str, float]) -> list[str]:
    by_k = {at["k"]: at for at in entry["ks"]}
    measured = {"alone": entry.get("greedy")}
    measured |= {f"{kind}@{k}": by_k.get(k, {}).get(kind) for kind in KINDS for k in shown}
    row = []
    for vote, score in measured.items():
        value = known.get(vote)
        score = score or {}
        row.append(
            ""
            if value is None
            else published_values.in_words(published_values.beside(value, score.get("value"), score.get("ci95")))
        )
    return row


def _weighted_rows(entry: Votes, shown: Sequence[int]) -> list[list[str]]:
    by_k = {at["k"]: {"": at["maj"], **at.get("weighted", {})} for at in entry["ks"]}
    names = ["", *weightings([entry])]
    best = {k: _best([by_k[k].get(name) for name in names]) if k in by_k else None for k in shown}
    return [
        [
            WEIGHTING_NAMES.get(name, name) if name else "one each",
            *(_text(by_k.get(k, {}).get(name), best[k]) for k in shown),
        ]
        for name in names
    ]


def _best(scores: Sequence[VoteScore | Alone | None]) -> float | None:
    """The highest of them, where they are not all the same."""
    values = {round(score["value"], 9) for score in scores if score is not None}
    return max(values) if len(values) > 1 else None


def _text(score: VoteScore | Alone | None, best: float | None) -> str:
    if score is None:
        return ABSENT
    text = (ESTIMATED if score.get("error") else "") + percent_with_arm(score["value"], score["ci95"])
    return bold(text) if round(score["value"], 9) == best else text


def _notes(votes: Sequence[Votes], weighted: Sequence[str], single: str) -> list[str]:
    notes = [
        "maj@k: expected score of plurality voting over all subsets of k of the samples, equivalent answers grouped, "
        "ties shared.",
        "pass@k: chance that k samples hold a correct one; a ceiling, since picking it takes the reference answer.",
        "± reaches the farther end of the 95% Wilson interval over questions.",
    ]
    if single != "Greedy":
        notes.append("Alone: as in the ablation table, greedy or avg@k.")
    if weighted:
        counted = "; ".join(
            f"{WEIGHTING_NAMES.get(name, name)}: {WEIGHTING_MEANINGS.get(name, name)}" for name in weighted
        )
        notes.append(f"A vote counts one each, or what is known of its sample without the right answer ({counted}).")
    errors = [
        score["error"]
        for entry in votes
        for at in entry["ks"]
        for score in (at["maj"], *at.get("weighted", {}).values())
        if score.get("error")
    ]
    if errors:
        notes.append(
            f"{ESTIMATED}: by Monte Carlo over subsets, with a standard error of at most {100 * max(errors):.2f} "
            "points, which is no part of the ±; all others are exact."
        )
    return notes
