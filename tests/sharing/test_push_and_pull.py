"""Models to the hub and back, by the real client against the double."""

import json
import re
import shutil
from typing import Any

import pytest

from gradus.models.manifest import MANIFEST
from hub.double import HubDouble
from sharing.made_study import STUDY, TOKEN, Project

BASE, SFT, RL = "models/me/tiny-base", "models/me/tiny-sft", "models/me/tiny-rl"


def test_what_is_pushed_comes_back_with_the_same_bytes(project: Project, hub: HubDouble) -> None:
    before = project.files()
    assert project.run("push", group=["pretrained", "tuned"], checkpoints=True), project.said
    assert hub.private == {BASE, SFT, RL}
    shutil.rmtree(project.results)
    assert project.run("pull", group=["pretrained", "tuned"], checkpoints=True), project.said
    assert project.files() == before
    assert project.said.count("is what a build would make") == 3
    # Pulled again, nothing is fetched, and what is here stays.
    asked = len(hub.downloads())
    assert project.run("pull", group="tuned", checkpoints=True), project.said
    assert len(hub.downloads()) == asked
    assert project.files() == before


def test_an_adapter_names_its_base_by_the_repository_and_no_folder_of_ours(project: Project, hub: HubDouble) -> None:
    assert project.run("push", group="rl"), project.said
    files = hub.newest(RL)
    assert json.loads(files["adapter_config.json"])["base_model_name_or_path"] == "me/tiny-base"
    assert not [name for name, data in files.items() if str(project.folder).encode() in data]
    assert "its base me/tiny-base is not on the hub yet" in project.said
    assert not [name for name in files if name.startswith("checkpoints/")]


def test_a_dry_run_tells_what_would_go_where_and_writes_nothing(project: Project, hub: HubDouble) -> None:
    assert project.run("push", "--dry-run", group="tuned", token=""), project.said
    assert "sft: 18 files" in project.said
    assert "to a new repository me/tiny-sft (private)" in project.said
    assert hub.commits == {}
    assert project.run("push", group="tuned"), project.said
    before = project.files()
    shutil.rmtree(project.results / "models")
    assert project.run("pull", "--dry-run", group="tuned"), project.said
    assert f"of me/tiny-sft at {list(hub.commits[SFT])[-1]}" in project.said
    assert not (project.results / "models").exists()
    assert before.keys() > project.files().keys()


def test_an_upload_that_broke_off_goes_on_where_it_was(project: Project, hub: HubDouble) -> None:
    hub.takes = 1
    assert not project.run("push", group="rl", checkpoints=True)
    (error,) = project.errors()
    assert "run snakemake push again" in error
    # The repository is there, and nobody sees half a model in it.
    assert set(hub.newest(RL)) == {".gitattributes"}
    sent, hub.takes = list(hub.uploads), None
    assert len(sent) == 1
    assert project.run("push", group="rl", checkpoints=True), project.said
    assert len(hub.uploads) == 2
    assert hub.uploads[0] == sent[0]


def test_what_has_not_changed_is_not_sent_again(project: Project, hub: HubDouble) -> None:
    assert project.run("push", group="sft"), project.said
    commits, uploads = len(hub.commits[SFT]), len(hub.uploads)
    assert project.run("push", group="sft"), project.said
    assert "me/tiny-sft has it as it is here" in project.said
    assert (len(hub.commits[SFT]), len(hub.uploads)) == (commits, uploads)


def test_files_of_an_earlier_model_go_and_those_of_others_stay(project: Project, hub: HubDouble) -> None:
    assert project.run("push", group="sft"), project.said
    earlier = {"model-00001-of-00002.safetensors": b"of an earlier model", "notes.txt": b"by hand"}
    hub.commit(SFT, hub.newest(SFT) | earlier | {"checkpoints/step-0007/model.safetensors": b"kept"})
    assert project.run("push", group="sft"), project.said
    assert "and removes 1 of an earlier model" in project.said
    left = set(hub.newest(SFT))
    assert {"notes.txt", "checkpoints/step-0007/model.safetensors"} <= left
    assert "model-00001-of-00002.safetensors" not in left
    # Checkpoints of another model than the one that is pushed now lead nowhere.
    mark = json.dumps({"study": "tiny", "model": "sft", "digest": "of another"})
    hub.commit(SFT, hub.newest(SFT) | {"gradus.json": mark.encode()})
    assert project.run("push", group="sft"), project.said
    assert not [name for name in hub.newest(SFT) if name.startswith("checkpoints/")]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"README.md": "# Mine"}, "holds what no study of Gradus has put there"),
        (
            {"gradus.json": '{"study": "other", "model": "sft"}'},
            "holds 'sft' of the study 'other', not 'sft' of 'tiny'",
        ),
        (
            {"gradus.json": '{"study": "tiny", "model": "base"}'},
            "holds 'base' of the study 'tiny', not 'sft' of 'tiny'",
        ),
    ],
)
def test_a_repository_of_another_is_left_alone(
    project: Project, hub: HubDouble, files: dict[str, str], said: str
) -> None:
    hub.commit(SFT, files)
    hub.private.add(SFT)
    # The other model of the group is not sent either: mistakes are told before anything goes out.
    for target in ("push", "pull"):
        assert not project.run(target, group="tuned")
        (error,) = project.errors()
        assert f"me/tiny-sft {said}" in error
        assert "hub.repos" in error
    assert len(hub.commits[SFT]) == 1
    assert RL not in hub.commits
    assert project.run("hub_list", group="tuned"), project.said
    assert "another model's" in project.said


