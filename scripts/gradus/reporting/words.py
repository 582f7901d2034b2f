"""`report.md`: the page's analysis in words, for a writeup: questions with their answers, then what to know of them."""

from collections.abc import Iterator

from gradus.evaluation import ablation_table, part_tables, stages_table, token_use
from gradus.evaluation.pipe_table import escape, percent_with_arm, pipe_table
from gradus.evaluation.shares import questions_text
from gradus.evaluation.votes.cells import PLAIN
from gradus.evaluation.votes.words import rule_notes, sentences
from gradus.reporting import contamination, cost_accuracy, formats, limits, neighbours, recipes
from gradus.reporting.cells import answers
from gradus.reporting.differences import Difference, differences
from gradus.reporting.flips import flips_of
from gradus.reporting.graders import OURS, TITLES
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.ledger import stage_totals
from gradus.reporting.plots.marks import Mark, marks_of
from gradus.reporting.questions import evidence, question, verdict
from gradus.reporting.token_use import token_uses
from gradus.study.settings.truncation import WHOLE, truncation

MOST_PAIRS_IN_WORDS = 40


def report_text(inputs: ReportInputs) -> str:
    """Markdown. Sections without data are left out; equal inputs are equal bytes."""
    marks = marks_of(inputs)
    parts = [
        ("", _opening(inputs)),
        ("Questions", _questions(inputs)),
        (f"Against {escape(inputs.title_of(inputs.baseline['name']))}", _against_baseline(inputs)),
        ("All results", [ablation_table.render_markdown(inputs.ablation), part_tables.render(inputs.ablation)]),
        ("Votes", _votes(inputs)),
        ("How it was trained", _recipes(inputs, marks)),
        ("Stages of fine-tuning", _stages(inputs)),
        ("Domain tokens", _token_use(inputs)),
        ("Costs", _costs(inputs)),
        ("Contamination", _contamination(inputs)),
        ("Other graders", _graders(inputs)),
        ("Limits", [f"- {line}" for line in limits.limits(inputs)]),
    ]
    text: list[str] = [f"# {escape(inputs.title or inputs.study)}", ""]
    for title, lines in parts:
        found = list(lines)
        if found:
            text += [f"## {title}", ""] * bool(title) + ["\n".join(found).rstrip(), ""]
    # non-breaking spaces are for the page
    return "\n".join(text).replace("\u00a0", " ")


def _opening(inputs: ReportInputs) -> list[str]:
    graded = sum(answers(cell) for entry in inputs.experiments for cell in entry["cells"].values())
    counts = [f"{len(inputs.experiments)} experiments", f"{len(inputs.benchmarks)} benchmarks"]
    counts += [
        f"{formats.count(graded)} graded answers",
        f"{formats.count(len(inputs.comparisons))} paired comparisons",
    ]
    seed = "" if inputs.provenance.seed is None else f", seed {inputs.provenance.seed}"
    asked = "; ".join(_benchmark(inputs, benchmark["name"]) for benchmark in inputs.benchmarks)
    return [f"Study `{inputs.study}`{seed}: {', '.join(counts)}. Benchmarks: {asked}."]


def _benchmark(inputs: ReportInputs, name: str) -> str:
    column = next(benchmark for benchmark in inputs.benchmarks if benchmark["name"] == name)
    samples = column.get("samples") or 1
    protocol = next((score["protocol"] for (_, b), score in inputs.evals.items() if b == name), {})
    about = [f"n = {formats.count(column['n'])}"]
    about += [f"{samples} samples each"] if samples > 1 else []
    about += [f"options by likelihood, {protocol['metric']}"] if "metric" in protocol else []
    about += [f"temperature {protocol['temperature']:g}"] if "temperature" in protocol else []
    limits = ((key, protocol.get(key, every), every) for key, every in truncation(WHOLE).items())
    about += [f"{key} {value:g}" for key, value, every in limits if value != every]
    about += [f"at most {formats.count(protocol['max_tokens'])} tokens"] if "max_tokens" in protocol else []
    return f"{escape(inputs.title_of(name))} ({', '.join(about)})"


