"""What jobs ask of the machine, from the settings of each."""

import json
import re
import subprocess
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
import yaml

import gradus.specs
from gradus.estimates import embedded, generation, shapes, work
from gradus.estimates.asked import ONE_GPU, Machine
from gradus.estimates.known import KNOWN
from gradus.estimates.resources import Resources, kinds, resources_of
from gradus.estimates.study_specs import StudySpecs
from gradus.graph.graph import Graph, study_specs
from gradus.hub.lock import Pin, PinnedFile, Repo
from gradus.sampling.torch import engine
from gradus.sampling.transformers import pace, reading
from gradus.specs.base import JobSettings
from gradus.training.torch import embedded as network
from linked_project import PROJECT, linked_project

CONFIG = PROJECT / "config"
NOT_PLANNED_ANYWHERE = ("hub.lock", "real_small")  # the latter reads files beside the project
STUDIES = sorted(path.stem for path in CONFIG.glob("*.yaml") if path.stem not in NOT_PLANNED_ANYWHERE)


@pytest.fixture(autouse=True)
def nothing_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None)


def study(name: str, lock: dict[Repo, Pin] | None = None, **overrides: Any) -> StudySpecs:
    graph = Graph.read(CONFIG / f"{name}.yaml", overrides)
    return study_specs(graph if lock is None else Graph(graph.study, lock))


def asked(found: StudySpecs, job: str, machine: Machine = ONE_GPU) -> Resources:
    return resources_of(found.specs[f"{job}.json"], found, machine)


def test_every_kind_of_job_is_estimated() -> None:
    """The classes that are no kind by themselves are what others are made of."""
    for module in iter_modules(gradus.specs.__path__):
        import_module(f"gradus.specs.{module.name}")
    found, left = set[type[JobSettings]](), [JobSettings]
    while left:
        left = [kind for parent in left for kind in parent.__subclasses__()]
        found |= {kind for kind in left if kind.__name__.endswith("Spec")}
    assert kinds() == found


@pytest.mark.parametrize("name", STUDIES)
def test_every_job_of_every_study_asks_for_something(name: str, tmp_path: Path) -> None:
    (tmp_path / "config").symlink_to(CONFIG)  # where studies name chat templates
    found = study(name)
    for spec in found:
        job = resources_of(spec, found)
        assert job.mem_mb >= 100, spec.name
        assert job.threads >= 1, spec.name
        assert job.runtime_minutes >= 10, spec.name
        assert (job.gpu > 0) == (job.gpu_mem_mb > 0), spec.name


def test_jobs_of_the_embedded_study_take_one_thread_and_no_gpu() -> None:
    """More threads would change the order in which sums are taken."""
    found = study("pocket")
    jobs = [resources_of(spec, found) for spec in found]
    assert {(job.gpu, job.gpu_mem_mb, job.threads) for job in jobs} == {(0, 0, 1)}
    assert max(job.mem_mb for job in jobs) < 4000
    assert max(job.runtime_minutes for job in jobs) <= 15  # the longest took three on two busy cores


def test_jobs_at_a_service_wait_for_a_day_and_hold_no_model() -> None:
    found = study("howard")
    for job in ("models/sft", "models/direct_rl", "samples/sft/math500", "traces/olympiad.completions"):
        assert asked(found, job).runtime_minutes == 24 * 60
        assert asked(found, job).gpu == 0
    assert asked(found, "models/direct_rl").mem_mb < 1000


def test_a_gpu_job_has_room_to_load_its_weights_and_for_moments_that_are_paged_out() -> None:
    found = study("local_gpu")
    full, adapter = asked(found, "models/grpo_full"), asked(found, "models/grpo_lora")
    parameters = KNOWN["Qwen/Qwen3-4B"].parameters
    assert full.mem_mb * 1e6 > (4 + 2) * parameters
    assert adapter.mem_mb * 1e6 > 2 * parameters
    assert full.mem_mb - adapter.mem_mb > 3 * parameters / 1e6
    assert (full.gpu, adapter.gpu) == (1, 1)
    assert adapter.gpu_mem_mb < full.gpu_mem_mb < 80_000
    assert full.threads > 1


def test_a_larger_gpu_gives_vllm_more() -> None:
    found, job = study("local_gpu"), "samples/grpo_lora/math500"
    assert asked(found, job, Machine(gpu_bytes=141 * 10**9)).gpu_mem_mb > asked(found, job).gpu_mem_mb > 72_000


def test_without_a_gpu_what_was_on_it_is_on_the_host_and_on_one_thread() -> None:
    found, job = study("local_gpu"), "models/grpo_full"
    here, there = asked(found, job, Machine(has_gpu=False)), asked(found, job)
    assert (here.gpu, here.gpu_mem_mb, here.threads) == (0, 0, 1)
    assert here.mem_mb > there.gpu_mem_mb
    assert here.runtime_minutes > there.runtime_minutes


