"""The finding in one sentence, computed: the best experiment on the first benchmark, against the baseline."""

from gradus.evaluation.ablation_table import Row
from gradus.reporting import formats
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.pairs import Difference, against_baseline

Part = tuple[str, bool]


def finding(inputs: ReportInputs) -> list[Part]:
    """The sentence as parts `(text, emphasised)`. It claims a difference only where the adjusted p is below 0.05."""
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
    evidence = _evidence(difference)
    if difference.significant and difference.delta > 0:
        return [
            (best_title, True),
            (" answers ", False),
            (accuracy, True),
            (f" of {title}, ", False),
            (f"{formats.points(difference.delta)} points", True),
            (f" over {baseline_title} {evidence}.", False),
        ]
    opening = "Every experiment falls below" if difference.significant else "No experiment differs significantly from"
    return [
        (f"{opening} {baseline_title} on {title}: the best, ", False),
        (best_title, True),
        (", answers ", False),
        (accuracy, True),
        (", ", False),
        (f"{formats.points(difference.delta)} points", True),
        (f" {evidence}.", False),
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


def _evidence(difference: Difference) -> str:
    parts = [f"95% interval {formats.points_interval((difference.low, difference.high))}"]
    if difference.p_adjusted is not None:
        parts.append(f"adjusted {formats.p_phrase(difference.p_adjusted)}")
    return f"({', '.join(parts)}; paired on {formats.count(difference.n)} problems)"


def elsewhere(inputs: ReportInputs) -> list[tuple[str, str, bool]]:
    """The headline's experiment on the other benchmarks: `(benchmark, difference in points, is it significant)`."""
    best = _best(inputs, inputs.benchmarks[0]["name"])
    found = []
    for benchmark in inputs.benchmarks[1:]:
        difference = against_baseline(inputs, best["name"], benchmark["name"]) if best else None
        if difference:
            found.append((inputs.title_of(benchmark["name"]), formats.points(difference.delta), difference.significant))
    return found


def _best(inputs: ReportInputs, benchmark: str) -> Row | None:
    """The experiment other than the baseline with the highest accuracy; the first of equals, as in the table."""
    others = [entry for entry in inputs.experiments if benchmark in entry["cells"] and entry is not inputs.baseline]
    return max(others, key=lambda entry: entry["cells"][benchmark]["accuracy"], default=None)


def key_numbers(inputs: ReportInputs) -> list[tuple[str, str]]:
    """The size of the study in a few numbers: `(number, what it counts)`."""
    graded = sum(cell["n"] for entry in inputs.experiments for cell in entry["cells"].values())
    counted = [(len(inputs.experiments), "experiment"), (len(inputs.benchmarks), "benchmark")]
    counted += [(graded, "graded answer"), (len(inputs.comparisons), "paired comparison")]
    found = [(formats.count(n), what + ("" if n == 1 else "s")) for n, what in counted if n]
    if inputs.ledger:
        gpu = sum(row.gpu_seconds for row in inputs.ledger)
        wall = sum(row.wall_seconds for row in inputs.ledger)
        spent = sum(row.dollars for row in inputs.ledger)
        found.append((formats.duration(gpu), "GPU time") if gpu else (formats.duration(wall), "compute time"))
        if spent:
            found.append((formats.dollars(spent), "spent on services"))
    return found
