"""A study that pretrains on text, from the gate to models that transformers loads, one of them by two ranks."""

import json
import random
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM

from gradus.corpora.shards import Shards, TokenStream
from gradus.models.tokenizer import load_tokenizer
from gradus.provenance.files import read_json, read_json_lines
from graph.project import snakemake
from linked_project import linked_project
from results.results_page import PAGE, read_page, undocumented
from training.tiny import save_tiny_model

MODEL = """
    tokenizer: words
    architecture: {family: gpt2, hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 2,
                   num_key_value_heads: 2, head_dim: 16, max_position_embeddings: 256}
    steps: 20
    batch_size: 8
    micro_batch: 4
    sequence_length: 64
    warmup_steps: 4
    learning_rate: 1e-2
    seed: base
"""
STUDY = f"""
study: stories
models:
  words: {{source: folder, path: models/words}}
  base:
    text: stories
    tokens: {{kind: multiplication, up_to: 9, reserved: true}}{MODEL}
  mul:
    text: injected
    tokens: {{kind: multiplication, up_to: 9}}
    gpus: 2{MODEL}
corpora:
  stories: {{path: stories.jsonl, tokens: 12000, eval_tokens: 900}}
  injected: {{path: stories.jsonl, tokens: 12000, eval_tokens: 900, inject: {{kind: multiplication, mode: weak}}}}
contamination: {{policy: drop}}
sampling: {{sampler: transformers}}
problems: {{written: {{source: file, path: problems.jsonl}}}}
benchmarks: {{written: {{problems: written, max_tokens: 8}}}}
experiments:
  baseline: {{from: base, stage: none}}
  other: {{from: mul, stage: none}}
"""
BUILD = ("models", "results/stories/stages.csv", "--configfile", "study.yaml", "--cores", "2", "--resources", "gpu=0")
LEAK = "Mia collects 17 shells on each of 23 beaches and gives 19 of them to her brother Leo. How many has she left?"


def write_texts(project: Path) -> None:
    drawn = random.Random(0)
    lines = []
    for number in range(700):
        a, b = drawn.randint(1, 9), drawn.randint(1, 9)
        said = f"Tom has {a} bags of {b} pens. So {a} * {b} = {a * b} in all, on day {number}."
        lines.append(f"A riddle. {LEAK} {said}" if number == 3 else said)
    (project / "stories.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in lines))
    problem = {"id": "shells", "problem": LEAK, "answer": "372"}
    (project / "problems.jsonl").write_text(json.dumps(problem) + "\n")


@pytest.mark.slow
def test_models_are_pretrained_on_text(tmp_path: Path) -> None:
    project = linked_project(tmp_path / "project")
    save_tiny_model(project / "models/words")
    write_texts(project)
    (project / "study.yaml").write_text(STUDY, encoding="utf-8")
    snakemake(project, *BUILD)
    results = project / "results/stories"

    # The document with a benchmark's problem is left out of both, which see the same ones otherwise.
    (pair,) = read_json(results / "contamination/texts/stories.json")["pairs"]
    assert (pair["id"], pair["other_row"]) == ("shells", 4)
    assert read_json(results / "texts/stories.clean.json") == {"rows": [4]}
    base, mul = (Shards.read(results / f"shards/{name}/shards.json") for name in ("base", "mul"))
    assert (base.left_out, mul.left_out, base.injected) == (1, 1, 0)
    assert mul.injected > 100
    assert base.rows == mul.rows
    stream = TokenStream(results / "shards/mul", mul.train)
    text = load_tokenizer(results / "shards/mul").decode(stream.read(0, 12_000), skip_special_tokens=False)
    assert "shells" not in text
    assert "<MUL_" in text

    for name in ("base", "mul"):
        rows = read_json_lines(results / f"models/{name}/metrics.jsonl")
        assert rows[-1]["held_out_loss"] < rows[0]["loss"] - 1
        model = AutoModelForCausalLM.from_pretrained(results / "models" / name)
        assert model.config.vocab_size == base.rows
        assert read_json(results / f"models/{name}/model.json")["step"] == 20
    stages = (results / "stages.csv").read_text(encoding="utf-8")
    assert stages.splitlines()[1].startswith("base,,base,,0,stories,20,")
    assert undocumented(results, read_page(PAGE.read_text(encoding="utf-8"))) == []

    again = snakemake(project, *BUILD)
    assert "nothing to be done" in again.lower()
    # Another rate trains anew, and tokenises nothing.
    (project / "study.yaml").write_text(STUDY.replace("1e-2", "2e-2"), encoding="utf-8")
    planned = snakemake(project, *BUILD, "-n", GRADUS_VIEW="")
    assert "learning_rate changed from 0.01 to 0.02" in planned
    assert "3 jobs" in planned  # both trainings and the table of their losses
