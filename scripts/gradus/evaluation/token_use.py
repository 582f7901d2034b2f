"""domain_tokens.csv and domain_tokens.md: how much each experiment uses domain tokens in its answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from statistics import fmean
from textwrap import fill

from gradus.evaluation import csv_rows
from gradus.evaluation.pipe_table import LINE_CHARACTERS, escape, percent, pipe_table
from gradus.evaluation.scores import Score

HEADER = ("Experiment", "Benchmark", "Family", "Responses", "Tokens", "Per response", "Responses with any")
NOTE = "Tokens of a domain, counted by their ids as the model wrote them, over all samples and training runs."


@dataclass(frozen=True)
class TokenUse:
    """Tokens of one family in an experiment's responses on a benchmark.

    tokens: in all responses. mean: per response. share: of responses that have any.
    """

    experiment: str
    benchmark: str
    family: str
    responses: int
    tokens: int
    mean: float
    share: float


COLUMNS = tuple(field.name for field in fields(TokenUse))


def use_rows(
    scores: Mapping[tuple[str, str], Score], runs: Mapping[str, Sequence[str]], benchmarks: Sequence[str]
) -> Iterator[TokenUse]:
    """One row a family, of the cells whose models have any, in the order of `runs` (by experiment) and `benchmarks`.

    scores: by training run and benchmark.
    """
    for experiment, names in runs.items():
        for benchmark in benchmarks:
            found = [scores[name, benchmark] for name in names if (name, benchmark) in scores]
            for family in found[0].get("domain_tokens", {}) if found else ():
                uses = [score["domain_tokens"][family] for score in found]
                sizes = [score["n"] * score["samples_per_question"] for score in found]
                tokens = sum(round(use["mean"] * size) for use, size in zip(uses, sizes, strict=True))
                share = fmean((use["share"] for use in uses), weights=sizes)
                yield TokenUse(experiment, benchmark, family, sum(sizes), tokens, tokens / sum(sizes), share)


def render_csv(rows: Iterable[TokenUse]) -> str:
    """The text of domain_tokens.csv."""
    return csv_rows.render(COLUMNS, map(astuple, rows))


def render_markdown(
    rows: Iterable[TokenUse],
    titles: Mapping[str, str],
    published: Mapping[str, Mapping[str, Mapping[str, float]]] = {},
    published_from: str = "",
) -> str:
    """titles: of experiments and benchmarks by their names.

    published: tokens of a response, by experiment, benchmark and family; where there are any, they have a column.
    """
    lines = []
    for row in rows:
        known = published.get(row.experiment, {}).get(row.benchmark, {}).get(row.family)
        lines.append(
            [
                escape(titles.get(row.experiment, row.experiment)),
                escape(titles.get(row.benchmark, row.benchmark)),
                escape(row.family),
                f"{row.responses:,}",
                f"{row.tokens:,}",
                f"{row.mean:.2f}",
                percent(row.share),
                *(["" if known is None else f"{known:.2f} a response"] if published else []),
            ]
        )
    header, notes = HEADER, [NOTE]
    if published:
        header, notes = (*HEADER, "Published"), [NOTE, f"Published: {escape(published_from)}."]
    return pipe_table(header, lines) + "\n" + "\n".join(fill(note, LINE_CHARACTERS) for note in notes) + "\n"
