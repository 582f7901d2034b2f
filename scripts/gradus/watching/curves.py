"""Learning curves while a build runs: of trainings that have ended by metrics.jsonl, of others by their progress."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradus.watching.state import Snapshot

SHOWN = ("reward", "loss")
"""The metric of a training that is drawn: the first of these that it has."""

MOST_POINTS = 400


@dataclass(frozen=True)
class Curve:
    """One metric of a training run at `steps`. running: whether the training goes on."""

    run: str
    metric: str
    steps: list[int]
    values: list[float]
    running: bool


class Curves:
    """results: the study's folder."""

    def __init__(self, results: Path) -> None:
        self._models = results / "models"
        self._seen: dict[str, dict[int, float]] = {}
        self._ended: dict[Path, tuple[float, Curve | None]] = {}

    def of(self, build: Snapshot) -> list[Curve]:
        """Those of running jobs first, then by name."""
        curves = []
        for job in build.running:
            if job.line is None or not (shown := [name for name in SHOWN if name in job.line.metrics]):
                continue
            points = self._seen.setdefault(job.name, {})
            points[job.line.done] = job.line.metrics[shown[0]]
            curves.append(_curve(job.name.removeprefix("models/"), shown[0], sorted(points.items()), running=True))
        running = {curve.run for curve in curves}
        ended = (self._read(path) for path in sorted(self._models.glob("*/metrics.jsonl")))
        return curves + [curve for curve in ended if curve is not None and curve.run not in running]

    def _read(self, path: Path) -> Curve | None:
        """Read once, and again when the file has changed; None without a metric that is shown."""
        try:
            changed = path.stat().st_mtime
            if path not in self._ended or self._ended[path][0] != changed:
                rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
                self._ended[path] = changed, _of_rows(path.parent.name, rows)
        except (OSError, ValueError):  # removed meanwhile, as its training runs again, or not whole yet
            return None
        return self._ended[path][1]


def _of_rows(run: str, rows: list[dict[str, Any]]) -> Curve | None:
    metric = next((name for name in SHOWN if any(name in row for row in rows)), None)
    if metric is None:
        return None
    points = ((row["step"], row[metric]) for row in rows if row.get(metric) is not None)
    return _curve(run, metric, points, running=False)


def _curve(run: str, metric: str, points: Iterable[tuple[int, float]], *, running: bool) -> Curve:
    """Without values that are no numbers, as of a training that diverged: JSON has none."""
    found = [(step, value) for step, value in points if math.isfinite(value)]
    shown = found[:: -(-len(found) // MOST_POINTS) or 1]
    return Curve(run, metric, [step for step, _ in shown], [value for _, value in shown], running)