def _questions(inputs: ReportInputs) -> Iterator[str]:
    """A paragraph a pair that the study declares or continues, a line a benchmark."""
    found = [d for d in differences(inputs) if d.role != "baseline"]
    for a, b in neighbours.asked_pairs(inputs)[:MOST_PAIRS_IN_WORDS]:
        here = [d for d in found if (d.a, d.b) == (a, b)]
        primary = " (the comparison that the study is about)" if here[0].role == "primary" else ""
        yield f"**{escape(question(inputs, here[0]))}**{primary}"
        yield ""
        yield from (f"- {_answer(inputs, d)}" for d in here)
        yield ""


def _answer(inputs: ReportInputs, d: Difference) -> str:
    on, accuracies = (
        escape(inputs.title_of(d.benchmark)),
        (formats.percent(d.accuracy_b), formats.percent(d.accuracy_a)),
    )
    points, changed = formats.points(d.delta), ""
    if d.benchmark in inputs.problems and all(inputs.samples.get((side, d.benchmark)) for side in (d.a, d.b)):
        flips = flips_of(inputs, d.a, d.b, d.benchmark)
        changed = f"; wrong to right {len(flips.gained)}, right to wrong {len(flips.lost)}"
    return f"{on}: {accuracies[0]} against {accuracies[1]}, {points} points, {verdict(d)} {evidence(d)}{changed}."


def _against_baseline(inputs: ReportInputs) -> Iterator[str]:
    baseline = inputs.baseline["name"]
    for benchmark in inputs.benchmarks:
        here = [d for d in differences(inputs) if d.a == baseline and d.benchmark == benchmark["name"]]
        if here:
            better = [_named(inputs, d) for d in here if d.significant and d.delta > 0]
            worse = [_named(inputs, d) for d in here if d.significant and d.delta < 0]
            rest = [_named(inputs, d) for d in here if not d.significant]
            said = [
                f"{what}: {', '.join(names)}"
                for what, names in (("better", better), ("worse", worse), ("not shown to differ", rest))
                if names
            ]
            yield f"- {escape(inputs.title_of(benchmark['name']))}: {'; '.join(said)}."


def _named(inputs: ReportInputs, d: Difference) -> str:
    return f"{escape(inputs.title_of(d.b))} ({formats.points(d.delta)}{d.star})"


def _votes(inputs: ReportInputs) -> Iterator[str]:
    """The largest plain vote of every experiment and benchmark, and what the tests say of it."""
    for benchmark in inputs.benchmarks:
        for cell in (cell for cell in inputs.votes if cell.benchmark == benchmark["name"]):
            vote = max((vote for vote in cell.votes if vote.counting == PLAIN), key=lambda vote: vote.k, default=None)
            if vote is not None and vote.gains:
                names = f"{escape(inputs.title_of(cell.experiment))} on {escape(inputs.title_of(cell.benchmark))}"
                share = percent_with_arm(vote.value, vote.ci95)
                yield f"- {names} (n = {questions_text(cell.n, cell.benchmark_n)}): {share}; {sentences(cell)}"
    yield from (f"\n{note}" for note in rule_notes(inputs.votes) if inputs.votes)


def _recipes(inputs: ReportInputs, marks: dict[str, Mark]) -> Iterator[str]:
    found = recipes.section(inputs, marks)
    for row in found["rows"] if found else []:
        line = f"- **{escape(row['mark'].title)}**: from {escape(row['start'])}; {escape('; '.join(row['summary']))}."
        if row["neighbour"]:
            changes = [
                f"`{each['name']}` {escape(each['here'])} (there {escape(each['there'])})"
                for each in row["differences"]
            ]
            line += f" Differs from {escape(row['neighbour'])} in {', '.join(changes) or 'the seed alone'}."
        yield line


