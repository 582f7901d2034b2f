"""What a model card says: measured values of these very bytes, settings, data and licence."""

import shutil
from pathlib import Path

import pytest
import yaml

from gradus.graph.graph import Graph
from gradus.models.manifest import MANIFEST
from gradus.provenance.files import write_json, write_text
from gradus.sharing.bases import base_of
from gradus.sharing.card import model_card
from gradus.sharing.shared import shared
from hub.double import HubDouble
from sharing.made_study import ROOT, STUDY, Project, make_models, write_record


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_models(Project(folder, HubDouble()))
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a copy of the project, in which the test runs."""
    shutil.copytree(made, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def card(member: str, text: str = STUDY) -> tuple[dict[str, object], str]:
    """The metadata of the card, and what follows it."""
    Path("study.yaml").write_text(text, encoding="utf-8")
    graph = Graph.read("study.yaml")
    (model,) = shared(graph, [member])
    _, head, body = model_card(graph, model, base_of(graph, model)).split("---\n", 2)
    return yaml.safe_load(head), body


def rows(body: str) -> list[list[str]]:
    """The cells of all tables, row by row."""
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in body.splitlines() if line[:1] == "|"]


def measure(run: str, accuracy: float) -> None:
    """Leave samples of a run and their score, with the records of the two jobs."""
    samples = ROOT / f"samples/{run}/test.parquet"
    write_text(samples, f"samples of {run}")
    write_record("sample_benchmark", f"samples/{run}/test", Path("study.yaml"), [ROOT / "models" / run / MANIFEST])
    values = {"benchmark": "test", "accuracy": accuracy, "ci95": [0.16, 0.85], "n": 10, "no_answer": 1, "truncated": 2}
    write_json(ROOT / f"eval/{run}/test.json", values | {"protocol": {"max_tokens": 96, "temperature": 0.0}})
    write_record("score_samples", f"eval/{run}/test", Path("study.yaml"), [samples])


def test_the_hub_is_told_licence_base_and_library(here: Path) -> None:
    head, _ = card("rl")
    assert head == {
        "license": "mit",
        "base_model": "me/tiny-base",
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "tags": ["gradus"],
    }
    head, body = card("sft", STUDY.replace(", license: mit", ""))
    assert head == {"library_name": "transformers", "pipeline_tag": "text-generation", "tags": ["gradus"]}
    assert "None is stated for this model." in body


def test_results_are_those_of_these_very_bytes(here: Path) -> None:
    measure("sft", 0.5)
    _, body = card("sft")
    assert ["Ten questions", "50.0% ±35.0", "10", "1", "2", "max tokens 96, temperature 0"] in rows(body)
    assert "Nothing was measured" not in body
    # Another model under the same name, and samples that were exchanged, have no results.
    manifest = ROOT / "models/sft" / MANIFEST
    text = manifest.read_text()
    manifest.write_text(text.replace('"step": null', '"step": 7'))
    assert "Nothing was measured of this model" in card("sft")[1]
    manifest.write_text(text)
    assert "50.0%" in card("sft")[1]
    write_text(ROOT / "samples/sft/test.parquet", "others than before")
    assert "Nothing was measured of this model" in card("sft")[1]


def test_a_base_has_the_results_of_the_row_that_shows_it(here: Path) -> None:
    samples = ROOT / "samples/baseline/test.parquet"
    write_text(samples, "samples")
    write_record("sample_benchmark", "samples/baseline/test", Path("study.yaml"), [ROOT / "models/base" / MANIFEST])
    values = {"benchmark": "test", "accuracy": 0.2, "ci95": [0.05, 0.5], "n": 10, "no_answer": 0, "truncated": 0}
    write_json(ROOT / "eval/baseline/test.json", values)
    write_record("score_samples", "eval/baseline/test", Path("study.yaml"), [samples])
    assert "| Ten questions | 20.0%" in card("base")[1]


def test_how_it_was_made_with_which_settings_and_data(here: Path) -> None:
    write_json(ROOT / "traces/custom.summary.json", {"kept": 5})
    _, body = card("sft")
    assert "# SFT \\| all" in body
    assert "`sft` of the study `tiny` (A tiny study)." in body
    assert "1. `base`: pretrained from scratch, 2 steps of 48 rows of 144 tokens, learning rate 0.01" in body
    assert "2. `sft` from `base`: SFT; all parameters; learning rate 0.0001" in body
    assert ["`method`", "full"] in rows(body)
    assert ["custom", "solutions", "5", "pocket_public", "–", "generated"] in rows(body)
    assert ["base", "worked solutions, of which some are flawed", "–", "pocket", "–", "generated"] in rows(body)
    assert 'AutoModelForCausalLM.from_pretrained("me/tiny-sft")' in body
    assert 'AutoPeftModelForCausalLM.from_pretrained("me/tiny-rl")' in card("rl")[1]


def test_data_of_the_hub_has_its_revision_and_licence(here: Path) -> None:
    text = STUDY.replace("train: {source: pocket, size: 10}", "train: {source: gsm8k, split: train}")
    Path("config").mkdir()
    files = "{main/train-0.parquet: {size: 1, git: " + "ab" * 20 + "}}"
    lock = f"datasets:\n  openai/gsm8k: {{revision: {'ab' * 20}, files: {files}}}\n"
    Path("config/hub.lock.yaml").write_text(lock)
    head, body = card("rl", text)
    assert head["datasets"] == ["openai/gsm8k"]
    assert ["train", "problems", "–", "openai/gsm8k", "abababababab", "MIT"] in rows(body)
