"""Texts to pretrain on in a study: one line for each mistake, and which jobs share what."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.study.file import StudyFile

SHAPE = {
    "family": "gpt2",
    "vocab_size": 320,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 64,
}
MODEL = {
    "text": "stories",
    "tokenizer": "words",
    "architecture": SHAPE,
    "steps": 10,
    "batch_size": 8,
    "sequence_length": 64,
    "warmup_steps": 2,
}
TOKENS = {"kind": "multiplication", "up_to": 9}


def graph_of(tmp_path: Path, **changes: Any) -> Graph:
    """Of a study with a text, its baseline and a model with tokens in the text. changes: laid over it."""
    (tmp_path / "stories.txt").write_text("A story.\n\nAnother one.", encoding="utf-8")
    stories = {"path": str(tmp_path / "stories.txt"), "tokens": 6000, "eval_tokens": 200}
    values = {
        "study": "texts",
        "models": {
            "words": {"source": "hub", "repo": "openai-community/gpt2", "chat_template": "user_assistant"},
            "base": MODEL | {"tokens": TOKENS | {"reserved": True}},
            "again": MODEL | {"tokens": TOKENS | {"reserved": True}, "learning_rate": 1e-3},
            "mul": MODEL | {"text": "injected", "tokens": TOKENS},
        },
        "corpora": {"stories": stories, "injected": stories | {"inject": TOKENS | {"mode": "weak"}}},
        "problems": {"written": {"source": "pocket", "split": "evaluation", "size": 4}},
        "benchmarks": {"written": {"problems": "written", "max_tokens": 8, "sampler": "transformers"}},
        "experiments": {"baseline": {"from": "base", "stage": "none"}, "other": {"from": "mul", "stage": "none"}},
    }
    return Graph.of(StudyFile(tmp_path / "study.yaml", values), changes)


def test_a_text_is_searched_once_and_tokenised_once_for_each_vocabulary(tmp_path: Path) -> None:
    graph = graph_of(tmp_path)
    assert [job.name for job in graph.of_stages("search_text")] == ["contamination/texts/stories"]
    assert [job.name for job in graph.of_stages("tokenize_text")] == ["shards/base", "shards/mul"]
    reads = {job.name: job.reads["shards"] for job in graph.of_stages("pretrain_text")}
    assert reads["models/again"] == reads["models/base"] == ["results/texts/shards/base/shards.json"]
    assert {job.obeys for job in graph.of_stages("pretrain_text")} == {(("texts", "stories"),)}
    base, mul = (graph.jobs[name].settings for name in ("shards/base", "shards/mul"))
    assert base.added.tokens == mul.added.tokens
    assert (base.added.reserved, mul.added.reserved, base.inject) == (True, False, None)


def test_training_reads_what_the_policy_leaves(tmp_path: Path) -> None:
    assert graph_of(tmp_path).jobs["shards/base"].reads["left_out"] == []
    dropping = graph_of(tmp_path, contamination={"policy": "drop"})
    assert dropping.jobs["shards/base"].reads["left_out"] == ["results/texts/texts/stories.clean.json"]
    assert dropping.jobs["contamination/texts/stories.clean.json"].result == "results/texts/texts/stories.clean.json"


def test_another_seed_or_rate_tokenises_nothing_anew(tmp_path: Path) -> None:
    one, other = graph_of(tmp_path), graph_of(tmp_path, models={"base": {"learning_rate": 2e-3, "steps": 5}})
    assert one.jobs["shards/base"].settings == other.jobs["shards/base"].settings
    assert one.jobs["models/base"].settings != other.jobs["models/base"].settings


@pytest.mark.parametrize(
    ("changes", "text", "said"),
    [
        ({"text": "novels"}, {}, "models.base.text: there is no corpus 'novels'; there are stories, injected"),
        ({"tokenizer": "letters"}, {}, "models.base.tokenizer: there is no model 'letters'"),
        ({"tokenizer": "mul"}, {}, "models.base.tokenizer: 'mul' has its tokenizer from another model too; name"),
        ({"steps": 12}, {}, "models.base.steps: 12 steps of 8 rows read 6,145 tokens, and 'stories' has 6,000; lower"),
        ({"sequence_length": 65}, {}, "models.base.sequence_length: is beyond the model's max_position_embeddings, 64"),
        ({"optimizer": "muon_adamw", "gpus": 2}, {}, "models.base.optimizer: muon_adamw needs whole matrices"),
        ({"text": "injected"}, {}, "models.base.tokens: 'injected' has tokens injected that the model does not have"),
        ({"minimum_learning_rate": 0.1}, {}, "models.base.minimum_learning_rate: is above learning_rate, 0.0006"),
        ({"corpus": {}}, {}, "models.base.corpus: unknown key"),
        ({"evaluate_every": 5}, {"eval_tokens": 0}, "models.base.evaluate_every: 'stories'"),
        ({}, {"eval_tokens": 60}, "'stories' holds out 60 tokens, less than a row; raise"),
        ({}, {"path": "gone.txt"}, "corpora.stories.path: there is no 'gone.txt' (from"),
        ({}, {"path": None}, "corpora.stories.path: is missing; name a local file"),
        ({}, {"path": None, "repo": "a b"}, "corpora.stories.repo: 'a b' is not the name"),
        ({}, {"path": __file__}, "test_corpora.py: unknown kind of file; expected .jsonl"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, changes: dict[str, Any], text: dict[str, Any], said: str) -> None:
    with pytest.raises(GradusError) as error:
        graph_of(tmp_path, models={"base": changes}, corpora={"stories": text, "injected": text})
    assert said in str(error.value)
