"""Models of the hub and of local folders: checked before they are fetched, and used with their own template."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save

from gradus.graph.origins import pinned_files as planned_files
from gradus.hub.contents import ORIGIN
from gradus.hub.lock import Repo
from gradus.models.ends import Ends
from gradus.models.manifest import MANIFEST, Manifest
from gradus.models.store import load_model
from gradus.prompts.chat import ChatTemplate
from gradus.specs.base import PinnedFiles
from gradus.study.hub import Download
from hub.double import HubDouble
from hub.jobs import Jobs, pinned_files
from hub.made_repos import TEMPLATE, in_parts, qwen3
from hub.pins import pin_of

REPO = "models/Qwen/tiny"
USED = {
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "model.safetensors",
}

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 9\n"
"""What a clone without Git LFS has in place of a large file."""


def hub_model(hub: HubDouble, files: dict[str, bytes]) -> PinnedFiles:
    return pinned_files("Qwen/tiny", pin_of(hub, REPO, hub.commit(REPO, files)))


def folder_model(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def with_config(files: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    return files | {"config.json": json.dumps(json.loads(files["config.json"]) | changes).encode()}


@pytest.mark.parametrize(("source", "parts"), [("hub", False), ("hub", True), ("folder", True)])
def test_a_model_is_loaded_as_published(hub: HubDouble, jobs: Jobs, tmp_path: Path, source: str, parts: bool) -> None:
    files = in_parts(qwen3()) if parts else qwen3()
    model = hub_model(hub, files) if source == "hub" else folder_model(tmp_path / "mine", files)
    assert jobs.model(model), jobs.said
    arch, weights = load_model(tmp_path / "out/base")
    published = load(qwen3()["model.safetensors"])
    assert weights.keys() == published.keys()
    manifest = Manifest.read(tmp_path / "out/base" / MANIFEST)
    manifest.check()
    assert (manifest.kind, len(manifest.weights)) == ("dense", 2 if parts else 1)
    assert (ORIGIN in manifest.files) == (source == "hub")
    assert all(torch.equal(weights[name], tensor.float()) for name, tensor in published.items())
    assert arch.hidden_size == 32
    template = ChatTemplate.load(tmp_path / "out/base")
    shown = template.render([{"role": "user", "content": "Hi"}], add_generation_prompt=True)
    assert shown == "<|im_start|>user says:\nHi<|im_end|>\n<|im_start|>assistant says:\n"


def test_neither_code_nor_pickles_are_fetched(hub: HubDouble, jobs: Jobs) -> None:
    assert jobs.model(hub_model(hub, qwen3())), jobs.said
    assert jobs.out("base").keys() == USED | {ORIGIN, MANIFEST}
    assert {path.rpartition("/")[2] for path in hub.downloads()} == USED


def test_a_file_that_a_new_revision_lacks_is_no_longer_there(hub: HubDouble, jobs: Jobs) -> None:
    assert jobs.model(hub_model(hub, qwen3())), jobs.said
    moved = {name: data for name, data in qwen3().items() if name != "chat_template.jinja"}
    told = json.loads(moved["tokenizer_config.json"]) | {"chat_template": TEMPLATE.replace("says", "asks")}
    assert jobs.model(hub_model(hub, moved | {"tokenizer_config.json": json.dumps(told).encode()})), jobs.said
    assert jobs.out("base").keys() == USED - {"chat_template.jinja"} | {ORIGIN, MANIFEST}
    assert "asks" in ChatTemplate.load(jobs.folder / "out/base").render([{"role": "user", "content": "Hi"}])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "llama"}, "model_type is 'llama', the torch backend supports 'qwen3' only"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings is False"),
        ({"rope_parameters": {"rope_theta": 1e6, "rope_type": "yarn"}}, "rope_type is 'yarn'"),
    ],
)
def test_an_unknown_architecture_is_refused_before_its_weights_are_fetched(
    hub: HubDouble, jobs: Jobs, changes: dict[str, object], words: str
) -> None:
    assert not jobs.model(hub_model(hub, with_config(qwen3(), **changes)))
    (error,) = jobs.errors()
    assert words in error
    assert "take another backend" in error
    assert not any("safetensors" in path for path in hub.downloads())
    assert jobs.left() <= {"base"}


def test_a_backend_that_is_not_ours_may_take_any_architecture(hub: HubDouble, jobs: Jobs) -> None:
    assert jobs.model(hub_model(hub, with_config(qwen3(), model_type="llama")), ["trl"]), jobs.said


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (with_config(qwen3(), hidden_size=64), "which is not what config.json says"),
        (with_config(qwen3(), num_hidden_layers=3), "the weights lack model.layers.2."),
        (qwen3() | {"model.safetensors": qwen3()["model.safetensors"][:-10]}, "not a readable safetensors file"),
        (qwen3() | {"tokenizer_config.json": b"{}", "chat_template.jinja": b"{% for"}, "correct the template"),
        (qwen3() | {"tokenizer.json": LFS_POINTER}, "tokenizer.json is not a readable tokenizer"),
    ],
)
def test_files_that_do_not_belong_together(jobs: Jobs, tmp_path: Path, files: dict[str, bytes], words: str) -> None:
    assert not jobs.model(folder_model(tmp_path / "mine", files))
    (error,) = jobs.errors()
    assert words in error
    assert "Traceback" not in jobs.said


def test_whatever_backend_reads_them_torn_weights_are_refused(jobs: Jobs, tmp_path: Path) -> None:
    assert not jobs.model(folder_model(tmp_path / "mine", qwen3() | {"model.safetensors": LFS_POINTER}), ["trl"])
    (error,) = jobs.errors()
    assert "model.safetensors is not a readable safetensors file" in error


def test_an_untied_head_that_repeats_the_embeddings_does_no_harm(jobs: Jobs, tmp_path: Path) -> None:
    """Some published files hold the tied matrix under both names."""
    weights = load(qwen3()["model.safetensors"])
    both = weights | {"lm_head.weight": weights["model.embed_tokens.weight"].clone()}
    assert jobs.model(folder_model(tmp_path / "mine", qwen3() | {"model.safetensors": save(both)})), jobs.said


def test_of_a_model_on_a_service_all_but_the_weights_is_fetched(hub: HubDouble, jobs: Jobs) -> None:
    lock = {Repo("model", "Qwen/tiny"): pin_of(hub, REPO, hub.commit(REPO, in_parts(qwen3())))}
    there = Download(("models", "teacher"), Repo("model", "Qwen/tiny"), weights=False)
    assert jobs.model(planned_files(there, lock), []), jobs.said
    assert set(jobs.out("base")) == USED - {"model.safetensors"} | {ORIGIN, MANIFEST}
    assert Manifest.read(jobs.folder / "out/base" / MANIFEST).kind == "service"
    assert not [path for path in hub.downloads() if "safetensors" in path]


def test_ends_that_cannot_be_told_are_refused_before_the_weights_are_fetched(hub: HubDouble, jobs: Jobs) -> None:
    files = qwen3(template="{% for m in messages %}{{ m.content }}\n{% endfor %}")
    assert not jobs.model(hub_model(hub, files))
    (error,) = jobs.errors()
    assert "chat_template.jinja writes '\\n' after an answer" in error
    assert "set this model's chat_template to chatml" in error
    assert not any("safetensors" in path for path in hub.downloads())


@pytest.mark.parametrize("source", ["hub", "folder"])
def test_files_that_disagree_are_made_to_agree(hub: HubDouble, jobs: Jobs, tmp_path: Path, source: str) -> None:
    """As bases of Qwen2.5 ship: every file names one token, the chat template closes with another."""
    config = json.loads(qwen3()["tokenizer_config.json"]) | {"eos_token": "<|endoftext|>"}
    files = with_config(qwen3(), eos_token_id=0) | {"tokenizer_config.json": json.dumps(config).encode()}
    files = {name: data for name, data in files.items() if name != "generation_config.json"}
    model = hub_model(hub, files) if source == "hub" else folder_model(tmp_path / "mine", files)
    assert jobs.model(model), jobs.said
    out = jobs.folder / "out/base"
    assert json.loads((out / "generation_config.json").read_text())["eos_token_id"] == [2, 0]
    assert json.loads((out / "tokenizer_config.json").read_text()) == config | {"eos_token": "<|im_end|>"}
    assert Ends.load(out).ids == (2, 0)
    assert (out / "model.safetensors").is_symlink()
    assert (out / "chat_template.jinja").read_bytes() == files["chat_template.jinja"]
    # The publisher's own are as they were, and a build without these settings has them again.
    assert jobs.model(hub_model(hub, qwen3())), jobs.said
    made = jobs.out("base")
    del made[MANIFEST]
    assert json.loads(made.pop(ORIGIN)).keys() == {"repo", "revision"}
    assert made == {name: data for name, data in qwen3().items() if name in USED}
    # A folder of the user is no commit of the hub.
    assert jobs.model(folder_model(tmp_path / "other", qwen3())), jobs.said
    assert ORIGIN not in jobs.out("base")
