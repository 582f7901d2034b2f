"""The targets as a user types them, by Snakemake in a copy of the project."""

import shutil
from pathlib import Path

import pytest

from graph.project import copy_project, snakemake
from hub.double import HubDouble
from sharing.made_study import ROOT, STUDY, TOKEN, Project, make_models

FILE = "study.yaml"


@pytest.mark.slow
def test_pushed_listed_and_pulled_models_need_not_be_made_again(hub: HubDouble, tmp_path: Path) -> None:
    folder = copy_project(tmp_path / "project")
    project = Project(folder, hub, STUDY)
    make_models(project)
    variables = {"HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "hf"), "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}
    variables |= {"HF_HUB_OFFLINE": "0"}  # whatever the caller has

    def run(*arguments: str) -> str:
        return snakemake(folder, *arguments, "--configfile", FILE, **variables)

    said = run("push", "-n", "--config", "group=tuned")
    assert "sft: 18 files" in said
    assert hub.commits == {}
    before = project.files()
    run("push", "--config", "group=[pretrained, tuned]")
    assert "the same" in run("hub_list")
    shutil.rmtree(project.results)
    run("pull", "--config", "group=[tuned, pretrained]")
    assert project.files() == {name: data for name, data in before.items() if "/checkpoints/" not in name}
    # Neither the models nor what they were trained on is made again.
    models = [f"{ROOT}/models/{name}/model.json" for name in ("base", "sft", "rl")]
    assert "Nothing to be done" in run(*models, "-n")


@pytest.mark.slow
def test_a_group_is_said_to_no_other_target(tmp_path: Path) -> None:
    folder = copy_project(tmp_path / "project")
    (folder / FILE).write_text(STUDY, encoding="utf-8")
    with pytest.raises(AssertionError, match="only hub_list, pull, push take them"):
        snakemake(folder, "all", "-n", "--config", "group=tuned", "--configfile", FILE)
