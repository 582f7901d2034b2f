"""How long traces are in the tokens of the model that is to learn them, and how many of them do not fit."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.training import encode_for_training
from gradus.provenance.errors import GradusError
from gradus.traces.table import length_summary, percentile

MOST_CUT_SHARE = 0.05
"""Above this share of cut traces, max_length is a mistake of the study; below it, a few are just long."""


def token_lengths(traces: Sequence[dict[str, Any]], model_dir: Path, source: str | Path) -> list[int]:
    """Tokens of each whole conversation, as training encodes it; of its longest example, where it is several.

    Raises GradusError for a trace that the model cannot learn, with its line in `source`.
    """
    template, tokenizer = ChatTemplate.load(model_dir), load_tokenizer(model_dir)
    lengths = []
    for line, trace in enumerate(traces, start=1):
        try:
            examples = encode_for_training(template, tokenizer, trace["messages"])
        except GradusError as error:
            raise GradusError(f"{source}:{line}: {error}") from None
        lengths.append(max(len(ids) for ids, _ in examples))
    return lengths


def most_tokens(max_length: int | str, lengths: Sequence[int]) -> int:
    """A `max_length` in tokens: the number itself, or what a percentile such as p95 comes to for these lengths."""
    return max_length if isinstance(max_length, int) else percentile(lengths, int(max_length.removeprefix("p")))


def length_report(lengths: Mapping[str, Sequence[int]], max_length: int) -> dict[str, Any]:
    """By trace set and for all together: rows, median, 95th percentile, maximum, and what max_length cuts."""
    every = [length for counts in lengths.values() for length in counts]
    return {
        "max_length": max_length,
        "sets": {name: _counts(counts, max_length) for name, counts in lengths.items()},
        "all": _counts(every, max_length),
    }


def cut_warning(summary: Mapping[str, Any], experiment: str) -> str | None:
    """One line where max_length cuts more than MOST_CUT_SHARE of an experiment's traces, else None."""
    whole = summary["all"]
    if whole["cut_share"] <= MOST_CUT_SHARE:
        return None
    return (
        f"max_length = {summary['max_length']} cuts {whole['cut']} of {whole['rows']} traces "
        f"({whole['cut_share']:.0%}) of {experiment}: their ends, and with them the answers, are not learned; "
        f"95% of the traces have at most {whole['tokens']['p95']} tokens: raise max_length, or leave long ones out"
    )


def _counts(lengths: Sequence[int], max_length: int) -> dict[str, Any]:
    cut = sum(length > max_length for length in lengths)
    return {"rows": len(lengths), "tokens": length_summary(lengths), "cut": cut, "cut_share": cut / len(lengths)}
