"""Parts of a benchmark in a study: what they change of its specs, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import MakeAblationSpec, ScoreSamplesSpec
from gradus.study.settings.published import PublishedNumber
from study.made_study import changed, spec_of, study
from study.planned import specs_of

PARTS = ("benchmarks.easy.parts", "level")
SAID = ("reference_source", "A. Author")


def test_parts_change_scores_and_tables_alone(tmp_path: Path) -> None:
    one, other = (specs_of(Graph.read(changed(tmp_path, *changes))) for changes in ((), (PARTS,)))
    scores = {f"eval/{run}/easy" for run in ("baseline", "sft", "rl", "sft_rl")}
    assert {name for name in one if one[name] != other[name]} == {*scores, "ablation", "report"}


def test_what_jobs_are_told(tmp_path: Path) -> None:
    reference = ("experiments.rl.reference_parts", {"easy": {"level 1": "3/4", "level 2": 50}})
    graph = Graph(study(tmp_path, PARTS, SAID, reference))
    assert spec_of(graph, "eval/rl/easy", ScoreSamplesSpec).parts == "level"
    assert spec_of(graph, "eval/rl/hard", ScoreSamplesSpec).parts is None
    table = spec_of(graph, "ablation", MakeAblationSpec)
    assert [column.parts for column in table.benchmarks] == ["level", None]
    rl, sft_rl = table.experiments[2:]
    assert rl.published_parts["easy"]["level 1"] == PublishedNumber(low=0.75, high=0.75, correct=3, of=4)
    assert rl.published_parts["easy"]["level 2"].value == 0.5
    assert sft_rl.published_parts == {}  # which inherits the settings of rl


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ([("benchmarks.easy.parts", "colour")], "benchmarks.easy.parts: "),
        (
            [("benchmarks.easy.parts", "cluster")],
            "benchmarks.easy.parts: 'test' names no such column; set its `columns.cluster`, or take another key",
        ),
        (
            [SAID, ("experiments.rl.reference_parts", {"easy": {"level 1": 5}})],
            "experiments.rl.reference_parts.easy: 'easy' has no parts; set its `parts`, or remove this reference",
        ),
        (
            [PARTS, SAID, ("experiments.rl.reference_parts", {"easier": {"level 1": 5}})],
            "experiments.rl.reference_parts.easier: there is no benchmark 'easier'",
        ),
        (
            [PARTS, ("experiments.rl.reference_parts", {"easy": {"level 1": 5}})],
            "reference_source: say who published the reference values",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, changes: list[tuple[str, Any]], what: str) -> None:
    with pytest.raises(GradusError) as error:
        study(tmp_path, *changes)
    assert what in str(error.value)