def test_a_public_repository_gets_nothing_of_a_private_study(project: Project, hub: HubDouble) -> None:
    project.write(STUDY.replace("license: mit", "license: mit, private: false"))
    assert project.run("push", group="sft"), project.said
    assert SFT not in hub.private
    project.write(STUDY)
    assert not project.run("push", group="sft")
    (error,) = project.errors()
    assert "me/tiny-sft is public, and the study says hub.private: true" in error


@pytest.mark.parametrize(
    ("config", "token", "said"),
    [
        ({"group": "tunde"}, TOKEN, "group=tunde: there is no such group, model or experiment"),
        ({"group": "sft"}, "", "HF_TOKEN is not set"),
        ({"group": "sft"}, "hf_of_another", r"me/tiny-sft: the hub lets nothing be written there \(403\)"),
    ],
)
def test_a_mistake_is_one_line(project: Project, hub: HubDouble, config: dict[str, Any], token: str, said: str) -> None:
    assert not project.run("push", token=token, **config)
    (error,) = project.errors()
    assert re.search(said, error), error
    assert hub.commits == {}


def test_what_is_not_made_as_the_study_says_now_is_not_pushed(project: Project, hub: HubDouble) -> None:
    project.write(STUDY.replace("method: full}", "method: full, learning_rate: 0.001}"))
    assert not project.run("push", group="tuned")
    (error,) = project.errors()
    assert (
        "not made yet as the study says now: sft; make it first: snakemake results/tiny/models/sft/model.json" in error
    )
    assert hub.commits == {}


def test_a_pull_takes_the_place_of_no_other_model(project: Project, hub: HubDouble) -> None:
    assert project.run("push", group="pretrained"), project.said
    shutil.rmtree(project.results / "models/base")
    shutil.copytree(project.results / "models/sft", project.results / "models/base")
    before = project.files()
    assert not project.run("pull", group="pretrained")
    (error,) = project.errors()
    assert "is another model than me/tiny-base has; remove the folder" in error
    assert project.files() == before


def test_a_pull_takes_no_file_that_is_no_part_of_a_model(project: Project, hub: HubDouble) -> None:
    assert project.run("push", group="sft"), project.said
    more = {"modeling.py": b"raise SystemExit", "pytorch_model.bin": b"a pickle", "deep/er/config.json": b"{}"}
    hub.commit(SFT, hub.newest(SFT) | more)
    before = project.files()
    shutil.rmtree(project.results)
    assert project.run("pull", group="sft"), project.said
    assert set(project.files()) == {name for name in before if "/sft" in name or "/custom" in name or "corpora" in name}


def test_a_pulled_model_of_other_settings_is_told(project: Project, hub: HubDouble) -> None:
    assert project.run("push", group="sft"), project.said
    shutil.rmtree(project.results)
    project.write(STUDY.replace("method: full}", "method: full, learning_rate: 0.001}"))
    assert project.run("pull", group="sft"), project.said
    assert "a build would make it again, as it was made by other settings or code" in project.said
    assert "{source: hub, repo: me/tiny-sft}" in project.said


def test_the_list_tells_what_is_where(project: Project, hub: HubDouble) -> None:
    assert project.run("push", group="tuned", checkpoints=True), project.said
    shutil.rmtree(project.results / "models/sft")
    hub.commit(RL, hub.newest(RL) | {MANIFEST: b"{}"})
    assert project.run("hub_list"), project.said
    table = {line.split()[1]: line for line in project.said.splitlines() if line.startswith("|")}
    assert re.search(r"pretrained.*\| no .*\| made", table["base"])
    assert re.search(r"tuned.*private, \w{12}.*\| 0 .*\| not made", table["sft"])
    assert re.search(r"tuned.*private, \w{12}.*\| 1 .*\| another", table["rl"])
