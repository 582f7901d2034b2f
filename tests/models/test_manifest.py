"""A model's manifest: what it says of each kind, the same wherever the folder is, and every file that it misses."""

import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import save_file

import take_checkpoint
from gradus.hub.contents import DOMAIN_TOKENS, ORIGIN, WEIGHTS, WEIGHTS_INDEX
from gradus.hub.links import link_file
from gradus.models.describe import clear_model, write_manifest
from gradus.models.lora import init_adapter, save_adapter
from gradus.models.manifest import ADAPTER, ADAPTER_CONFIG, MANIFEST, SERVICE_RECORD, Manifest, broken, broken_models
from gradus.models.store import save_model
from gradus.models.tokenizer import CHAT_TEMPLATE, TOKENIZER_FILES
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json, write_text
from gradus.provenance.job import Job
from gradus.specs.base import Spec
from gradus.specs.models import TakeCheckpointSpec
from models.made_models import Models, read

SMALL = {"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"}
TEMPLATE = hashlib.sha256(CHAT_TEMPLATE.encode()).hexdigest()


# What it says


def test_a_dense_model(models: Models) -> None:
    folder = models.dense()
    (folder / "metrics.jsonl").write_text("{}\n")
    (folder / "checkpoints").mkdir()
    found = read(folder)
    assert (found.kind, found.weights, found.base, found.dequantized_from) == ("dense", [WEIGHTS], None, None)
    assert found.files.keys() == SMALL | {WEIGHTS}
    assert (found.template, found.ends, found.step, found.tokenizer) == (TEMPLATE, [2], 7, "tokenizer.json")
    for name, file in found.files.items():
        data = (folder / name).read_bytes()
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert found.folder == folder
    found.check()


@pytest.mark.parametrize("service", [False, True])
def test_an_adapter(models: Models, service: bool) -> None:
    base = models.dense()
    write_json(base / "generation_config.json", {"eos_token_id": [2, 0]})  # in no adapter's folder
    write_manifest(base)
    found = read(models.adapter(base, service=service))
    record = {SERVICE_RECORD} if service else set()
    missing = {"special_tokens_map.json", DOMAIN_TOKENS}
    assert (found.kind, found.weights) == ("service_adapter" if service else "adapter", [ADAPTER])
    assert found.files.keys() == {ADAPTER, ADAPTER_CONFIG, *TOKENIZER_FILES} - missing | record
    assert found.base is not None
    assert (found.base.folder, found.base.sha256) == ("../base", read(base).digest())
    assert (found.ends, found.template, found.step) == ([2, 0], TEMPLATE, 12)
    found.check()


def test_a_model_whose_weights_a_service_holds(models: Models) -> None:
    folder = models.dense()
    (folder / WEIGHTS).unlink()
    found = write_manifest(folder)
    assert (found.kind, found.weights, found.files.keys()) == ("service", [], SMALL)
    assert read(folder) == found


def test_a_model_in_4_bits_names_what_it_was_made_of(models: Models) -> None:
    base = models.dense()
    found = read(models.dequantized(base))
    assert found.dequantized_from is not None
    assert (found.kind, found.dequantized_from.folder) == ("dense", "../base")
    assert found.dequantized_from.sha256 == read(base).digest()


def test_weights_in_parts_by_links(models: Models, tmp_path: Path) -> None:
    """As a fetch leaves them: the files are elsewhere, and origin.json says where they are from."""
    folder, names = models.dense(), sorted(models.weights)
    (folder / WEIGHTS).unlink()
    parts = {f"model-0000{i + 1}-of-00002.safetensors": names[i::2] for i in range(2)}
    for part, inside in parts.items():
        save_file({name: models.weights[name].contiguous() for name in inside}, tmp_path / part)
        link_file(tmp_path / part, folder / part)
    write_json(
        folder / WEIGHTS_INDEX, {"weight_map": {name: part for part, inside in parts.items() for name in inside}}
    )
    write_json(folder / ORIGIN, {"repo": "a/b", "revision": "c"})
    found = write_manifest(folder)
    assert found.weights == sorted(parts)
    assert found.files.keys() == SMALL | {*parts, WEIGHTS_INDEX, ORIGIN}
    read(folder).check()
    assert broken(folder / MANIFEST) is None
    (tmp_path / min(parts)).unlink()
    assert broken(folder / MANIFEST) == f"{folder / min(parts)}: links to a file that is gone"
    with pytest.raises(GradusError, match="does not exist"):
        write_manifest(folder)


