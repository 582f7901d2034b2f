"""votes.csv, and the table of greedy decoding beside maj@k and pass@k."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from gradus.evaluation.pipe_table import ABSENT, bold, escape, percent_with_arm, pipe_table

COLUMNS = ("experiment", "benchmark", "k", "maj", "maj_lo", "maj_hi", "pass", "pass_lo", "pass_hi", "n", "samples")


def render_csv(votes: Sequence[Mapping[str, Any]]) -> str:
    """votes: `votes/<experiment>/<benchmark>.json` structures; one row for each of their ks."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in votes:
        for at in entry["ks"]:
            numbers = [f"{x:.6g}" for kind in ("maj", "pass") for x in (at[kind]["value"], *at[kind]["ci95"])]
            writer.writerow([entry["experiment"], entry["benchmark"], at["k"], *numbers, entry["n"], entry["samples"]])
    return text.getvalue()


def render_markdown(
    votes: Sequence[Mapping[str, Any]], titles: Mapping[str, str] | None = None, ks: Sequence[int] | None = None
) -> str:
    """One table an experiment, one row a benchmark; in bold the best that needs no reference answer (greedy, maj@k).

    titles: experiment or benchmark name -> title. ks: those to show, all by default.
    """
    titles = titles or {}
    blocks = []
    for experiment in dict.fromkeys(entry["experiment"] for entry in votes):
        entries = [entry for entry in votes if entry["experiment"] == experiment]
        shown = sorted({at["k"] for entry in entries for at in entry["ks"] if ks is None or at["k"] in ks})
        header = ["Benchmark", "n", "Samples", "Greedy", *(f"{kind}@{k}" for kind in ("maj", "pass") for k in shown)]
        rows = [[escape(titles.get(entry["benchmark"], entry["benchmark"])), *_row(entry, shown)] for entry in entries]
        blocks.append(f"### {escape(titles.get(experiment, experiment))}\n\n{pipe_table(header, rows)}")
    blocks.append(
        "maj@k: expected score of plurality voting over all subsets of k of the samples, equivalent answers grouped, "
        "ties shared.\npass@k: chance that k samples hold a correct one; a ceiling, since picking it takes the "
        "reference answer.\n± reaches the farther end of the 95% Wilson interval over questions.\n"
    )
    return "\n".join(blocks)


def _row(entry: Mapping[str, Any], shown: Sequence[int]) -> list[str]:
    by_k = {at["k"]: at for at in entry["ks"]}
    usable = [entry.get("greedy"), *(by_k[k]["maj"] if k in by_k else None for k in shown)]
    ceiling = [by_k[k]["pass"] if k in by_k else None for k in shown]
    values = [round(score["value"], 9) for score in usable if score is not None]
    best = max(values) if len(set(values)) > 1 else None
    return [
        str(entry["n"]),
        str(entry["samples"]),
        *(_text(score, score is not None and round(score["value"], 9) == best) for score in usable),
        *(_text(score, False) for score in ceiling),
    ]


def _text(score: Mapping[str, Any] | None, best: bool) -> str:
    if score is None:
        return ABSENT
    text = percent_with_arm(score["value"], score["ci95"])
    return bold(text) if best else text
