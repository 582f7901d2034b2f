"""What the tests of votes found, in words, and the notes that the table and the page share."""

from collections.abc import Iterable, Sequence

from gradus.evaluation.findings import star_of
from gradus.evaluation.published import points
from gradus.evaluation.shares import all_greedy
from gradus.evaluation.votes.cells import PLAIN, Gain, Reference, Vote, VotedCell, differing_weightings, weightings
from gradus.statistics.intervals import SIGNIFICANCE_LEVEL

ESTIMATED = "≈"
COUNTING_NAMES = {
    PLAIN: "one each",
    "length": "by length",
    "inverse_length": "by 1 / length",
    "reward": "by reward",
    "verifier": "by verifier",
    "verifier_best": "verifier's best",
}
"""How a way of counting votes is called."""
COUNTING_MEANINGS = {
    "length": "its tokens",
    "inverse_length": "1 / its tokens",
    "reward": "1 and the parts of the reward that do not know the right answer",
    "verifier": "the verifier's probability that it is right",
    "verifier_best": "nothing but where that is the highest",
}
"""What a vote counts, for each weighting."""


def interval_text(gain: Gain) -> str:
    """As `[+0.3, +3.9]`, in points."""
    low, high = gain.ci95
    return f"[{points(low)}, {points(high)}]"


def sentences(cell: VotedCell) -> str:
    """The plain vote of the largest k against both references; empty where no k is above 1.

    As `maj@16: +2.1 points over greedy [+0.3, +3.9], ★; +0.4 over maj@1 [−0.2, +1.0], not shown to differ.`
    """
    vote = _largest(cell)
    if vote is None:
        return ""
    names: dict[Reference, str] = {"greedy": alone_title([cell]).lower(), "single": "maj@1"}
    found = [
        f"{points(gain.delta)}{'' if index else ' points'} {'over' if gain.delta >= 0 else 'against'} "
        f"{names[reference]} {interval_text(gain)}, {verdict(gain, cell.single_run)}"
        for index, (reference, gain) in enumerate(vote.gains.items())
    ]
    return f"maj@{vote.k}: {'; '.join(found)}."


def verdict(gain: Gain, single_run: bool) -> str:
    """The star, or why there is none."""
    if gain.significant:
        return star_of(True, single_run)
    low, high = gain.ci95
    return "alone, not within the family" if low > 0 or high < 0 else "not shown to differ"


def alone_title(cells: Iterable[VotedCell]) -> str:
    """How the answers of the ablation table are called."""
    return "Greedy" if all_greedy(cell.greedy for cell in cells) else "Alone"


def rule_notes(cells: Sequence[VotedCell]) -> list[str]:
    """What bold, brackets and stars mean, and whether training runs are counted."""
    alone = alone_title(cells).lower()
    notes = [
        f"Bold: shown to be better than {alone} and than maj@1, each paired by question at p < {SIGNIFICANCE_LEVEL} "
        "after Holm's correction over all tests of plain votes on the benchmark. [low, high] of a difference: its 95% "
        'interval, not adjusted; "alone, not within the family" where it leaves out 0 and the adjusted p does not.',
    ]
    if any(cell.single_run for cell in cells):
        notes.append(
            f"{star_of(True, trained_once=True)}: one training run: intervals and tests are over questions only."
        )
    if any(not cell.single_run for cell in cells):
        notes.append(f"{star_of(True, trained_once=False)}: several training runs, or nothing trained.")
    if alone != "greedy":
        notes.append("Alone: as in the ablation table, greedy or avg@k.")
    return notes


def mixed_note(cells: Sequence[VotedCell]) -> str:
    groups, mixed = sum(cell.groups for cell in cells), sum(cell.mixed_groups for cell in cells)
    return (
        f"Of {groups:,} groups of equivalent answers {mixed:,} hold answers judged right and answers judged wrong; a "
        "group is right where more than half of its answers are."
    )


def weighting_notes(cells: Sequence[VotedCell]) -> list[str]:
    """What weighted votes count, and which weightings are left out."""
    shown = differing_weightings(cells)
    hidden = [counting_name(name) for name in weightings(cells) if name not in shown]
    notes: list[str] = []
    if shown:
        counted = "; ".join(f"{counting_name(name)}: {counting_meaning(name)}" for name in shown)
        notes.append(
            f"A vote counts one each, or what is known of its sample without the right answer ({counted}). Bold among "
            f"weighted votes: shown to be better than one each at the same k, at p < {SIGNIFICANCE_LEVEL} after Holm's "
            "correction over all tests of weighted votes on the benchmark."
        )
    if any(name.startswith("verifier") for name in shown):
        notes.append("How well the verifier tells right from wrong by itself is in verifier.md.")
    if hidden:
        notes.append(
            f"Votes {', '.join(hidden)} equal one each in all digits shown and have no rows; votes.csv has them."
        )
    return notes


def error_note(cells: Sequence[VotedCell]) -> str:
    """Of Monte Carlo; empty where everything is exact."""
    error = max((vote.error for cell in cells for vote in cell.votes), default=0.0)
    if not error:
        return ""
    return (
        f"{ESTIMATED}: by Monte Carlo over subsets, with a standard error of at most {100 * error:.2f} points, which "
        "is no part of the interval; all others are exact."
    )


def counting_name(counting: str) -> str:
    return COUNTING_NAMES.get(counting, counting)


def counting_meaning(weighting: str) -> str:
    return COUNTING_MEANINGS.get(weighting, weighting)


def _largest(cell: VotedCell) -> Vote | None:
    tested = [vote for vote in cell.votes if vote.counting == PLAIN and vote.gains]
    return max(tested, key=lambda vote: vote.k, default=None)
