"""Tables of benchmarks by their parts, which stand below the ablation table."""

from collections.abc import Iterator
from textwrap import fill

from gradus.evaluation import published
from gradus.evaluation.ablation_table import Ablation, Column, Parts
from gradus.evaluation.pipe_table import ABSENT, LINE_CHARACTERS, bold, escape, percent_with_arm, pipe_table

NOTE = "Each interval is of one part alone, with its questions; parts are in no test."


def render(ablation: Ablation) -> str:
    """Markdown: a table for each benchmark that has parts, with what was published of them; empty where none has."""
    tables = [_table(ablation, column, column["parts"]) for column in ablation["benchmarks"] if "parts" in column]
    return "\n".join(tables)


def _table(ablation: Ablation, column: Column, parts: Parts) -> str:
    header = ["Experiment", *(f"{escape(part)} (n={size})" for part, size in parts["sizes"].items())]
    lead = f"{escape(column['title'])} by {parts['column']}. {NOTE}"
    return f"{fill(lead, LINE_CHARACTERS)}\n\n{pipe_table(header, list(_rows(ablation, column['name'], parts)))}"


def _rows(ablation: Ablation, benchmark: str, parts: Parts) -> Iterator[list[str]]:
    """Of the experiments of which anything is known."""
    for experiment in ablation["experiments"]:
        cell = experiment["cells"].get(benchmark)
        scores = cell.get("parts", {}) if cell else {}
        values = experiment.get("published_parts", {}).get(benchmark, {})
        if scores or values:
            measured = (scores.get(part) for part in parts["sizes"])
            texts = [percent_with_arm(score["accuracy"], score["ci95"]) if score else ABSENT for score in measured]
            runs = f" ({experiment['runs']} runs)" if experiment["runs"] > 1 else ""
            yield [bold(escape(experiment["title"] or experiment["name"])) + runs, *texts]
        if values:
            yield [published.LABEL, *(published.in_words(values.get(part)) for part in parts["sizes"])]