def _stages(inputs: ReportInputs) -> list[str]:
    if not inputs.stages:
        return []
    titles = {row.parent: inputs.title_of(row.parent) for row in inputs.stages}
    titles |= {row.experiment: row.title for row in inputs.stages}
    return [stages_table.render_markdown(inputs.stages, titles, inputs.ablation.get("published_from", ""))]


def _token_use(inputs: ReportInputs) -> list[str]:
    rows = token_uses(inputs)
    titles = {name: inputs.title_of(name) for row in rows for name in (row.experiment, row.benchmark)}
    return [token_use.render_markdown(rows, titles).rstrip()] if rows else []


def _costs(inputs: ReportInputs) -> list[str]:
    if not inputs.ledger:
        return []
    total = stage_totals(inputs.ledger)[-1]
    spent = [f"{formats.duration(total.wall_seconds)} of jobs"]
    spent += [f"{formats.duration(total.gpu_seconds)} of GPUs"] if total.gpu_seconds else []
    spent += [formats.dollars(total.dollars)] if total.dollars else []
    machines = ", ".join(sorted({row.machine for row in inputs.ledger}))
    tokens = f"{formats.count(total.tokens_in)} tokens read, {formats.count(total.tokens_out)} written"
    lines = [f"In all {', '.join(spent)} ({total.jobs} jobs, {tokens}) on {escape(machines)}."]
    costs = cost_accuracy.chain_costs(inputs)
    if costs:
        measure = cost_accuracy.measure_of(costs)
        own = cost_accuracy.own_costs(inputs)
        rows = [
            [
                escape(inputs.title_of(name)),
                *(formats.number(getattr(each[name], measure.field) / measure.unit) for each in (own, costs)),
            ]
            for name in costs
        ]
        header = ["Experiment", f"Own training, {measure.name}", f"Whole chain, {measure.name}"]
        lines += ["", pipe_table(header, rows).rstrip(), ""]
        lines += [
            f"- {escape(inputs.title_of(benchmark['name']))}: no other experiment is as accurate for less than "
            f"{', '.join(front)}."
            for benchmark in inputs.benchmarks
            if (front := _on_front(inputs, benchmark["name"]))
        ]
    return lines


def _on_front(inputs: ReportInputs, benchmark: str) -> list[str]:
    on = cost_accuracy.front(inputs, benchmark, cost_accuracy.chain_costs(inputs))
    return [escape(inputs.title_of(entry["name"])) for entry in inputs.experiments if entry["name"] in on]


def _contamination(inputs: ReportInputs) -> Iterator[str]:
    found = contamination.section(inputs)
    if found is None:
        return
    alike = " or ".join(found["shares"])
    yield (
        f"What was trained on was searched for the benchmarks' problems: the same text but for how it is set, or "
        f"{alike}, with the same numbers. {found['policy']}"
    )
    yield ""
    for row in found["rows"]:
        held = f"{row['overlapping']} of {row['rows']} rows" + (f" ({row['benchmarks']})" if row["benchmarks"] else "")
        yield f"- `{row['name']}` ({row['kind']}): {held} with a benchmark's problem, {row['near']} with a near copy."
    yield f"- Between benchmarks: {', '.join(found['shared']) or 'no problem in common'}."


def _graders(inputs: ReportInputs) -> Iterator[str]:
    for each in inputs.second_opinion:
        if each["covered"]:
            said = []
            for name, title in TITLES.items():
                if name != OURS:
                    shifts = [
                        theirs - ours
                        for row in each["accuracy"].values()
                        if (theirs := row[name]) is not None and (ours := row[OURS]) is not None
                    ]
                    largest = formats.points(max(shifts, key=abs)) if shifts else formats.NOTHING
                    said.append(f"{title} {formats.percent(each['graders'][name]['agreement'])} ({largest})")
            covered = f"{formats.count(each['covered'])} of {formats.count(each['completions'])} completions"
            yield f"- {escape(inputs.title_of(each['benchmark']))}, {covered}: {', '.join(said)}."
    if any(each["covered"] for each in inputs.second_opinion):
        yield ""
        yield "Agreement with the verdicts above; in brackets the largest change of an accuracy, in points."
