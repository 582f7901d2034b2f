"""Which experiments a study compares, why, and which of their training runs belong together."""

from pathlib import Path

from gradus.graph.comparisons import compared_pairs
from gradus.graph.graph import Graph
from gradus.specs.evaluation import ComparedPair, CompareExperimentsSpec
from study.made_study import spec_of, study


def pairs_of(folder: Path, *changes: tuple[str, object]) -> list[ComparedPair]:
    return compared_pairs(study(folder, *changes))


def test_every_row_is_compared_with_the_baseline_and_its_parent(tmp_path: Path) -> None:
    roles = [(pair.a, pair.b, pair.role) for pair in pairs_of(tmp_path)]
    assert roles == [
        ("baseline", "sft", "baseline"),
        ("baseline", "rl", "baseline"),
        ("baseline", "sft_rl", "baseline"),
        ("sft", "sft_rl", "parent"),
    ]
    alone = [(pair.a, pair.b) for pair in pairs_of(tmp_path, ("comparisons", {"parents": False}))]
    assert ("sft", "sft_rl") not in alone


def test_declared_pairs_have_their_role_and_question(tmp_path: Path) -> None:
    asked = {"of": ["rl", "sft_rl"], "question": "SFT before RL"}
    chosen = {"pairs": [asked, ["sft_rl", "sft"], ["rl", "baseline"]], "primary": ["rl", "sft_rl"]}
    found = {(pair.a, pair.b): (pair.role, pair.question) for pair in pairs_of(tmp_path, ("comparisons", chosen))}
    assert found == {
        ("baseline", "sft"): ("baseline", ""),
        ("baseline", "rl"): ("pair", ""),  # the baseline is the first of its pairs
        ("baseline", "sft_rl"): ("baseline", ""),
        ("rl", "sft_rl"): ("primary", "SFT before RL"),
        ("sft_rl", "sft"): ("pair", ""),
    }


def test_runs_are_paired_where_all_were_trained_from_each_other(tmp_path: Path) -> None:
    def paired(*changes: tuple[str, object]) -> set[tuple[str, str]]:
        chosen = ("comparisons", {"pairs": [["rl", "sft_rl"]]})
        return {(pair.a, pair.b) for pair in pairs_of(tmp_path, chosen, *changes) if pair.paired_runs}

    assert paired() == set(), "one run each"
    assert paired(("seeds", 3)) == {("sft", "sft_rl")}
    assert paired(("experiments.sft_rl.seeds", 3)) == set(), "all from the one run of sft"
    assert paired(("seeds", 3), ("experiments.sft_rl.seeds", [0, 1])) == set(), "not all of sft's runs"
    grandchild = ("experiments.again", {"from": "sft_rl", "stage": "none"})
    assert paired(("seeds", 2), grandchild) == {("sft", "sft_rl"), ("sft_rl", "again")}


def test_the_job_is_told_all_of_it(tmp_path: Path) -> None:
    chosen = {"margin": 2, "family": "table", "primary": ["rl", "sft_rl"]}
    graph = Graph(study(tmp_path, ("comparisons", chosen), ("seeds", 2)))
    settings = spec_of(graph, "comparisons", CompareExperimentsSpec)
    assert (settings.margin, settings.family) == (0.02, "table")
    assert settings.runs["rl"] == ["rl", "rl.seed-1"]
    assert ComparedPair(a="rl", b="sft_rl", role="primary") in settings.compared
