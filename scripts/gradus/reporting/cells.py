"""A cell of the ablation table in words and numbers: what was counted."""

from gradus.evaluation.ablation_table import Row
from gradus.evaluation.cells import Cell
from gradus.reporting import formats


def answers(cell: Cell) -> int:
    """How many graded answers the accuracy is the mean of."""
    return cell["n"] * (cell.get("samples") or 1) * len(cell.get("runs") or [None])


def trained_once(entry: Row, cell: Cell) -> bool:
    """Whether a single training run is all that is known of how well this training does."""
    return bool(entry.get("trained", entry.get("stage") != "none")) and len(cell.get("runs") or [None]) == 1


def counted(cell: Cell, digits: int = 1) -> str:
    """`435 of 500 right: 87.0%`, or `181 of 480 right (30 questions × 16 samples): 37.7%`."""
    several = ((cell.get("samples") or 1, "samples"), (len(cell.get("runs", [])), "training runs"))
    factors = [f"{count} {what}" for count, what in several if count > 1]
    factors.insert(0, f"{formats.count(cell['n'])} questions")
    asked = f" ({' × '.join(factors)})" if len(factors) > 1 else ""
    total = formats.count(answers(cell))
    return f"{formats.count(cell['correct'])} of {total} right{asked}: {formats.percent(cell['accuracy'], digits)}"


def runs_line(cell: Cell) -> list[str]:
    """A line for a tip that lists what the training runs reached, where there are several."""
    runs = cell.get("runs", [])
    return [f"Training runs: {', '.join(formats.percent(run['accuracy']) for run in runs)}"] if len(runs) > 1 else []
