"""The picture of a study's experiments, which need not be built."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from gradus.graph.experiments_picture import experiments_svg
from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from study.made_study import changed


def test_it_has_starts_data_and_seeds(tmp_path: Path) -> None:
    later = {"from": "sft", "stage": "none"}
    changes = ("experiments.sft.seeds", 3), ("experiments.later", later)
    drawn = ElementTree.fromstring(experiments_svg(Graph.read(changed(tmp_path, *changes))))
    assert drawn.attrib["aria-label"].split("; ") == [
        *("sft from base", "rl from base", "sft_rl from sft", "later from sft"),
    ]
    texts = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"base", "baseline", "SFT on custom · 3 runs", "RL on train", "no training · 3 runs"} <= {*texts}


def test_without_training_there_is_nothing_to_draw(tmp_path: Path) -> None:
    untrained = [(f"experiments.{name}", None) for name in ("sft", "rl", "sft_rl")]
    votes = ("votes.experiments", ["baseline"])
    with pytest.raises(GradusError, match="'small' trains no experiment"):
        experiments_svg(Graph.read(changed(tmp_path, *untrained, votes)))
