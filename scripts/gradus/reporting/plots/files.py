"""The plots of the page as SVG files with title, legend and colours, for slides and for Snakemake's report."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from gradus.provenance.files import write_text
from gradus.reporting import accuracy, cost_accuracy, curves, lengths, levels, lineage, outcomes, pairs, passes, votes
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.page.render import joined
from gradus.reporting.plots import svg
from gradus.reporting.plots.intervals import point
from gradus.reporting.plots.lines import LinePlot, line_plot
from gradus.reporting.plots.marks import Mark, marks_of
from gradus.reporting.plots.svg import Picture

Legend = Sequence[tuple[Markup, str]]
"""Signs in a box of 12 x 12 units, and what they mean."""

STYLES = ("colours.css", "plots.css", "plot_file.css")
SCALE = 2
"""Pixels a unit: the page's plots are for columns, a file is seen alone."""
MARGIN = 12
TITLE_HEIGHT = 26
ENTRY_HEIGHT = 18
LEGEND_COLUMNS = 2
ENTRY_CHARACTERS = 26


def write_plots(inputs: ReportInputs, folder: Path) -> None:
    """Write `<section>/<plot>.svg` below `folder` for every plot of the page that compares experiments."""
    for name, text in plot_files(inputs).items():
        write_text(folder / f"{name}.svg", text)


def plot_files(inputs: ReportInputs) -> dict[str, str]:
    """`<section>/<plot>` -> the text of its SVG file."""
    marks = marks_of(inputs)
    files = {f"accuracy/{p.name}": plot_file(p.title, p.picture) for p in accuracy.section(inputs, marks)["plots"]}
    if compared := pairs.section(inputs, marks):
        key: Legend = [(svg.group(point("circle", 6, 6, fill)), text) for fill, text in compared["legend"]]
        files |= {
            f"comparisons/{group['name']}-{p.name}": plot_file(f"{group['title']}: {p.title}", p.picture, key)
            for group in compared["groups"]
            for p in group["plots"]
        }
    if found := outcomes.section(inputs, marks):
        key = [(_fill(style), title) for style, title in found["legend"]]
        files |= {f"outcomes/{p.name}": plot_file(p.title, p.picture, key) for p in found["plots"]}
    if measured := lengths.section(inputs, marks):
        key = [(_fill(style), title) for style, title in measured["legend"]]
        files |= {f"lengths/{p.name}": plot_file(p.title, p.picture, key) for p in measured["plots"]}
    if (drawn := lineage.of_report(inputs, marks)) is not None:
        files["lineage/experiments"] = plot_file(lineage.TITLE, drawn)
    for section, plots in (
        ("learning", curves.reinforcement_plots(inputs, marks)),
        ("losses", curves.loss_plots(inputs, marks)),
        ("votes", votes.plots(inputs, marks)),
        ("pass_at_k", passes.plots(inputs, marks)),
        ("levels", levels.plots(inputs, marks)),
        ("costs", cost_accuracy.plots(inputs, marks)),
    ):
        files |= {f"{section}/{p.name.partition('-')[2]}": plot_file(p.title, line_plot(p), _runs(p)) for p in plots}
    return files


def plot_file(title: str, picture: Picture, legend: Legend = ()) -> str:
    """An SVG document that needs nothing else."""
    rows = -(-len(legend) // LEGEND_COLUMNS)
    width = picture.width + 2 * MARGIN
    height = TITLE_HEIGHT + picture.height + 2 * MARGIN + ENTRY_HEIGHT * rows
    entries = [
        _entry(sign, text, index % LEGEND_COLUMNS * picture.width / LEGEND_COLUMNS, index // LEGEND_COLUMNS)
        for index, (sign, text) in enumerate(legend)
    ]
    drawing = [
        svg.text(0, 14, title, class_="title"),
        svg.group(picture.shapes, class_=picture.kind, transform=f"translate(0 {TITLE_HEIGHT})"),
        svg.group(entries, transform=f"translate(0 {TITLE_HEIGHT + picture.height + MARGIN:g})"),
    ]
    return svg.element(
        "svg",
        svg.element("style", Markup(joined(STYLES))),
        svg.rectangle(0, 0, width, height, class_="paper"),
        svg.group(drawing, transform=f"translate({MARGIN} {MARGIN})"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=SCALE * width,
        height=SCALE * height,
        role="img",
        aria_label=picture.label,
    )


def _runs(plot: LinePlot) -> Legend:
    marks: dict[str, Mark] = {line.mark.name: line.mark for line in plot.lines}
    return [(svg.group([mark.sign], class_=mark.colour), mark.title) for mark in marks.values()]


def _fill(style: str) -> Markup:
    return svg.rectangle(0, 0, 12, 12, class_=f"part {style}")


def _entry(sign: Markup, text: str, x: float, row: int) -> Markup:
    shown = text if len(text) <= ENTRY_CHARACTERS else text[: ENTRY_CHARACTERS - 1].rstrip() + "…"
    shapes = [svg.group([sign], class_="plot"), svg.text(18, 10, shown, class_="entry")]
    return svg.group(shapes, transform=f"translate({x:g} {row * ENTRY_HEIGHT})")
