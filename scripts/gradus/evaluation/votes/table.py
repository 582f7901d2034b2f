"""The tables of one answer beside maj@k, and of plain votes beside weighted ones, in Markdown."""

from collections.abc import Mapping, Sequence
from textwrap import fill

from gradus.evaluation import published as published_values
from gradus.evaluation.pipe_table import (
    ABSENT,
    ENDS_MEANING,
    LINE_CHARACTERS,
    bold,
    escape,
    percent_with_arm,
    pipe_table,
)
from gradus.evaluation.shares import Share, questions_text, share_beside
from gradus.evaluation.votes.cells import PLAIN, Vote, VotedCell, differing_weightings
from gradus.evaluation.votes.words import (
    ESTIMATED,
    alone_title,
    counting_name,
    error_note,
    mixed_note,
    rule_notes,
    sentences,
    weighting_notes,
)


def render_markdown(
    cells: Sequence[VotedCell],
    titles: Mapping[str, str] | None = None,
    published: published_values.PublishedVotes | None = None,
    source: str = "",
) -> str:
    """For each experiment one row a benchmark, greedy beside the largest vote and in bold the votes that are shown to
    be better than greedy and than one sample, and a sentence a benchmark; where weighted votes differ from plain ones,
    a second table with one row a benchmark and weighting, in bold what is shown to be better than one vote each.

    titles: experiment or benchmark name -> title. published: the values of `source`, a row below the measured ones.
    """
    titles = titles or {}
    weighted = differing_weightings(cells)
    blocks = []
    for experiment in dict.fromkeys(cell.experiment for cell in cells):
        own = [cell for cell in cells if cell.experiment == experiment]
        ks = sorted({vote.k for cell in own for vote in cell.votes})
        blocks.append(f"### {_title(titles, experiment)}\n\n{_plain_table(cells, own, ks, titles, published or {})}")
        if found := [f"{_title(titles, cell.benchmark)}: {words}" for cell in own if (words := sentences(cell))]:
            blocks.append("".join(_item(sentence) for sentence in found))
        several = [k for k in ks if k > 1]  # one vote wins by itself, whatever it counts
        if weighted and several:
            blocks.append(_weighted_table(own, several, weighted, titles))
    notes = [*_notes(cells), *([published_values.note(escape(source))] if published else [])]
    blocks.append("".join(fill(note, LINE_CHARACTERS) + "\n" for note in notes))
    return "\n".join(blocks)


def _plain_table(
    cells: Sequence[VotedCell],
    own: Sequence[VotedCell],
    ks: Sequence[int],
    titles: Mapping[str, str],
    published: published_values.PublishedVotes,
) -> str:
    with_runs = any(cell.runs > 1 for cell in cells)
    about = ["n", "Samples", *(["Runs"] if with_runs else [])]
    rows = []
    for cell in own:
        numbers = [
            questions_text(cell.n, cell.benchmark_n),
            str(cell.samples),
            *([str(cell.runs)] if with_runs else []),
        ]
        plain = [cell.vote(k) for k in ks]
        rows.append([_title(titles, cell.benchmark), *numbers, *map(_vote_text, plain), _text(cell.greedy)])
        known = published.get(cell.experiment, {}).get(cell.benchmark, {})
        beside = [share_beside(known.get(f"maj@{k}"), vote) for k, vote in zip(ks, plain, strict=True)]
        beside.append(share_beside(known.get("alone"), cell.greedy))
        if any(beside):
            rows.append([published_values.LABEL, *("" for _ in about), *beside])
    return pipe_table(["Benchmark", *about, *(f"maj@{k}" for k in ks), alone_title(cells)], rows)


def _weighted_table(
    own: Sequence[VotedCell], ks: Sequence[int], weighted: Sequence[str], titles: Mapping[str, str]
) -> str:
    rows = [
        [_title(titles, cell.benchmark), counting_name(name), *(_text_of_weighted(cell.vote(k, name)) for k in ks)]
        for cell in own
        for name in (PLAIN, *weighted)
        if any(cell.vote(k, name) for k in ks)
    ]
    return pipe_table(["Benchmark", "Votes count", *(f"maj@{k}" for k in ks)], rows)


def _notes(cells: Sequence[VotedCell]) -> list[str]:
    return [
        "maj@k: expected score of plurality voting over all subsets of k of the samples, equivalent answers grouped, "
        "ties shared. pass@k of the same samples is in pass_at_k.md.",
        f"± reaches the farther end of the 95% interval; {ENDS_MEANING}.",
        *rule_notes(cells),
        *weighting_notes(cells),
        mixed_note(cells),
        *([note] if (note := error_note(cells)) else []),
    ]


def _title(titles: Mapping[str, str], name: str) -> str:
    return escape(titles.get(name, name))


def _item(text: str) -> str:
    return fill(text, LINE_CHARACTERS, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False) + "\n"


def _text(share: Share | None) -> str:
    return ABSENT if share is None else percent_with_arm(share.value, share.ci95)


def _vote_text(vote: Vote | None) -> str:
    text = (ESTIMATED if vote and vote.error else "") + _text(vote)
    return bold(text) if vote and vote.better else text


def _text_of_weighted(vote: Vote | None) -> str:
    """What is bold among plain votes is not beside weighted ones: there bold is a comparison with the plain ones."""
    if vote is None or vote.counting != PLAIN:
        return _vote_text(vote)
    return (ESTIMATED if vote.error else "") + _text(vote)
