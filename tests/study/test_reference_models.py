"""`reference_model` of reinforcement learning: edges, specs, and what is refused when a study is planned."""

from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.known import KNOWN
from gradus.estimates.work import planned
from gradus.graph.gate import seen_by
from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.specs.training import GrpoSpec
from gradus.study.file import read_study_file
from gradus.study.lineage import Weights
from gradus.study.schema import validate
from study.made_study import changed, spec_of, study

GB = 10**9
TO_SFT = ("experiments.rl.reference_model", "sft")
WITHOUT = ("experiments.sft_rl.reference_model", "base")
"""Which inherits that of `rl` otherwise."""


def test_the_reference_is_read_and_trained_first(tmp_path: Path) -> None:
    made = Graph(study(tmp_path, TO_SFT, WITHOUT))
    assert made.jobs["models/rl"].reads["reference"] == [
        "results/small/models/base/model.json",
        "results/small/models/sft/model.json",
    ]
    assert made.jobs["models/sft_rl"].reads["reference"] == ["results/small/models/base/model.json"]
    reference = spec_of(made, "models/rl", GrpoSpec).reference
    assert reference is not None
    assert (reference.dense, reference.adapter) == ("base", "sft")
    assert ("traces", "custom") in seen_by(made.context, "rl")  # which is held near what has seen these


def test_the_start_is_no_other_model(tmp_path: Path) -> None:
    """What an experiment starts from anyway changes no spec."""
    plain = Graph(study(tmp_path))
    named = Graph(
        study(tmp_path, ("experiments.rl.reference_model", "base"), ("experiments.sft_rl.reference_model", "sft"))
    )
    row = ("experiments.row", {"from": "sft", "stage": "none"})
    renamed = Graph(study(tmp_path, row, ("experiments.sft_rl.reference_model", "row")))
    for made in (named, renamed):
        for name in ("models/rl", "models/sft_rl"):
            assert made.jobs[name].settings == plain.jobs[name].settings
            assert made.jobs[name].reads["reference"] == []


def test_each_run_has_the_reference_of_its_seed(tmp_path: Path) -> None:
    made = Graph(study(tmp_path, TO_SFT, WITHOUT, ("seeds", 2)))
    assert made.context.lineage.reference("rl") == Weights("base", "sft")
    assert made.context.lineage.reference("rl.seed-1") == Weights("base", "sft.seed-1")


def test_another_model_takes_memory(tmp_path: Path) -> None:
    """A second model in bfloat16 beside an adapter in training; or an adapter alone, where the base is the same."""
    settings = {"backend": "trl", "bf16": True, "kl_guard": None, "kl_coef": 0.1, "micro_batch": 8}
    changes = [(f"experiments.rl.{key}", value) for key, value in settings.items() if value is not None]
    made = Graph(study(tmp_path, *changes, ("experiments.rl.reference_model", "teacher"), WITHOUT))
    rl, qwen = spec_of(made, "models/rl", GrpoSpec), KNOWN["Qwen/Qwen3-4B"]
    alone = planned(rl.model_copy(update={"reference": None}), qwen, 200, 80 * GB).total
    large = KNOWN["Qwen/Qwen3-8B"]
    assert planned(rl, qwen, 200, 80 * GB, large).total - alone == 2 * large.parameters
    same = rl.model_copy(update={"reference": rl.weights.model_copy(update={"adapter": "sft"})})
    assert planned(same, qwen, 200, 80 * GB, qwen).total - alone == 4 * qwen.adapter(16, rl.lora.names)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reference_model": "nobody"}, "there is no model or experiment 'nobody'"),
        ({"reference_model": "after"}, "rl -> after -> rl is a circle; name another reference model"),
        ({"reference_model": "rl"}, "rl -> rl is a circle; name another reference model"),
        ({"reference_model": "sft", "gpus": 2, "network": "transformers"}, "divides the model that trains among GPUs"),
    ],
)
def test_what_cannot_be_a_reference_is_told(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    after = ("experiments.after", {"from": "rl", "stage": "none"})
    with pytest.raises(GradusError, match=said):
        study(tmp_path, after, WITHOUT, *((f"experiments.rl.{key}", value) for key, value in changes.items()))


def test_one_that_nothing_measures_against_is_told(tmp_path: Path) -> None:
    file = read_study_file(changed(tmp_path, TO_SFT, WITHOUT))
    with pytest.raises(GradusError, match=r"rl\.reference_model: is read by a KL penalty or guard alone"):
        validate(file, {"experiments": {"rl": {"kl_coef": 0, "kl_guard": None}}})


def test_tinker_scores_by_any_of_its_models(tmp_path: Path) -> None:
    """An adapter that was trained there on the same base, and another model of the service, which it is told."""
    models = {"base": {"source": "hub", "repo": "me/small"}, "teacher": {"source": "hub", "repo": "me/large"}}
    there = {"backend": "tinker", "kl_coef": 0.1}
    changes = [("models", models), ("sampling", {"sampler": "tinker"}), ("experiments.sft.backend", "tinker")]
    changes += [("tinker", {"max_dollars": None}), *((f"experiments.rl.{key}", there[key]) for key in there)]
    for named, expected in (("sft", ("base", "sft", "me/small")), ("teacher", ("teacher", None, "me/large"))):
        graph = Graph(study(tmp_path, *changes, ("experiments.rl.reference_model", named), WITHOUT))
        settings = spec_of(graph, "models/rl", GrpoSpec)
        assert settings.reference is not None
        assert settings.reference_service is not None
        found = settings.reference.dense, settings.reference.adapter, settings.reference_service.model
        assert found == expected