def test_equal_models_have_equal_manifests_wherever_they_are(models: Models, tmp_path: Path) -> None:
    texts = []
    for place in ("here", "some/where/else"):
        there = Models(tmp_path / place, models.arch, models.weights, models.tokenizer)
        base = there.dense()
        folders = [base, there.adapter(base)]
        texts.append([(folder / MANIFEST).read_bytes() for folder in folders])
        assert str(base) in (folders[1] / ADAPTER_CONFIG).read_text()
    assert texts[0] == texts[1]
    assert str(tmp_path).encode() not in b"".join(texts[0])


def test_the_digest_is_that_of_the_files_alone(models: Models) -> None:
    base = models.dense(step=7)
    digest = read(base).digest()
    assert write_manifest(base, step=8).digest() == digest
    write_json(base / "generation_config.json", {"eos_token_id": 2})
    assert write_manifest(base).digest() != digest


# What is no model


def test_neither_part_of_two_models_nor_torn_weights_become_one(models: Models) -> None:
    base = models.dense()
    folder = models.adapter(base)
    data = (folder / ADAPTER).read_bytes()
    (folder / ADAPTER).write_bytes(data[:-1])
    with pytest.raises(GradusError, match=r"rl/adapter_model.safetensors is not a readable safetensors file"):
        write_manifest(folder, base=base / MANIFEST)
    save_model(folder, models.arch, models.weights)
    with pytest.raises(GradusError, match="holds both a dense model and an adapter"):
        write_manifest(folder, base=base / MANIFEST)
    clear_model(folder)
    (folder / "metrics.jsonl").write_text("{}\n")
    save_model(folder, models.arch, models.weights)
    with pytest.raises(GradusError, match=r"has no tokenizer.json"):
        write_manifest(folder)


def test_cleared_is_all_of_a_model_and_nothing_else(models: Models, tmp_path: Path) -> None:
    folder = models.adapter(models.dense(), service=True)
    for name in ("metrics.jsonl", "notes.md"):
        (folder / name).write_text("kept")
    (folder / "checkpoints/step-0001").mkdir(parents=True)
    link_file(tmp_path / "gone", folder / WEIGHTS)
    clear_model(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoints", "metrics.jsonl", "notes.md"]
    clear_model(tmp_path / "never made")


# What happens to its files


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def exchange(path: Path) -> None:
    """Other bytes of the same number under the old time stamps, as `cp -p` and rsync bring them."""
    before, data = path.stat(), bytearray(path.read_bytes())
    data[-1] ^= 1
    other = path.with_name(".other")
    other.write_bytes(data)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(other, path)


@pytest.mark.parametrize("name", [WEIGHTS, "tokenizer.json", "config.json"])
@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (Path.unlink, "is missing"),
        (cut, "bytes were written"),
        (exchange, "is not the file that model.json records"),
    ],
)
def test_a_file_that_is_missing_cut_or_exchanged(models: Models, name: str, harm, words: str) -> None:
    folder = models.dense()
    assert broken(folder / MANIFEST) is None
    size = (folder / name).stat().st_size
    harm(folder / name)
    words = f"has {size - 2:,} bytes, {size:,} were written" if harm is cut else words
    with pytest.raises(GradusError) as caught:
        read(folder).check()
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{folder / name}: {words}")
    assert line.endswith(f"; run snakemake {folder / MANIFEST}, which makes or fetches the model again")
    reason = broken(folder / MANIFEST)
    assert reason is not None
    assert line.startswith(reason)


def test_an_adapters_config_may_move_but_not_change(models: Models, tmp_path: Path) -> None:
    folder = models.adapter(models.dense())
    config = json.loads((folder / ADAPTER_CONFIG).read_text())
    write_json(folder / ADAPTER_CONFIG, config | {"base_model_name_or_path": "/somewhere/else"})
    read(folder).check()
    write_json(folder / ADAPTER_CONFIG, config | {"lora_alpha": 8.0})
    with pytest.raises(GradusError, match=r"adapter_config.json: is not the file"):
        read(folder).check()
    write_json(folder / ADAPTER_CONFIG, config)
    read(folder).check()
    cut(folder / ADAPTER_CONFIG)
    with pytest.raises(GradusError, match=r"adapter_config.json: is not the file"):
        read(folder).check()