def test_an_export_has_room_for_the_merged_model_in_float32() -> None:
    merged = asked(study("local_gpu"), "export/grpo_lora")
    copied = asked(study("local_gpu"), "export/baseline")
    assert merged.mem_mb * 1e6 > 5 * 2 * KNOWN["Qwen/Qwen3-4B"].parameters  # five times its files
    assert copied.mem_mb < 1000


def test_what_a_new_adapter_is_trained_on_asks_for_as_much_as_an_export() -> None:
    new = {"from": "grpo_lora", "inherits": "grpo_lora", "adapter": "new", "lora": {"rank": 8}}
    found = study("local_gpu", experiments={"new": new})
    assert asked(found, "models/grpo_lora.merged") == asked(found, "export/grpo_lora")
    assert asked(found, "models/new").gpu_mem_mb < asked(found, "models/grpo_lora").gpu_mem_mb  # by its smaller adapter


def pinned(size: int) -> dict[Repo, Pin]:
    files = {"config.json": 700, "tokenizer.json": 11_000_000, "model.safetensors": size}
    pins = {name: PinnedFile(bytes_, "sha256", "ab" * 32) for name, bytes_ in files.items()}
    return {Repo("model", "someone/else"): Pin("12" * 20, pins)}


@pytest.mark.parametrize(("size", "like"), [(8 * 10**9, "3-4B"), (10**9, "3-0.6B"), (15 * 10**9, "2.5-7B")])
def test_a_model_of_unknown_shape_is_taken_to_be_like_one_of_its_size(size: int, like: str) -> None:
    found = study("local_gpu", pinned(size), models={"base": {"repo": "someone/else"}})
    assert shapes.assumed_shape(found, "grpo_lora") == KNOWN[f"Qwen/Qwen{like}"]


def test_a_model_larger_than_all_that_are_known_has_as_many_layers_as_it_takes() -> None:
    found = study("local_gpu", pinned(470 * 10**9), models={"base": {"repo": "someone/else"}})
    shape = shapes.assumed_shape(found, "base")
    assert 235e9 < shape.parameters < 236e9


def test_a_model_without_a_pin_is_taken_to_be_large() -> None:
    found = study("local_gpu", models={"base": {"repo": "someone/else"}})
    assert shapes.assumed_shape(found, "base") == KNOWN["Qwen/Qwen3-8B"]


def test_more_answers_take_more_memory_and_more_time() -> None:
    few = study("local_gpu")
    many = study("local_gpu", benchmarks={"math500": {"samples": 64}}, sampling={"temperature": 0.7})
    for job in ("samples/baseline/math500", "eval/baseline/math500"):
        assert asked(many, job).mem_mb > asked(few, job).mem_mb
        assert asked(many, job).runtime_minutes > asked(few, job).runtime_minutes


def test_a_shape_is_read_once_for_all_jobs_of_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = study("local_gpu")
    config = tmp_path / found.results / "models/base/config.json"
    config.parent.mkdir(parents=True)
    shape = {"vocab_size": 512, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
    config.write_text(json.dumps(shape | {"num_attention_heads": 4, "model_type": "llama"}))
    reads: list[Path] = []
    monkeypatch.setattr(shapes, "read_json", lambda path: reads.append(path) or json.loads(path.read_text()))
    for spec in found:
        resources_of(spec, found)
    assert reads == [found.results / "models/base/config.json"]


def test_constants_that_are_repeated_are_those_of_the_code() -> None:
    assert embedded.SFT_TOKENS == network.SFT_TOKENS
    assert embedded.GRPO_TOKENS == network.GRPO_TOKENS
    assert embedded.PREFILL_TOKENS == engine.PREFILL_TOKENS
    assert signature(engine.generate).parameters["batch_size"].default == embedded.SLOTS
    assert pace.GPU.rows == work.MOST_ROWS
    assert generation.PREFILL_TOKENS == reading.PREFILL_TOKENS


def test_a_profile_asks_for_something_else(tmp_path: Path) -> None:
    linked_project(tmp_path, "profiles")
    profile = tmp_path / "mine" / "config.yaml"
    profile.parent.mkdir()
    changes = {"set-resources": {"pretrain": {"mem_mb": 12_345, "runtime": 77}}, "set-threads": {"pretrain": 2}}
    profile.write_text(yaml.safe_dump({"cores": 4} | changes))
    command = [sys.executable, "-m", "snakemake", "-n", "all", "--configfile", "config/ci.yaml"]
    said = subprocess.run(
        [*command, "--workflow-profile", "mine", "--printshellcmds"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    jobs = dict(re.findall(r"^rule (\w+):\n(.*?)^\[", said, re.MULTILINE | re.DOTALL))
    assert re.search(r"threads: 2\n.*runtime=77,.*mem_mb=12345,", jobs["pretrain"])
    own = re.search(r" mem_mb=(\d+)", jobs["grpo"])
    assert own is not None
    assert int(own[1]) > 1000
