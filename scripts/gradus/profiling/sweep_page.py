"""A sweep to read, and the settings to paste."""

from collections.abc import Sequence
from typing import Any

import yaml

from gradus.evaluation.pipe_table import ABSENT, escape, pipe_table
from gradus.profiling.grid import DECIDE_RESULTS
from gradus.profiling.sweep import Row, fastest
from gradus.profiling.training import TrainingSpec
from gradus.specs.training import GrpoSpec

ORDER = ("fits", "too slow", "out of memory", "failed")


def sweep_page(experiment: str, settings: TrainingSpec, rows: Sequence[Row], unit: str) -> str:
    """In Markdown: rows from the fastest to those that do not fit, the settings to paste, and the memory test. `unit`
    says whose memory was counted."""
    best = fastest(rows)
    parts = [f"# Sweep of {experiment}", _table([row for row in rows if not row.is_test], best, unit)]
    if best is None:
        parts.append("None of these fits: `snakemake plan` names the settings to lower.")
        return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"
    parts += ["The fastest that fits, to paste into the study:", f"```yaml\n{_settings(experiment, best)}```"]
    others = [key for key in best.changes if key in DECIDE_RESULTS and best.changes[key] != getattr(settings, key)]
    if others:
        parts.append(f"With another {' and another '.join(others)} it is another experiment: its results change.")
    if tests := [row for row in rows if row.is_test]:
        parts += ["Memory test, from there on:", _table(tests, None, unit), _largest(settings, best, tests)]
        if isinstance(settings, GrpoSpec):
            parts.append("Completions are as long as this policy writes them, which may be less than max_tokens.")
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def as_json(experiment: str, rows: Sequence[Row]) -> dict[str, Any]:
    best = fastest(rows)
    return {
        "experiment": experiment,
        "rows": [
            dict(row.changes) | vars(row.outcome) | {"memory_test": row.is_test, "fastest": row is best} for row in rows
        ],
    }


def _table(rows: Sequence[Row], best: Row | None, unit: str) -> str:
    keys = list(dict.fromkeys(key for row in rows for key in row.changes))
    ordered = sorted(rows, key=lambda row: (ORDER.index(row.outcome.ending), -(row.outcome.tokens_per_second or 0.0)))
    lines = []
    for row in ordered:
        outcome = row.outcome
        fits = outcome.ending == "fits"
        measured = [
            f"{outcome.tokens_per_second:,.0f}" if fits else ABSENT,
            f"{outcome.seconds:.2f}" if fits else ABSENT,
            f"{(outcome.peak or 0) / 1e9:.2f}" if fits else ABSENT,
        ]
        ending = "**fastest**" if row is best else escape(f"{outcome.ending}{outcome.why and ': ' + outcome.why}")
        lines.append([*(str(row.changes.get(key, ABSENT)).lower() for key in keys), *measured, ending])
    return pipe_table([*keys, "Tokens/s", "Seconds a step", f"GB ({unit})", ""], lines)


def _settings(experiment: str, best: Row) -> str:
    return yaml.safe_dump({"experiments": {experiment: dict(best.changes)}}, sort_keys=False)


def _largest(settings: TrainingSpec, best: Row, tests: Sequence[Row]) -> str:
    """The largest value of each tested setting that fits by itself."""
    found: dict[str, tuple[int, bool]] = {}
    for row in tests:
        (key,) = (key for key in row.changes if row.changes[key] != best.changes.get(key, getattr(settings, key)))
        value, fits = row.changes[key], row.outcome.ending == "fits"
        largest, _ = found.get(key, (best.changes.get(key, getattr(settings, key)), True))
        found[key] = (value if fits else largest, fits)
    words = [f"{key}: {value}{' or more' * more}" for key, (value, more) in found.items()]
    return f"Fits, each by itself: {', '.join(words)}."