def test_of_the_files_only_those_that_are_asked_for(models: Models) -> None:
    folder = models.dense()
    (folder / WEIGHTS).unlink()
    read(folder).check(only=TOKENIZER_FILES)
    with pytest.raises(GradusError, match=r"model.safetensors: is missing"):
        read(folder).check(only=[WEIGHTS])


def test_which_models_are_broken(models: Models, tmp_path: Path) -> None:
    base = models.dense()
    torn, whole = models.dense("torn"), models.adapter(base)
    cut(torn / MANIFEST)
    (base / WEIGHTS).unlink()
    paths = [folder / MANIFEST for folder in (base, torn, whole, tmp_path / "never made")]
    found = broken_models(paths)
    assert found.keys() == {str(paths[0]), str(paths[1])}
    assert found[str(paths[1])].startswith(f"{torn / MANIFEST}: not whole JSON")


def test_what_is_no_manifest_is_one_line(models: Models) -> None:
    folder = models.dense()
    path, values = folder / MANIFEST, json.loads((folder / MANIFEST).read_text())
    for change, words in (
        ({"kind": "sparse"}, "kind: Input should be 'dense'"),
        ({"files": values["files"] | {"../x": values["files"][WEIGHTS]}}, "files.../x"),
        ({"weights": ["other.safetensors"]}, "other.safetensors is not among the files"),
        ({"base": {"folder": "../x", "sha256": "0" * 64}}, "adapters have a base, and nothing else has"),
    ):
        write_json(path, values | change)
        with pytest.raises(GradusError) as caught:
            Manifest.read(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert words in str(caught.value)
        assert "run snakemake" in str(caught.value)
        assert "\n" not in str(caught.value)
    path.unlink()
    with pytest.raises(GradusError, match=r"model.json: does not exist, so the model is not whole; run snakemake"):
        Manifest.read(path)


def test_planning_reads_manifests_without_torch() -> None:
    code = "import sys, gradus.models.manifest; print(*sorted({'torch', 'tokenizers', 'jinja2'} & sys.modules.keys()))"
    scripts = Path(__file__).resolve().parents[2] / "scripts"
    done = subprocess.run([sys.executable, "-c", code], cwd=scripts, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# A checkpoint becomes a model


@pytest.mark.parametrize("kind", ["dense", "adapter", "service_adapter"])
def test_a_checkpoint_that_is_taken_gets_its_own(models: Models, tmp_path: Path, kind: str) -> None:
    base = models.dense()
    folder = models.dense("rl", step=20) if kind == "dense" else models.adapter(base, service=kind != "adapter")
    checkpoint = folder / "checkpoints/step-0004"
    checkpoint.mkdir(parents=True)
    for path in folder.iterdir():
        if path.is_file() and path.name != MANIFEST:
            shutil.copyfile(path, checkpoint / path.name)
    if kind != "dense":
        changed = init_adapter(models.arch, rank=2, alpha=4.0, seed=2)
        save_adapter(checkpoint, dataclasses.replace(changed, alpha=4.0), str(base))
    out = models.root / "rl.at-4"
    out.mkdir()
    (out / (ADAPTER if kind == "dense" else WEIGHTS)).write_bytes(b"of an earlier study")
    spec = tmp_path / "specs/models/rl.at-4.json"
    settings = TakeCheckpointSpec(experiment="rl", checkpoint=4, metric="held_out_loss")
    write_text(
        spec, Spec(stage="take_checkpoint", name="models/rl.at-4", modules=[], settings=settings).model_dump_json()
    )
    (folder / "metrics.jsonl").write_text("{}\n")
    files = {"end": folder / MANIFEST, "measured": folder / "metrics.jsonl", "model": out / MANIFEST}
    paths = {role: [str(path)] for role, path in files.items()}
    take_checkpoint.build(Job(str(spec), paths, TakeCheckpointSpec))
    found = read(out)
    assert (found.kind, found.step) == (kind, 4)
    assert found.files.keys() == read(folder).files.keys()
    assert found.base == read(folder).base
    assert (found.files[ADAPTER] == read(folder).files[ADAPTER]) is False if kind != "dense" else True
    found.check()
    assert not (checkpoint / MANIFEST).exists()
