"""What a reader should hold against a study's numbers, as far as the numbers themselves say it."""

from collections.abc import Iterator

from gradus.evaluation.pipe_table import escape
from gradus.reporting import formats
from gradus.reporting.cells import trained_once
from gradus.reporting.differences import differences
from gradus.reporting.inputs import ReportInputs

FEW_QUESTIONS = 100
MANY_TRUNCATED = 0.05


def limits(inputs: ReportInputs) -> Iterator[str]:
    """Sentences in Markdown, those first that bear on most claims."""
    yield from _training_runs(inputs)
    if inputs.comparisons:
        yield (
            "Intervals of differences are not corrected for the number of comparisons, stars are: where an interval "
            "leaves out 0 and there is no star, the difference is shown alone, not within its family."
        )
    if alone := sum(d.state == "alone" for d in differences(inputs)):
        are = "1 comparison is such a case" if alone == 1 else f"{alone} comparisons are such cases"
        yield f"Of {formats.count(len(inputs.comparisons))} comparisons, {are}."
    yield from _sizes(inputs)
    yield from _answers(inputs)
    if inputs.contamination:
        yield (
            "That no copy was found in what the study trained on says nothing of what a base model read before, "
            "and near copies can be missed."
        )


def _training_runs(inputs: ReportInputs) -> Iterator[str]:
    once: list[str] = []
    several: list[str] = []
    for entry in inputs.experiments:
        cells = list(entry["cells"].values())
        title = escape(inputs.title_of(entry["name"]))
        if cells and trained_once(entry, cells[0]):
            once.append(title)
        elif cells and (runs := len(cells[0].get("runs") or [])) > 1:
            several.append(f"{title} ({runs})")
    if once:
        yield (
            f"One training run: intervals are over questions only for {', '.join(once)}. Another seed of the same "
            "recipe may differ by more than they say; stars are hollow there."
        )
    if several:
        yield f"Several training runs, whose spread the intervals hold: {', '.join(several)}."


def _sizes(inputs: ReportInputs) -> Iterator[str]:
    for benchmark in inputs.benchmarks:
        n, detectable = benchmark["n"], formats.finite(benchmark.get("detectable"))
        if n is not None and (n < FEW_QUESTIONS or detectable is None):
            title = escape(inputs.title_of(benchmark["name"]))
            if detectable is None:
                found = "no gain is found 4 times in 5"
            else:
                found = f"a true gain below {formats.size(detectable)} points is missed more than 1 time in 5"
            yield f"{title} has {formats.count(n)} questions: {found}."


def _answers(inputs: ReportInputs) -> Iterator[str]:
    for benchmark in inputs.benchmarks:
        cells = {e: s for (e, b), s in inputs.evals.items() if b == benchmark["name"]}
        shares = {e: score["truncated"] / (score["n"] * score["samples_per_question"]) for e, score in cells.items()}
        many = [
            f"{escape(inputs.title_of(name))} {formats.percent(share)}"
            for name, share in shares.items()
            if share > MANY_TRUNCATED
        ]
        title = escape(inputs.title_of(benchmark["name"]))
        if many:
            yield f"Answers on {title} that reached the longest length: {', '.join(many)}."
        if unknown := sum(score["unknown"] for score in cells.values()):
            yield f"{formats.count(unknown)} answers on {title} could not be judged and count as wrong."
