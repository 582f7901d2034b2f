"""top_p, top_k and min_p wherever something is sampled: in specs, and what samplers and rollouts refuse."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.specs.sampling import Drawn
from gradus.specs.training import GrpoSpec
from gradus.study.file import read_study_file
from gradus.study.schema import validate
from study.made_study import spec_of, study, write
from study.tinker_study import TEXT as TINKER

Changes = list[tuple[str, Any]]


def drawn(graph: Graph, name: str) -> tuple[float, int | None, float]:
    settings = graph.jobs[name].settings
    assert isinstance(settings, Drawn)
    return settings.top_p, settings.top_k, settings.min_p


def test_each_place_has_its_own(tmp_path: Path) -> None:
    made = Graph(
        study(
            tmp_path,
            ("sampling", {"temperature": 0.6, "top_p": 0.95, "top_k": 20}),
            ("benchmarks.hard.min_p", 0.1),
            ("benchmarks.hard.top_k", 40),
            ("votes.top_p", 0.9),
            ("traces.custom.min_p", 0.05),
            ("experiments.rl.top_k", 50),
        )
    )
    assert drawn(made, "samples/rl/easy") == (0.95, 20, 0.0)
    assert drawn(made, "samples/rl/hard") == (0.95, 40, 0.1)
    assert drawn(made, "samples/rl/easy.votes") == (0.9, None, 0.0)
    assert drawn(made, "traces/custom.completions") == (1.0, None, 0.05)
    rl = spec_of(made, "models/rl", GrpoSpec)
    assert (rl.top_p, rl.top_k, rl.min_p) == (1.0, 50, 0.0)


def test_greedy_answers_have_none(tmp_path: Path) -> None:
    """What decides nothing draws nothing again."""
    plain, changed = (
        Graph(study(tmp_path)),
        Graph(study(tmp_path, ("sampling", {"top_p": 0.9}), ("benchmarks.hard.temperature", 0.5))),
    )
    assert changed.jobs["samples/rl/easy"].settings == plain.jobs["samples/rl/easy"].settings
    assert drawn(changed, "samples/rl/hard") == (0.9, None, 0.0)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"sampling": {"temperature": 1.0, "min_p": 0.1}}, "sampling"),
        ({"benchmarks": {"easy": {"temperature": 1.0, "min_p": 0.1}}}, "benchmarks.easy"),
        ({"votes": {"min_p": 0.1}}, "votes"),
        ({"traces": {"custom": {"min_p": 0.1}}}, "traces.custom"),
    ],
)
def test_tinker_has_no_min_p(changes: dict[str, Any], place: str, tmp_path: Path) -> None:
    file = read_study_file(write(tmp_path, TINKER))
    said = (
        rf"{place}\.min_p: sampler: tinker has no min_p; remove this key, or set sampler: torch or transformers or vllm"
    )
    with pytest.raises(GradusError, match=said) as told:
        validate(file, changes)
    assert len(str(told.value).splitlines()) == 1
    others = {"sampling": {"temperature": 1.0, "top_k": 5, "top_p": 0.5}, "votes": {"top_k": 5}}
    assert drawn(Graph(validate(file, others)), "samples/rl/easy") == (0.5, 5, 0.0)


@pytest.mark.parametrize(("key", "value", "every"), [("top_p", 0.9, "1"), ("top_k", 5, "null"), ("min_p", 0.1, "0")])
def test_rollouts_whose_probabilities_are_over_all_tokens(key: str, value: float, every: str, tmp_path: Path) -> None:
    """vLLM tells those of what may be drawn, and tinker's losses know the whole distribution alone."""
    study(tmp_path, (f"experiments.rl.{key}", value))
    vllm = [("rollouts", {"engine": "vllm_colocate"}), ("experiments.rl.network", "transformers")]
    said = rf"log-probabilities over the tokens of {key} alone, not over all; .* or {key}: {every}"
    with pytest.raises(GradusError, match=said):
        study(tmp_path, *vllm, (f"experiments.rl.{key}", value))
    with pytest.raises(GradusError, match=rf"rl\.{key}: backend: tinker has no {key}"):
        validate(read_study_file(write(tmp_path, TINKER)), {"experiments": {"rl": {key: value}}})
