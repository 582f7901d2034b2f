"""What a training on the service begins from: a fresh adapter of the study's shape, or the weights of another's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from policy_runs import Training

from gradus.models.lora import TARGETS
from gradus.specs.training import SftSpec
from gradus.study.settings.training import Lora
from gradus.tinker.checkpoints import Checkpoint
from gradus.training.tinker import grpo
from gradus.training.tinker.start import Start
from model_folders import model_of


class Asked:
    """A service that notes what it is asked for."""

    model, url = "m", "http://nowhere"

    def __init__(self) -> None:
        self.client = self
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **named: self.calls.append((name, given, named))


def parent_in(folder: Path) -> Path:
    state, sampler = "tinker://x/weights/parent", "tinker://x/sampler_weights/parent"
    Checkpoint("m", 4, state, sampler, None, "http://nowhere").write(folder)
    return folder / "tinker.json"


def adapter(targets: Sequence[str]) -> SftSpec:
    return SftSpec.model_construct(lora=Lora(rank=8, targets=list(targets)), seed=5)


@pytest.mark.parametrize(
    ("targets", "attention", "mlp"), [(TARGETS, True, True), (TARGETS[:4], True, False), (TARGETS[4:], False, True)]
)
def test_a_fresh_adapter_has_the_shape_and_seed_of_the_study(
    model: Path, targets: tuple[str, ...], attention: bool, mlp: bool
) -> None:
    service = Asked()
    Start(model_of(model)).client(service, adapter(targets))
    wanted = {"rank": 8, "seed": 5, "train_attn": attention, "train_mlp": mlp, "train_unembed": False}
    assert service.calls == [("create_lora_training_client", ("m",), wanted)]


def test_another_experiments_adapter_is_continued_with_a_fresh_optimizer(model: Path, tmp_path: Path) -> None:
    service = Asked()
    Start(model_of(model, parent_in(tmp_path))).client(service, adapter(TARGETS))
    assert service.calls == [("create_training_client_from_state", ("tinker://x/weights/parent",), {})]


def test_the_reference_of_a_continued_run_is_what_it_continues(
    training: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training.fake.sessions["tinker://x/sampler_weights/parent"] = training.fake.start + 0.5
    training.run(kl_coef=0.05, parent=parent_in(tmp_path))
    scoring = {session for session, question in training.fake.asked if question.prompt_logprobs}
    assert scoring == {"tinker://x/sampler_weights/parent"}


@pytest.mark.parametrize("adapted", [True, False])
def test_the_reference_may_be_another_one(
    training: Training, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, adapted: bool
) -> None:
    """Another experiment's adapter for a fresh one, or the base for one that is continued."""
    parent = parent_in(tmp_path)
    training.fake.sessions["tinker://x/sampler_weights/parent"] = training.fake.start + 0.5
    reference = model_of(model, parent) if adapted else model_of(model)
    monkeypatch.setattr(grpo, "reference_of", lambda job, start: reference)
    rows = training.run(kl_coef=0.05, parent=None if adapted else parent)
    scoring = {session for session, question in training.fake.asked if question.prompt_logprobs}
    assert ("tinker://x/sampler_weights/parent" in scoring) == adapted
    assert len(scoring) == 1
    assert rows[0]["kl"] >= 0.0
