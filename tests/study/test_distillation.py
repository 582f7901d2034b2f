"""Distillation in a study: whose weights its job reads, what follows from its teacher, and what is refused."""

import re
from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.dollars import costs_of
from gradus.estimates.shapes import reference_shape
from gradus.graph.gate import seen_by
from gradus.graph.graph import Graph, study_specs
from gradus.provenance.errors import GradusError
from gradus.specs.models import ServiceModel
from gradus.specs.training import GrpoSpec
from gradus.study.services import service_file
from gradus.study.settings.models import FolderModel, HubModel, PretrainedModel
from gradus.study.tokenizers import known_to_differ
from study.made_study import spec_of, study

DISTILLED = {"from": "base", "stage": "grpo", "problems": "train", "algorithm": "distillation", "teacher": "teacher"}


def with_student(folder: Path, *changes: tuple[str, Any], **settings: Any) -> Graph:
    return Graph(study(folder, *changes, ("experiments.student", DISTILLED | settings)))


def refusal(folder: Path, *changes: tuple[str, Any], **settings: Any) -> str:
    with pytest.raises(GradusError) as caught:
        with_student(folder, *changes, **settings)
    (line,) = str(caught.value).splitlines()
    return re.sub(r"^.*yaml(:\d+)?: ", "", line)


def test_the_teacher_is_an_input_and_no_reward_is_learned(tmp_path: Path) -> None:
    graph = with_student(tmp_path, group_size=1)
    settings = spec_of(graph, "models/student", GrpoSpec)
    assert graph.jobs["models/student"].reads["reference"] == ["results/small/models/teacher/model.json"]
    assert settings.reference is not None
    assert (settings.reference.dense, settings.reference.adapter) == ("teacher", None)
    assert (settings.rewards, settings.loss) == ({"correct": {"weight": 0.0}}, "importance_sampling")
    assert (settings.kl_coef, settings.kl_guard, settings.group_size) == (0.0, None, 1)
    assert reference_shape(study_specs(graph), settings) is not None


def test_a_teacher_may_be_an_experiment_whose_sets_the_student_has_seen(tmp_path: Path) -> None:
    more = ("problems.more", {"source": "pocket", "split": "train", "size": 20})
    taught = ("experiments.expert", {"from": "teacher", "stage": "grpo", "problems": "more", "seeds": 2})
    graph = with_student(tmp_path, more, taught, teacher="expert", seeds=2)
    for run, teacher in (("student", "expert"), ("student.seed-1", "expert.seed-1")):
        reference = spec_of(graph, f"models/{run}", GrpoSpec).reference
        assert reference is not None
        assert (reference.dense, reference.adapter) == ("teacher", teacher)
    assert ("problems", "more") in seen_by(graph.context, "student")
    assert ("problems", "more") in graph.jobs["samples/student/easy"].obeys


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"teacher": None}, "algorithm: distillation learns from a teacher; set `teacher` to a model or an experiment"),
        (
            {"algorithm": "grpo"},
            "teacher: algorithm: grpo learns from rewards alone; remove this key, or set algorithm: distillation",
        ),
        (
            {"algorithm": "grpo", "teacher": None, "group_size": 1},
            "group_size: algorithm: grpo compares completions of a problem, and this is one; take 2 or more, or "
            "algorithm: distillation",
        ),
        (
            {"group_size": 1, "rewards": {"correct": 1}},
            "rewards: count within a group of completions, and group_size is 1; set their weights to 0, or group_size: "
            "2 or more",
        ),
        (
            {"group_size": 1, "scale_advantages": True},
            "scale_advantages: takes the deviation in a group of completions, and group_size is 1; set it to false, or "
            "group_size: 2 or more",
        ),
        ({"kl_coef": 0.1}, "kl_coef: algorithm: distillation follows the KL to its teacher already; set kl_coef: 0"),
        (
            {"reference_model": "teacher"},
            "reference_model: algorithm: distillation is held to its teacher; remove this key",
        ),
        (
            {"dynamic_sampling": True},
            "dynamic_sampling: leaves problems out by their answers, and algorithm: distillation learns from every "
            "completion; set it to false",
        ),
        (
            {"teacher": "tutor"},
            "teacher: there is no model or experiment 'tutor'; there are base, teacher, baseline, sft",
        ),
        (
            {"teacher": "base"},
            "teacher: 'base' is what 'student' starts from, so there is nothing to learn; name another",
        ),
    ],
)
def test_what_leaves_nothing_to_learn_is_told_in_one_line(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    assert refusal(tmp_path, **settings).startswith(f"experiments.student.{said}")


def test_a_teacher_with_other_tokens_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, ("models.teacher", {"architecture": {"vocab_size": 600}}))
    what = "'teacher' has another tokenizer than 'student', whose tokens it has to know"
    assert said == f"experiments.student.teacher: {what}; name a model with the same"


