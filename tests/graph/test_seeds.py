"""What is drawn with which seed: names, settings in their place, and what experiments share."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.graph.seeds import SEEDS_FILE, Seeds, seeds_record
from gradus.graph.spec_files import plan_specs, write_specs
from gradus.provenance.errors import GradusError
from gradus.provenance.seeds import derive_seed
from study.made_study import study
from study.planned import specs_of


def seeds_of(specs: Mapping[str, Any]) -> dict[str, int]:
    """By the names of the jobs."""
    return {name: spec["settings"]["seed"] for name, spec in specs.items() if "seed" in spec["settings"]}


def renamed(folder: Path, old: str, new: str, **settings: Any) -> Mapping[str, Any]:
    """The jobs of the small study with an experiment by another name."""
    small = study(folder)
    values = dict(small.experiments[old].model_dump(exclude_unset=True, by_alias=True)) | settings
    others = [("experiments.sft_rl.from", new)] if old == "sft" else []
    return specs_of(study(folder, (f"experiments.{new}", values), *others, (f"experiments.{old}", None)))


def test_seeds_are_derived_from_names_as_ever(tmp_path: Path) -> None:
    found = seeds_of(specs_of(study(tmp_path, ("votes.problems", 5), ("experiments.sft.seeds", 2))))
    assert found["models/base"] == derive_seed(0, "models", "base")
    assert found["problems/train"] == derive_seed(0, "problems", "train")
    assert found["problems/test.votes"] == derive_seed(0, "votes", "problems", "test")
    assert found["traces/public"] == derive_seed(0, "traces", "public")
    assert found["models/sft"] == derive_seed(0, "experiments", "sft")
    assert found["models/sft.seed-1"] == derive_seed(0, "experiments", "sft", "seed", 1)
    assert found["samples/sft/easy"] == found["samples/sft.seed-1/easy"] == derive_seed(0, "samples", "sft", "easy")
    assert found["samples/rl/easy.votes"] == derive_seed(0, "votes", "rl", "easy")
    assert found["votes/rl/easy"] == derive_seed(0, "count", "rl", "easy")


def test_an_experiment_keeps_its_seeds_by_its_former_name(tmp_path: Path) -> None:
    before = seeds_of(specs_of(study(tmp_path)))
    other, same = seeds_of(renamed(tmp_path, "sft", "new")), seeds_of(renamed(tmp_path, "sft", "new", seed="sft"))
    for job in ("models/sft", "samples/sft/easy", "samples/sft/hard"):
        now = job.replace("sft", "new")
        assert other[now] != before[job]
        assert same[now] == before[job]
    assert all(same[name] == before[name] for name in before.keys() - {"models/sft"} if "/sft/" not in name)


def test_a_benchmark_keeps_its_seeds_by_its_former_name(tmp_path: Path) -> None:
    before = seeds_of(specs_of(study(tmp_path)))
    changes = (("benchmarks.new", {"problems": "test", "seed": "easy"}), ("votes.benchmarks", ["new"]))
    after = seeds_of(specs_of(study(tmp_path, *changes, ("benchmarks.easy", None))))
    assert {name.replace("/new", "/easy"): seed for name, seed in after.items()} == before


@pytest.mark.parametrize("key", ["models.base", "problems.train", "traces.custom", "traces.public", "benchmarks.easy"])
@pytest.mark.parametrize("seed", [3, "former"])
def test_what_is_drawn_of_anything_has_a_seed_and_nothing_else_changes(
    tmp_path: Path, key: str, seed: int | str
) -> None:
    group, name = key.split(".")
    before, after = specs_of(study(tmp_path)), specs_of(study(tmp_path, (f"{key}.seed", seed)))
    changed = {job for job in before if before[job] != after[job]}
    others = {"benchmarks": ("samples/", "votes/"), "models": (f"models/{name}", f"corpora/{name}")}
    follows = others.get(group, (f"{group}/{name}",))
    assert changed
    assert all(job.startswith(follows) for job in changed)
    for job in changed:
        assert before[job] | after[job] == after[job]
        assert seeds_of(before)[job] != seeds_of(after)[job]
    if group != "benchmarks":
        drawn = {"traces.custom": "traces/custom.completions"}.get(key, f"{group}/{name}")
        assert seeds_of(after)[drawn] == derive_seed(0, group, seed)


def test_two_experiments_with_one_seed_share_every_seed(tmp_path: Path) -> None:
    pair = (("experiments.rl.seed", 7), ("experiments.sft_rl.seed", 7), ("experiments.sft.seed", "7"))
    found = seeds_of(specs_of(study(tmp_path, *pair, ("votes.experiments", ["rl", "sft"]), ("seeds", 2))))
    for run in ("", ".seed-1"):
        assert found[f"models/rl{run}"] == found[f"models/sft{run}"] == found[f"models/sft_rl{run}"]
        for job in ("samples/{}/easy", "samples/{}/hard"):
            assert len({found[job.format(name + run)] for name in ("rl", "sft", "sft_rl")}) == 1
        for job in ("samples/{}/easy.votes", "votes/{}/easy"):
            assert found[job.format("rl" + run)] == found[job.format("sft" + run)]
    assert found["models/rl"] != found["models/rl.seed-1"]
    assert found["samples/rl/easy"] != found["samples/rl/hard"]


def test_a_common_seed_leaves_the_names_of_experiments_out(tmp_path: Path) -> None:
    found = seeds_of(specs_of(study(tmp_path, ("common_seed", True), ("experiments.sft.seed", "own"))))
    assert found["models/rl"] == found["models/sft_rl"] == derive_seed(0, "experiments")
    assert found["samples/baseline/easy"] == found["samples/rl/easy"] == derive_seed(0, "samples", "easy")
    assert found["votes/baseline/easy"] == found["votes/rl/easy"]
    assert found["models/sft"] == derive_seed(0, "experiments", "own"), "what it says itself comes first"
    apart = seeds_of(specs_of(study(tmp_path)))
    assert all(found[name] == apart[name] for name in found if name.startswith(("problems/", "traces/", "models/base")))


def test_two_that_differ_in_a_setting_differ_by_nothing_else(tmp_path: Path) -> None:
    twin = {"from": "base", "inherits": "sft", "epochs": 9}
    specs = specs_of(study(tmp_path, ("common_seed", True), ("experiments.twin", twin)))
    one, other = (specs[f"models/{name}"]["settings"] for name in ("sft", "twin"))
    assert {key for key in one if one[key] != other[key]} == {"epochs"}
    one, other = (specs[f"samples/{name}/easy"]["settings"] for name in ("sft", "twin"))
    assert {key for key in one if one[key] != other[key]} == {"weights"}


def test_the_studys_seed_draws_anew_what_has_a_seed_too(tmp_path: Path) -> None:
    first, second = (Seeds(study(tmp_path, ("experiments.rl.seed", 7), ("seed", seed))) for seed in (0, 1))
    assert first.training("rl") != second.training("rl")


def test_a_seed_is_not_inherited(tmp_path: Path) -> None:
    heir = study(tmp_path, ("experiments.rl.seed", 7)).experiments["sft_rl"]
    assert heir.seed is None


@pytest.mark.parametrize("seed", [-1, 1.5, "Not a name", True, ""])
def test_a_seed_is_a_number_or_a_name(tmp_path: Path, seed: Any) -> None:
    with pytest.raises(GradusError, match=r"changed.yaml:\d+: experiments.rl.seed: (expected|has to be at least 0)"):
        study(tmp_path, ("experiments.rl.seed", seed))


def test_the_studys_folder_has_the_seeds_that_its_jobs_got(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    graph = Graph(study(tmp_path, ("experiments.sft.seed", "former"), ("votes.problems", 5), ("seeds", 2)))
    write_specs(graph, plan_specs(graph))
    record = json.loads(Path(graph.root, SEEDS_FILE).read_text())
    assert record == seeds_record(graph.study)
    found = seeds_of(specs_of(graph))
    assert record["experiments"]["sft"] == {
        "seed": "former",
        "training": {"sft": found["models/sft"], "sft.seed-1": found["models/sft.seed-1"]},
        "samples": {"easy": found["samples/sft/easy"], "hard": found["samples/sft/hard"]},
        "votes": {},
    }
    assert record["experiments"]["rl"]["seed"] == "rl"
    assert record["experiments"]["rl"]["votes"] == {"easy": found["samples/rl/easy.votes"]}
    assert record["experiments"]["baseline"]["training"] == {}, "nothing is trained"
    assert record["models"]["base"] == {"seed": "base", "pretraining": found["models/base"]}
    assert record["problems"]["test"] == {
        "seed": "test",
        "drawing": found["problems/test"],
        "votes": found["problems/test.votes"],
    }
    assert record["traces"]["custom"] == {"seed": "custom", "drawing": found["traces/custom.completions"]}
    assert record["benchmarks"] == {"easy": {"seed": "easy"}, "hard": {"seed": "hard"}}
