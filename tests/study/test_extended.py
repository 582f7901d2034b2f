"""Models with domain tokens in a study: jobs, what is derived from the first model, and mistakes."""

from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.shapes import first_model, shape_of
from gradus.graph.graph import Graph, study_specs
from gradus.provenance.errors import GradusError
from gradus.study.tokenizers import known_to_differ
from study.made_study import changed

MUL = {"kind": "multiplication", "up_to": 2}
EXTENDED = {"of": "base", "tokens": MUL}


def read(folder: Path, *changes: tuple[str, Any]) -> Graph:
    return Graph.read(changed(folder, *changes))


def test_a_model_with_of_is_made_of_another(tmp_path: Path) -> None:
    graph = read(tmp_path, ("models.mul", EXTENDED), ("experiments.sft", {"from": "mul", "stage": "none"}))
    job = graph.jobs["models/mul"]
    assert (job.stage, job.reads) == ("extend_model", {"of": ["results/small/models/base/model.json"]})
    settings: Any = job.settings
    assert settings.tokens.tokens == ["<MUL_1_1_1>", "<MUL_1_2_2>", "<MUL_2_2_4>"]
    assert graph.jobs["eval/sft/easy"].reads["tokenizer"] == ["results/small/models/mul/model.json"]


def test_estimates_follow_it_to_the_first_model(tmp_path: Path) -> None:
    more = ("models.units", {"of": "mul", "tokens": {"kind": "list", "tokens": ["km/h"]}})
    born = ("models.born", {"tokens": MUL})
    graph = read(tmp_path, ("models.mul", EXTENDED), more, born)
    specs = study_specs(graph)
    assert first_model(specs, "units") == "base"
    sizes = [shape_of(specs, name).vocabulary for name in ("base", "mul", "units", "born")]
    assert sizes == [512, 515, 516, 515]


def test_the_network_is_that_of_the_first_model(tmp_path: Path) -> None:
    graph = read(tmp_path, ("models.mul", EXTENDED), ("experiments.sft.from", "mul"))
    assert graph.study.experiments["sft"].network == graph.study.experiments["rl"].network == "embedded"


def test_a_pretrained_model_without_tokens_says_nothing_of_them(tmp_path: Path) -> None:
    graph = read(tmp_path, ("models.teacher", {"tokens": {**MUL, "reserved": True}}))
    without, with_them = (graph.jobs[f"tokenizers/{name}"].settings.model_dump() for name in ("base", "teacher"))
    assert without["tokens"] is None
    assert with_them["tokens"]["reserved"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"of": "bass", "tokens": MUL}, "models.mul.of: there is no model 'bass'; there are base"),
        ({"of": "mul", "tokens": MUL}, "models.mul.of: mul -> mul is a circle; extend another model"),
        ({"of": "base", "tokens": {"kind": "list"}}, "models.mul.tokens: tokens of `kind: list` are named by either"),
        ({"of": "base"}, "models.mul.tokens: "),
        ({"tokens": {"kind": "list", "tokens": ["a", "a"]}}, "'a' is listed twice"),
        ({"of": "born", "tokens": MUL}, "models.mul.tokens.name: 'born' has tokens 'multiplication' already; give"),
        ({"of": "cloud", "tokens": MUL}, "models.mul.of: 'cloud' is on the service alone"),
    ],
)
def test_mistakes_are_told_in_one_line(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    others = [("models.born", {"tokens": MUL}), ("models.cloud", {"source": "tinker", "name": "Qwen/Qwen3-8B"})]
    with pytest.raises(GradusError) as refused:
        read(tmp_path, *others, ("models.mul", change))
    (line,) = str(refused.value).splitlines()
    assert message in line


def test_it_takes_texts_as_long_as_the_first_model(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"sft\.max_length: 1,025 tokens are more than the 1,024 positions of 'mul'"):
        read(tmp_path, ("models.mul", EXTENDED), ("experiments.sft.from", "mul"), ("experiments.sft.max_length", 1025))


def test_no_service_has_a_model_that_is_extended_here(tmp_path: Path) -> None:
    rl = ("experiments.rl", {"from": "mul", "stage": "grpo", "problems": "train", "backend": "tinker"})
    with pytest.raises(GradusError, match="'mul' was made here, and Tinker has models of its own alone"):
        read(tmp_path, ("models.mul", EXTENDED), rl, ("models.base.tinker", "Qwen/Qwen3-8B"))


def test_tokens_make_another_tokenizer(tmp_path: Path) -> None:
    more = [("models.again", EXTENDED), ("models.plain", {"of": "base", "tokens": {**MUL, "reserved": True}})]
    born = ("models.born", {"tokens": MUL})
    models = read(tmp_path, ("models.mul", EXTENDED), *more, born).study.models
    known = [known_to_differ(models, "mul", name) for name in ("again", "plain", "base", "born")]
    assert known == [False, True, True, True]
    assert not known_to_differ(models, "mul", "mul")
    assert known_to_differ(models, "born", "base")


def test_a_corpus_has_tokens_injected_and_its_tokenizer_is_trained_without(tmp_path: Path) -> None:
    injected = {"tokens": MUL, "corpus": {"inject": MUL | {"mode": "strict"}}}
    jobs = read(tmp_path, ("models.born", injected), ("models.plain", {"seed": "born"})).jobs
    settings: Any = jobs["corpora/born"].settings
    assert settings.corpus.inject.mode == "strict"
    assert "gradus.vocabulary.kinds.multiplication" in jobs["corpora/born"].spec.modules
    tokenizers: list[Any] = [jobs[f"tokenizers/{name}"].settings for name in ("born", "plain")]
    assert [one.corpus for one in tokenizers] == [tokenizers[0].corpus] * 2
    wrong = {"corpus": {"inject": {"kind": "list", "tokens": ["km/h"]}}}
    with pytest.raises(GradusError, match=r"models.born.corpus.inject.kind: expected 'multiplication'"):
        read(tmp_path, ("models.born", wrong))


@pytest.mark.parametrize("tokens", [None, {**MUL, "reserved": True}, {"kind": "multiplication", "up_to": 1}])
def test_a_corpus_has_no_tokens_that_its_model_cannot_write(tmp_path: Path, tokens: dict[str, Any] | None) -> None:
    with pytest.raises(GradusError, match=r"models.born.corpus.inject: the model has no such tokens"):
        read(tmp_path, ("models.born", {"tokens": tokens, "corpus": {"inject": MUL}}))
