"""What is known of the metrics of trainings: of those that have ended by metrics.jsonl, of others by their progress."""

import json
from pathlib import Path

from gradus.watching.state import Snapshot

SHOWN = ("reward", "loss")
"""The metric of a training that is drawn: the first of these that it has."""

MOST_POINTS = 400

Curve = dict[str, object]
"""run, metric, steps, values, running."""


class Curves:
    """results: the study's."""

    def __init__(self, results: Path) -> None:
        self._models = results / "models"
        self._seen: dict[str, dict[int, tuple[str, float]]] = {}
        self._ended: dict[Path, tuple[float, Curve | None]] = {}

    def of(self, build: Snapshot) -> list[Curve]:
        """Those of running jobs first, then by name."""
        curves = []
        for job in build.running:
            if job.line is None or not (shown := [name for name in SHOWN if name in job.line.metrics]):
                continue
            points = self._seen.setdefault(job.name, {})
            points[job.line.done] = shown[0], job.line.metrics[shown[0]]
            steps = sorted(points)
            values = [points[step][1] for step in steps]
            curves.append(_curve(job.name.removeprefix("models/"), shown[0], steps, values, running=True))
        running = {curve["run"] for curve in curves}
        ended = (self._read(path) for path in sorted(self._models.glob("*/metrics.jsonl")))
        return curves + [curve for curve in ended if curve is not None and curve["run"] not in running]

    def _read(self, path: Path) -> Curve | None:
        """Read once, and again where the file is another one."""
        changed = path.stat().st_mtime
        if path not in self._ended or self._ended[path][0] != changed:
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            shown = next((name for name in SHOWN if any(name in row for row in rows)), None)
            found = [(row["step"], row[shown]) for row in rows if shown is not None and shown in row]
            steps, values = [step for step, _ in found], [value for _, value in found]
            run = path.parent.name
            self._ended[path] = changed, _curve(run, shown, steps, values, running=False) if shown else None
        return self._ended[path][1]


def _curve(run: str, metric: str, steps: list[int], values: list[float], *, running: bool) -> Curve:
    every = -(-len(steps) // MOST_POINTS) or 1
    return {"run": run, "metric": metric, "steps": steps[::every], "values": values[::every], "running": running}
