"""Groups of models that are shared, their repositories, and what a command may ask for."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.sharing.shared import shared
from gradus.study.file import read_study_file
from gradus.study.groups import from_the_hub, members, repo_of
from gradus.study.hub_request import HubRequest
from gradus.study.schema import Study, validate

TEXT = """\
study: tiny
models:
  base: {steps: 2}
  known: {source: hub, repo: Qwen/tiny}
problems:
  test: {source: pocket, size: 10}
  train: {source: pocket, size: 20}
benchmarks:
  test: {problems: test}
experiments:
  baseline: {from: base, stage: none}
  rl: {from: base, stage: grpo, problems: train, seeds: 2}
  early: {from: rl, checkpoint: 20, stage: none}
groups:
  pretrained: [base]
  tuned: [rl, early]
hub: {namespace: me, repos: {base: you/named-by-hand}}
"""


def read(folder: Path, text: str = TEXT) -> Study:
    (folder / "study.yaml").write_text(text)
    return validate(read_study_file(folder / "study.yaml"))


def test_members_are_models_and_training_runs(tmp_path: Path) -> None:
    study = read(tmp_path)
    runs = ["rl", "rl.seed-1", "early", "early.seed-1"]
    assert members(study, ["tuned"]) == runs
    assert members(study, ["rl", "pretrained", "tuned"]) == ["rl", "rl.seed-1", "base", "early", "early.seed-1"]
    assert members(study, []) == ["base", *runs]


def test_a_model_of_the_hub_may_be_in_a_group_and_is_left_where_it_is(tmp_path: Path) -> None:
    study = read(tmp_path, TEXT.replace("pretrained: [base]", "pretrained: [base, known]"))
    assert members(study, ["pretrained"]) == ["base"]
    assert list(from_the_hub(study, ["pretrained"])) == ["known: is Qwen/tiny of the hub, which a build fetches"]
    assert list(from_the_hub(study, ["tuned"])) == []


def test_repositories_are_named_by_the_study_or_by_hand(tmp_path: Path) -> None:
    study = read(tmp_path)
    assert repo_of(study, "base") == "you/named-by-hand"
    assert repo_of(study, "rl") == "me/tiny-rl"
    assert repo_of(study, "rl.seed-1") == "me/tiny-rl.seed-1"
    without = read(tmp_path, TEXT.replace("namespace: me, ", ""))
    assert (repo_of(without, "base"), repo_of(without, "rl")) == ("you/named-by-hand", None)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tuned: [rl, early]", "tuned: [rl, lr]", "groups.tuned.1: there is no model or experiment 'lr'"),
        ("tuned: [rl, early]", "tuned: [rl, rl]", "groups.tuned.1: 'rl' is there twice; remove one"),
        (
            "tuned: [rl, early]",
            "tuned: [baseline]",
            "groups.tuned.0: it is not trained, so its weights are those of base",
        ),
        ("tuned: [rl, early]", "rl: [base]", "groups.rl: a model or experiment has this name too"),
        ("base: you/named-by-hand", "bass: you/named", "hub.repos.bass: there is no model or experiment 'bass'"),
        (
            "base: you/named-by-hand",
            "base: named",
            "hub.repos.base: 'named' is not a repository that can be written to",
        ),
        ("base: you/named-by-hand", "base: you/x.git", "hub.repos.base: 'you/x.git' is not a repository that can be"),
        ("base: you/named-by-hand", "base: you/../x", "hub.repos.base: 'you/../x' is not a repository that can be"),
        ("base: you/named-by-hand", f"base: you/{'x' * 97}", "is not a repository that can be written to"),
        (
            "base: you/named-by-hand",
            "base: me/tiny-rl",
            "hub.repos.base: me/tiny-rl is the repository of several models",
        ),
        ("namespace: me", "namespace: m/e", "hub.namespace: m/e/tiny-rl is not a repository that can be written to"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(GradusError) as error:
        read(tmp_path, TEXT.replace(old, new))
    assert said in str(error.value)


def test_groups_and_the_hub_decide_no_result(tmp_path: Path) -> None:
    def specs(text: str) -> dict[str, Any]:
        (tmp_path / "study.yaml").write_text(text)
        return {name: job.spec for name, job in Graph.read(tmp_path / "study.yaml").jobs.items()}

    text = TEXT.replace("  known: {source: hub, repo: Qwen/tiny}\n", "")
    assert specs(text) == specs(text.partition("groups:")[0])


@pytest.mark.parametrize(
    ("text", "asked", "said"),
    [
        (TEXT, [], "say which models are meant: --config group=NAME; the study's groups are pretrained, tuned"),
        (TEXT, ["tune"], "group=tune: there is no such group, model or experiment; there are pretrained, tuned"),
        (TEXT, ["known"], "known: it is a copy of Qwen/tiny, which is on the hub already"),
        (TEXT, ["baseline"], "baseline: it is not trained, so its weights are those of base; name that in its place"),
        (TEXT.replace("namespace: me, ", ""), ["rl"], "rl: the study does not say whose repositories it has"),
    ],
)
def test_what_cannot_be_shared_is_told(tmp_path: Path, text: str, asked: list[str], said: str) -> None:
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(GradusError) as error:
        shared(Graph.read(tmp_path / "study.yaml"), asked, named=True)
    assert said in str(error.value)


def test_a_request_is_no_setting_of_the_study() -> None:
    config = {"group": "tuned", "checkpoints": True, "seed": 1}
    assert HubRequest.taken_from(config) == (HubRequest(("tuned",), True), {"seed": 1})
    assert HubRequest.taken_from({"group": ["a", "b"]}) == (HubRequest(("a", "b")), {})
    assert HubRequest.taken_from({}) == (HubRequest(), {})


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"group": 3}, "group=3: expected the name"),
        ({"checkpoints": "yes"}, "checkpoints='yes': expected true or false"),
    ],
)
def test_a_request_that_is_none_is_refused(config: dict[str, Any], said: str) -> None:
    with pytest.raises(GradusError, match=said):
        HubRequest.taken_from(config)


def test_other_targets_take_no_group() -> None:
    request = HubRequest(("tuned",))
    request.expect_target(frozenset({"push"}))
    HubRequest().expect_target(frozenset({"all"}))
    for targets in (frozenset(), frozenset({"all"}), frozenset({"push", "all"})):
        with pytest.raises(GradusError, match="only hub_list, pull, push take them"):
            request.expect_target(targets)
