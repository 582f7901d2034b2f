"""What the study found, computed: its own questions where it declares some, the primary one first, and else the best
experiment against the baseline.
"""

from gradus.evaluation.ablation_table import Row
from gradus.reporting import formats
from gradus.reporting.cells import answers
from gradus.reporting.differences import Difference, against_baseline, declared
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.ledger import build_seconds
from gradus.reporting.questions import Part, evidence, question, sentence, short


def finding(inputs: ReportInputs) -> list[Part]:
    """The first answer as parts `(text, emphasised)`. A difference is claimed only where its adjusted p is < 0.05."""
    asked = _asked(inputs)
    return sentence(inputs, asked[0]) if asked else _best_row(inputs)


def questions(inputs: ReportInputs) -> list[tuple[str, str, bool]]:
    """The other questions that the study declares: `(question, answer, is it shown to differ)`."""
    return [(question(inputs, d), short(d), d.significant) for d in _asked(inputs)[1:]]


def _asked(inputs: ReportInputs) -> list[Difference]:
    """The declared comparisons, on the first benchmark that both sides were evaluated on."""
    found: dict[tuple[str, str], Difference] = {}
    for d in declared(inputs):
        found.setdefault((d.a, d.b), d)
    return list(found.values())


def _best_row(inputs: ReportInputs) -> list[Part]:
    benchmark = inputs.benchmarks[0]
    name, title = benchmark["name"], inputs.title_of(benchmark["name"])
    baseline = inputs.baseline
    best = _best(inputs, name)
    if best is None:
        return _alone(inputs, name, title)
    accuracy = formats.percent(best["cells"][name]["accuracy"])
    difference = against_baseline(inputs, best["name"], name)
    best_title, baseline_title = inputs.title_of(best["name"]), inputs.title_of(baseline["name"])
    if difference is None:
        interval = formats.share_interval(best["cells"][name]["ci95"])
        return [
            (best_title, True),
            (" does best on ", False),
            (f"{title}: {accuracy}", True),
            (f" (95% interval {interval}). It was not compared with {baseline_title} question by question.", False),
        ]
    if difference.significant and difference.delta > 0:
        return [
            (best_title, True),
            (" answers ", False),
            (accuracy, True),
            (f" of {title}, ", False),
            (f"{formats.points(difference.delta)} points", True),
            (f" over {baseline_title} {evidence(difference)}.", False),
        ]
    opening = "Every experiment falls below" if difference.significant else "No experiment differs significantly from"
    return [
        (f"{opening} {baseline_title} on {title}: the best, ", False),
        (best_title, True),
        (", answers ", False),
        (accuracy, True),
        (", ", False),
        (f"{formats.points(difference.delta)} points", True),
        (f" {evidence(difference)}.", False),
    ]


def _alone(inputs: ReportInputs, benchmark: str, title: str) -> list[Part]:
    cell = inputs.baseline["cells"].get(benchmark)
    if cell is None:
        return [(f"No experiment has been evaluated on {title} yet.", False)]
    return [
        (inputs.title_of(inputs.baseline["name"]), True),
        (" answers ", False),
        (formats.percent(cell["accuracy"]), True),
        (f" of {title} (95% interval {formats.share_interval(cell['ci95'])}).", False),
    ]


def elsewhere(inputs: ReportInputs) -> list[tuple[str, str, str]]:
    """The same comparison on the other benchmarks: `(benchmark, difference in points, star)`."""
    first = inputs.benchmarks[0]["name"]
    if asked := _asked(inputs):
        first, pair = asked[0].benchmark, (asked[0].a, asked[0].b)
        others = [d for d in declared(inputs) if (d.a, d.b) == pair]
    else:
        best = _best(inputs, first)
        compared = [against_baseline(inputs, best["name"], b["name"]) for b in inputs.benchmarks] if best else []
        others = [d for d in compared if d is not None]
    return [(inputs.title_of(d.benchmark), formats.points(d.delta), d.star) for d in others if d.benchmark != first]


def _best(inputs: ReportInputs, benchmark: str) -> Row | None:
    """The experiment other than the baseline with the highest accuracy; the first of equals, as in the table."""
    others = [entry for entry in inputs.experiments if benchmark in entry["cells"] and entry is not inputs.baseline]
    return max(others, key=lambda entry: entry["cells"][benchmark]["accuracy"], default=None)


def key_numbers(inputs: ReportInputs) -> list[tuple[str, str]]:
    """The size of the study in a few numbers: `(number, what it counts)`."""
    cells = [cell for entry in inputs.experiments for cell in entry["cells"].values()]
    graded = sum(answers(cell) for cell in cells)
    counted = [(len(inputs.experiments), "experiment"), (len(inputs.benchmarks), "benchmark")]
    counted += [(graded, "graded answer"), (len(inputs.comparisons), "paired comparison")]
    found = [(formats.count(n), what + ("" if n == 1 else "s")) for n, what in counted if n]
    if inputs.ledger:
        build = build_seconds(inputs.ledger)
        gpu = sum(row.gpu_seconds for row in inputs.ledger)
        jobs = sum(row.wall_seconds for row in inputs.ledger)
        spent = sum(row.dollars for row in inputs.ledger)
        found += [] if build is None else [(formats.duration(build), "wall time of the build")]
        found.append((formats.duration(gpu), "GPU time") if gpu else (formats.duration(jobs), "job time, side by side"))
        if spent:
            found.append((formats.dollars(spent), "spent on services"))
    return found
