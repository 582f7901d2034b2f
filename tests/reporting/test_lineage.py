"""The picture of which experiment starts from which."""

from gradus.reporting import lineage
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.marks import marks_of


def test_edges_are_those_of_the_study(inputs: ReportInputs) -> None:
    drawn = lineage.of_report(inputs, marks_of(inputs))
    assert drawn is not None
    assert drawn.label.split("; ") == [
        "SFT (custom traces) from student",
        "Direct RL (GRPO v1) from student",
        "GRPO v2 (hard problems) from student",
        "SFT → RL from SFT (custom traces)",
    ]
    assert (drawn.width, drawn.height) == (3 * 212 + 2 * 44 + 4, 3 * 58 - 12 + 4)


def test_a_child_is_beside_its_only_parent_and_no_box_covers_another(inputs: ReportInputs) -> None:
    roots = lineage._trees(lineage._grown(inputs, marks_of(inputs)), inputs.title_of)
    rows = lineage._placed(roots)
    places = {node.title: (node.column, node.row) for node in lineage._all(roots)}
    assert rows == 3
    assert len(set(places.values())) == len(places) == 5
    assert places["SFT → RL"] == (2, places["SFT (custom traces)"][1])
    assert places["student"] == (0, 1.0)


def test_what_is_listed_before_its_parent_has_its_place_too(inputs: ReportInputs) -> None:
    expected = lineage.of_report(inputs, marks_of(inputs))
    inputs.ablation["experiments"].reverse()
    assert expected is not None
    drawn = lineage.of_report(inputs, marks_of(inputs))
    assert drawn is not None
    assert sorted(drawn.label.split("; ")) == sorted(expected.label.split("; "))


def test_without_trainings_there_is_none(inputs: ReportInputs) -> None:
    assert lineage.of_report(ReportInputs(inputs.ablation), marks_of(inputs)) is None
