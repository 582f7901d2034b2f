"""The report: one self-contained page from the inputs, without a clock, so that equal inputs are equal bytes."""

from gradus.reporting import (
    accuracy,
    contamination,
    cost_accuracy,
    costs,
    curves,
    flips,
    graders,
    headline,
    lengths,
    levels,
    outcomes,
    pairs,
    parts,
    passes,
    rebuild,
    recipes,
    results,
    samples,
    stages,
    token_use,
    traces,
    votes,
)
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.page.render import render
from gradus.reporting.plots import intervals as interval_plot
from gradus.reporting.plots.lines import LinePlot, cursor_data, line_plot
from gradus.reporting.plots.marks import marks_of


def build_report(inputs: ReportInputs) -> str:
    """The HTML of the page. Sections without data are left out."""
    marks = marks_of(inputs)
    learning = curves.reinforcement_plots(inputs, marks)
    losses = curves.loss_plots(inputs, marks)
    scaling = votes.plots(inputs, marks)
    passing = passes.plots(inputs, marks)
    browser = samples.section(inputs, marks)
    by_level = levels.plots(inputs, marks)
    costing = cost_accuracy.plots(inputs, marks)
    charts: list[LinePlot] = [*learning, *losses, *scaling, *passing, *by_level, *costing]
    view = {
        "study": inputs.study,
        "title": inputs.title or inputs.study,
        "finding": headline.finding(inputs),
        "questions": headline.questions(inputs),
        "elsewhere": headline.elsewhere(inputs),
        "key_numbers": headline.key_numbers(inputs),
        "baseline": marks[inputs.baseline["name"]],
        "marks": list(marks.values()),
        "results": results.section(inputs, marks),
        "accuracy": accuracy.section(inputs, marks),
        "pairs": pairs.section(inputs, marks),
        "outcomes": outcomes.section(inputs, marks),
        "flips": flips.section(inputs, marks),
        "parts": parts.section(inputs, marks),
        "levels": levels.section(inputs, by_level, marks),
        "lengths": lengths.section(inputs, marks),
        "graders": graders.section(inputs, marks),
        "curves": curves.section(inputs, learning, marks),
        "losses": curves.section(inputs, losses, marks),
        "stages": stages.section(inputs, marks),
        "token_use": token_use.section(inputs, marks),
        "votes": votes.section(inputs, scaling, marks),
        "passes": passes.section(inputs, passing, marks),
        "contamination": contamination.section(inputs),
        "recipes": recipes.section(inputs, marks),
        "traces": traces.section(inputs),
        "samples": browser,
        "cost_accuracy": cost_accuracy.section(inputs, costing, marks),
        "costs": costs.section(inputs),
        "rebuild": rebuild.section(inputs),
        "draw": line_plot,
        "point": interval_plot.point,
    }
    data = {
        "charts": {plot.name: cursor_data(plot) for plot in charts},
        "samples": browser["data"] if browser else None,
    }
    return render(view, data)
