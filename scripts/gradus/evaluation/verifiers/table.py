"""verifier.csv and verifier.md: how well the verifier tells right from wrong samples, by cell with votes."""

from collections.abc import Mapping, Sequence
from textwrap import fill

from gradus.evaluation import csv_rows
from gradus.evaluation.pipe_table import ABSENT, LINE_CHARACTERS, escape, percent_with_arm, pipe_table
from gradus.evaluation.votes.counts import VoteCounts

SCORES = ("right", "mean_score", "accuracy", "auc", "auc_within", "brier", "calibration_error")
COLUMNS = ("experiment", "benchmark", "answers", "questions", *SCORES, "auc_within_lo", "auc_within_hi")
NOTES = (
    "Of the samples that are voted with, those that have an answer: the share that is right, the verifier's mean score "
    "(the same where it is calibrated), how often it is right itself (score above 0.5), and its expected calibration "
    "error in ten bins.",
    "AUC: how often a right answer scores above a wrong one, over all pairs; within: over pairs of one question, which "
    "is what a vote gains from, the mean over questions that have both, ± to the farther end of its 95% Wilson "
    "interval. 50% is chance.",
)


def render_csv(votes: Sequence[VoteCounts]) -> str:
    """One row for each entry that was scored; empty where nothing is to be compared. Shares are from 0 to 1."""
    rows = []
    for entry in votes:
        if "verifier" in entry:
            found = entry["verifier"]
            numbers = [*(found[name] for name in SCORES), *(found["auc_within_ci95"] or (None, None))]
            rows.append([entry["experiment"], entry["benchmark"], found["answers"], found["questions"], *numbers])
    return csv_rows.render(COLUMNS, rows)


def render_markdown(votes: Sequence[VoteCounts], titles: Mapping[str, str]) -> str:
    """titles: of experiments and benchmarks by their names."""
    header = ["Experiment", "Benchmark", "Answers", "Right", "Mean score", "Accuracy", "Calibration error", "AUC"]
    header += ["AUC within", "Questions"]
    rows = []
    for entry in votes:
        if "verifier" in entry:
            found = entry["verifier"]
            named = [escape(titles.get(name, name)) for name in (entry["experiment"], entry["benchmark"])]
            shares = (found["right"], found["mean_score"], found["accuracy"], found["calibration_error"], found["auc"])
            within, ends = found["auc_within"], found["auc_within_ci95"]
            arm = ABSENT if within is None or ends is None else percent_with_arm(within, ends)
            rows.append([*named, f"{found['answers']:,}", *map(_percent, shares), arm, f"{found['questions']:,}"])
    return pipe_table(header, rows) + "\n" + "".join(fill(note, LINE_CHARACTERS) + "\n" for note in NOTES)


def _percent(share: float | None) -> str:
    return ABSENT if share is None else f"{100 * share:.1f}%"