def test_tokenizers_are_compared_as_far_as_they_are_known(tmp_path: Path) -> None:
    folders = []
    for name, vocabulary in (("one", '{"a": 0}'), ("same", '{"a": 0}'), ("other", '{"b": 0}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tokenizer.json").write_text(f'{{"model": {{"vocab": {vocabulary}}}}}', encoding="utf-8")
        folders.append(FolderModel(path=str(tmp_path / name)))
    one, same, other = folders
    models = {"one": one, "same": same, "other": other, "hub": HubModel(repo="me/model"), "made": PretrainedModel()}
    models["longer"] = PretrainedModel(steps=7)
    known = [known_to_differ(models, "one", name) for name in ("same", "other", "hub", "made")]
    assert known == [False, True, False, True]
    assert not known_to_differ(models, "made", "longer")


def test_students_do_not_teach_each_other(tmp_path: Path) -> None:
    said = refusal(tmp_path, ("experiments.first", DISTILLED | {"teacher": "student"}), teacher="first")
    assert said == "experiments.first.teacher: first -> student -> first is a circle; name another teacher"


def test_what_the_teacher_reads_is_counted_by_its_own_size_and_price(tmp_path: Path) -> None:
    """On a service at its own price; here as so much more work of the student."""
    models = {"base": {"source": "hub", "repo": "me/small"}, "teacher": {"source": "hub", "repo": "me/large"}}
    there = {"backend": "tinker", "group_size": 2, "steps": 5, "batch_size": 4, "max_tokens": 100}
    changes = [("models", models), ("sampling", {"sampler": "tinker"})]
    changes += [
        (
            "tinker",
            {"prices": {f"me/{size}": {"prefill": 1.0, "sample": 2.0, "train": 3.0} for size in ("small", "large")}},
        )
    ]
    kept = ("experiments", {"baseline": {"from": "base", "stage": "none"}, "student": DISTILLED | there})
    graph = Graph(study(tmp_path, *changes, kept, ("traces", {}), ("votes", {"experiments": []})))
    specs = study_specs(graph)
    settings = spec_of(graph, "models/student", GrpoSpec)
    assert (settings.service, settings.reference_service) == (
        ServiceModel(model="me/small"),
        ServiceModel(model="me/large"),
    )
    service = service_file(graph.study)
    assert service is not None
    assert service.models == ["me/small", "me/large"]
    costs = {cost.name: cost for cost in costs_of(specs, service)}
    own, scoring = costs["models/student"], costs["models/student, scoring"]
    assert (own.model, scoring.model, scoring.jobs) == ("me/small", "me/large", 0)
    assert own.work is not None
    assert scoring.work is not None
    rows = 5 * 4 * 2
    assert scoring.work.most.prefill == own.work.most.train
    assert scoring.work.most.sample == rows
    assert scoring.most == pytest.approx((scoring.work.most.prefill + 2 * rows) / 1e6)
