"""pass@k on the page: a curve an experiment, the greedy answer beside it, and the gap in the table."""

from dataclasses import replace

from gradus.evaluation.pass_at_k import PassCurve, pass_curve, sizes_of
from gradus.evaluation.shares import Alone
from gradus.reporting import passes
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.lines import line_plot
from gradus.reporting.plots.marks import marks_of
from gradus.reporting.report import build_report


def curve(
    experiment: str, correct: list[int], samples: int = 8, benchmark_n: int = 0, greedy: bool = True
) -> PassCurve:
    points = pass_curve([correct], samples, sizes_of(samples))
    alone = Alone(0.5, (0.2, 0.8), [0.5])
    n = len(correct)
    return PassCurve(
        experiment=experiment,
        benchmark="math500",
        runs=1,
        trained=True,
        n=n,
        benchmark_n=benchmark_n or n,
        samples=samples,
        temperature=0.7,
        greedy=alone if greedy else None,
        at=points,
    )


def shown(inputs: ReportInputs, *curves: PassCurve) -> passes.PassesView:
    changed = replace(inputs, passes=list(curves))
    section = passes.section(changed, passes.plots(changed, marks_of(inputs)), marks_of(inputs))
    assert section is not None
    return section


def test_a_row_has_both_singles_pass_at_k_and_the_gap(inputs: ReportInputs) -> None:
    section = shown(inputs, curve("sft", [8, 4, 1, 0], benchmark_n=1319), curve("baseline", [0, 0, 0, 8]))
    assert section["columns"] == ["pass@1 greedy", "pass@1 sampled (T = 0.7)", "pass@8", "Gap"]
    assert [row["mark"].name for row in section["rows"]] == ["baseline", "sft"]  # in the order of the ablation table
    assert [row["n"] for row in section["rows"]] == ["4", "4 of 1,319"]
    baseline, sft = ([cell["text"] for cell in row["cells"]] for row in section["rows"])
    assert baseline == ["50.0%", "25.0%", "25.0%", "0.0"]
    assert sft == ["50.0%", "40.6%", "75.0%", "+34.4"]
    assert "Yue et al. 2025, arXiv:2504.13837" in section["notes"][1]


def test_the_plot_has_every_power_of_two_and_the_greedy_answer(inputs: ReportInputs) -> None:
    section = shown(inputs, curve("baseline", [8, 4, 0, 0]), curve("sft", [1, 1, 1, 1], greedy=False))
    (plot,) = section["plots"]
    assert plot.logarithmic
    assert list(plot.x_ticks) == [1, 2, 4, 8]
    assert [(line.name, list(line.x)) for line in plot.lines] == [
        ("Baseline, pass@k", [1, 2, 4, 8]),
        ("Baseline, pass@1 greedy", [1]),
        ("SFT (custom traces), pass@k", [1, 2, 4, 8]),
    ]
    assert "nan" not in str(line_plot(plot).__html__())


def test_one_sample_a_question_has_a_row_and_no_curve(inputs: ReportInputs) -> None:
    section = shown(inputs, curve("baseline", [1, 0], samples=1))
    assert section["plots"] == []
    assert section["columns"] == ["pass@1 greedy", "pass@1 sampled (T = 0.7)"]
    assert [len(row["cells"]) for row in section["rows"]] == [2]


def test_no_right_answer_at_all_is_shown(inputs: ReportInputs) -> None:
    page = build_report(replace(inputs, passes=[curve("baseline", [0, 0])]))
    assert 'aria-label="pass at 1, pass at k and the gap between them"' in page
    assert ">nan" not in page.lower()
