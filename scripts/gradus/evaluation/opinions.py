"""What `second_opinion.json` holds: other graders on the same completions."""

from typing import TypedDict


class Opinion(TypedDict):
    """One grader on a benchmark. `agreement`: the share of covered completions that are right for both or for neither;
    None where none is covered. `unknown`: completions that it cannot judge.
    """

    agreement: float | None
    unknown: int


class Disagreement(TypedDict):
    """Equal completions on which a grader disagrees: `gold` is the reference answer, `answer` what Gradus found."""

    grader: str
    completions: int
    gradus: str
    other: str
    gold: str
    answer: str
    ending: str


class BenchmarkOpinions(TypedDict):
    """Of a benchmark's `completions` those in `covered` were judged, as so many distinct `pairs` with their references.

    found_alike: of the covered completions those whose last number is that of the answer that Gradus found. accuracy:
    by experiment, `n` covered completions, and by grader the share of them that are right (None for none).
    """

    benchmark: str
    completions: int
    covered: int
    found_alike: int
    distinct_pairs: int
    pairs: int
    graders: dict[str, Opinion]
    accuracy: dict[str, dict[str, float | None]]
    disagreements: list[Disagreement]
