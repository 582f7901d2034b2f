"""`scripts/chat.py` on what a study leaves: trained models, adapters, checkpoints and exports."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

import chat
from gradus.models.describe import write_manifest
from gradus.models.found import find_model
from gradus.models.manifest import MANIFEST
from gradus.models.tokenizer import copy_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.specs.base import Spec
from gradus.specs.models import WeightsSpec
from sampling.sample_jobs import sample_job
from training.tiny import save_tiny_model


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """results/x with a dense model, an adapter on it with a checkpoint, and an export."""
    root = tmp_path_factory.mktemp("study") / "results/x"
    base, adapter = root / "models/base", root / "models/sft"
    save_tiny_model(base)
    network = get_peft_model(AutoModelForCausalLM.from_pretrained(base), LoraConfig(target_modules=["q_proj"]))
    for folder in (adapter, adapter / "checkpoints/step-0001"):
        network.save_pretrained(folder)
        copy_tokenizer(base, folder)
    write_manifest(adapter, base=base / MANIFEST)
    shutil.copytree(base, root / "export/sft", ignore=shutil.ignore_patterns(MANIFEST))
    return root


def said(capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, folder: Path, *options: str) -> str:
    patch.setattr("sys.argv", ["chat.py", str(folder), "--max-tokens", "8", *options])
    chat.main()
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "model", ["models/base", "models/sft/model.json", "models/sft/checkpoints/step-0001", "export/sft"]
)
def test_any_model_answers_a_question(
    results: Path, model: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    several = said(capsys, monkeypatch, results / model, "--question", "2 + 3?", "--num-samples", "2")
    assert re.search(r"^\[1 of 2\]\n.*^\[\d+ tokens(; cut)?\]\n\[2 of 2\]\n.*tokens", several, re.DOTALL | re.MULTILINE)
    greedy = [
        said(capsys, monkeypatch, results / model, "--question", "2 + 3?", "--temperature", "0") for _ in range(2)
    ]
    assert greedy[0] == greedy[1]


def test_a_conversation_goes_on_until_an_empty_line(
    results: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    lines: Iterator[str] = iter(["2 + 3?", "And 4?", "", "5?"])

    def typed(_prompt: str) -> str:
        if line := next(lines, None):
            return line
        if line is None:
            raise EOFError
        return line

    ask = chat.Dialogue.ask

    def counted(dialogue: chat.Dialogue, *arguments: object) -> object:
        asked.append(len(dialogue.messages))
        return ask(dialogue, *arguments)  # ty: ignore[invalid-argument-type]

    monkeypatch.setattr("builtins.input", typed)
    monkeypatch.setattr(chat.Dialogue, "ask", counted)
    out = said(capsys, monkeypatch, results / "models/base")
    assert asked == [0, 2, 0]
    assert out.startswith("An empty line begins a new conversation")


def test_an_adapter_is_on_the_model_that_its_study_samples_it_with(results: Path) -> None:
    found = find_model(results / "models/sft")
    assert (found.dense.resolve(), found.adapter) == (results / "models/base", results / "models/sft")
    assert find_model(results / "models/sft/checkpoints/step-0001").dense.resolve() == results / "models/base"
    job = sample_job(results, 1, weights=WeightsSpec(dense="base.nf4", adapter="sft"))
    spec = Spec(stage="sample_benchmark", name="samples/sft/test", modules=[], settings=job.settings)
    write_json(results / "specs/samples/sft/test.json", spec.model_dump(mode="json"))
    shutil.copytree(results / "models/base", results / "models/base.nf4")
    assert find_model(results / "models/sft").dense == results / "models/base.nf4"
    job = sample_job(results, 1, weights=WeightsSpec(dense="base", adapter="sft"))
    spec = Spec(stage="sample_benchmark", name="samples/row/test", modules=[], settings=job.settings)
    write_json(results / "specs/samples/row/test.json", spec.model_dump(mode="json"))
    untrained = find_model(results / "models/row")  # an experiment of `stage: none`
    assert (untrained.dense, untrained.adapter) == (results / "models/base", results / "models/sft")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("models/sfft", r"sfft: there is no such model; .*models has base, .*sft"),
        ("export", r"export: has no config\.json; give the folder of a model"),
        ("nowhere/x", r"nowhere/x: there is no such model: build it, or correct the path"),
    ],
)
def test_what_is_no_model_is_told(results: Path, model: str, words: str) -> None:
    with pytest.raises(GradusError, match=words):
        find_model(results / model)


@pytest.mark.parametrize(
    "options", [["--temperature", "-1"], ["--top-p", "0"], ["--num-samples", "0"], ["--max-tokens", "x"]]
)
def test_absurd_options_are_refused(
    results: Path, options: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit):
        said(capsys, monkeypatch, results / "models/base", *options)
    assert f"error: argument {options[0]}: {options[1]} is not a" in capsys.readouterr().err
