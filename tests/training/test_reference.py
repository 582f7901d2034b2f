"""A KL against another model than the start: its value by hand, in both networks of the torch backend."""

from pathlib import Path
from typing import Any

import pytest
import torch
from stopping import stopped_before
from test_loops import SHORT, without_times
from tiny import job_of, problems, save_tiny_model
from transformers import AutoModelForCausalLM

from gradus.models.describe import write_manifest
from gradus.models.lora import init_adapter, save_adapter
from gradus.models.manifest import MANIFEST
from gradus.models.store import load_model
from gradus.models.tokenizer import copy_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.training import recording
from gradus.training.groups import Group
from gradus.training.reference import reference_of
from gradus.training.rollouts.sampler import GroupSampler
from gradus.training.torch import grpo
from model_folders import model_of

EMBEDDED, MODULE = "gradus.training.torch.embedded", "gradus.training.torch.module.network"
SETTINGS: dict[str, Any] = SHORT | {"steps": 2, "kl_coef": 0.1, "learning_rate": 1e-3, "checkpoint_every": 50}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Manifests of a base, of another model of another shape, and of two adapters on the base."""
    root = tmp_path_factory.mktemp("models")
    weights = save_tiny_model(root / "base")
    save_tiny_model(root / "other", std=0.25, hidden=48, inner=32)
    arch, _ = load_model(root / "base")
    for seed, name in enumerate(("first", "second"), start=5):
        adapter = init_adapter(arch, 4, 8.0, ("q_proj", "down_proj"), seed)
        generator = torch.Generator().manual_seed(seed)
        for tensor in adapter.b.values():
            tensor.copy_(0.2 * torch.randn(tensor.shape, generator=generator))
        copy_tokenizer(root / "base", root / name)
        save_adapter(root / name, adapter, str(root / "base"))
        write_manifest(root / name, base=root / "base" / MANIFEST)
    assert weights.parent == root / "base"
    base = root / "base" / MANIFEST
    adapted = {name: [base, root / name / MANIFEST] for name in ("first", "second")}
    return {"base": [base], "other": [root / "other" / MANIFEST], **adapted}


def reference_job(root: Path, made: Any, start: list[Path], reference: list[Path] | None, **settings: Any) -> Job[Any]:
    """made: of a backend, like `job_of`."""
    named = {"dense": "any", "adapter": None, "origin": None} if reference else None
    files = {"reference": [str(path) for path in reference or []], "weights": [str(path) for path in start]}
    return made(root, "direct_rl", files, reference=named, **SETTINGS | settings)


def logits(manifests: list[Path], ids: list[int]) -> torch.Tensor:
    """By transformers and PEFT, apart from the project's own networks."""
    from peft import PeftModel

    network = AutoModelForCausalLM.from_pretrained(manifests[0].parent)
    if len(manifests) == 2:
        network = PeftModel.from_pretrained(network, manifests[1].parent)
    with torch.no_grad():
        return network(torch.tensor([ids])).logits[0].double()


def kl_by_hand(start: list[Path], reference: list[Path], groups: list[Group]) -> float:
    """The mean of exp(d) - d - 1 over all tokens, d the log-probability by the reference less that by the start."""
    found: list[float] = []
    for group in groups:
        for completion in group.completions:
            ids = [*group.prompt_ids, *completion.token_ids]
            ours, theirs = (
                logits(model, ids)[len(group.prompt_ids) - 1 : -1].log_softmax(-1) for model in (start, reference)
            )
            places = torch.tensor(completion.token_ids)[:, None]
            d = (theirs - ours).gather(1, places).squeeze(1)
            found += (d.exp() - d - 1).tolist()
    return sum(found) / len(found)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[list[Group]]:
    calls: list[list[Group]] = []
    draw = GroupSampler.draw_share

    def noted(self: GroupSampler, engine: Any, indices: list[int], batch: int) -> list[Group]:
        calls.append(draw(self, engine, indices, batch))
        return calls[-1]

    monkeypatch.setattr(GroupSampler, "draw_share", noted)
    return calls


def run(
    root: Path, network: str, start: list[Path], reference: list[Path] | None, **settings: Any
) -> list[dict[str, Any]]:
    (root / "state").mkdir(parents=True, exist_ok=True)
    job = reference_job(root, job_of, start, reference, **settings)
    backend, _, *others = job.modules
    job.modules = (backend, network, *others)
    return grpo.train(job, model_of(*start), problems(), root / "state", root / "out")


@pytest.mark.parametrize("network", [EMBEDDED, MODULE])
@pytest.mark.parametrize(
    ("start", "reference", "method"),
    [
        ("base", "other", "lora"),
        ("base", "other", "full"),
        ("base", "first", "lora"),  # on the same base
        ("first", "second", "lora"),
        ("first", "base", "lora"),  # the base without the adapter that it goes on with
        ("first", "second", "full"),
    ],
)
def test_the_kl_is_that_to_the_reference(
    network: str,
    start: str,
    reference: str,
    method: str,
    models: dict[str, list[Path]],
    drawn: list[list[Group]],
    tmp_path: Path,
) -> None:
    rows = run(tmp_path, network, models[start], models[reference], method=method)
    expected = kl_by_hand(models[start], models[reference], drawn[0])
    assert expected > 0.01
    assert rows[0]["kl"] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("network", [EMBEDDED, MODULE])
def test_without_one_it_is_that_to_the_start(network: str, models: dict[str, list[Path]], tmp_path: Path) -> None:
    rows = run(tmp_path, network, models["first"], None)
    assert rows[0]["kl"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("network", [EMBEDDED, MODULE])
def test_the_penalty_is_on_it(network: str, models: dict[str, list[Path]], tmp_path: Path) -> None:
    """An untrained model is never right, so that the penalty is all of the loss."""
    settings = {"rewards": {"correct": {"weight": 1.0}}, "steps": 1}
    once, twice = (
        run(tmp_path / str(coef), network, models["base"], models["other"], kl_coef=coef, **settings)[0]
        for coef in (0.1, 0.2)
    )
    assert once["reward"] == 0.0
    assert twice["loss"] == pytest.approx(2 * once["loss"], rel=1e-4)
    assert once["loss"] > 0.001


@pytest.mark.parametrize("network", [EMBEDDED, MODULE])
def test_a_run_that_was_stopped_measures_against_the_same(
    network: str, models: dict[str, list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MIN_SECONDS_BETWEEN_SAVES", 0.0)
    monkeypatch.setattr(recording, "MAX_SHARE_OF_TIME_SAVING", 1e9)
    whole = run(tmp_path / "whole", network, models["first"], models["second"], steps=3)
    with stopped_before(3):
        run(tmp_path / "resumed", network, models["first"], models["second"], steps=3)
    resumed = run(tmp_path / "resumed", network, models["first"], models["second"], steps=3)
    assert without_times(resumed) == without_times(whole)


def test_another_tokenizer_is_told(models: dict[str, list[Path]], tmp_path: Path) -> None:
    from gradus.models.tokenizer import load_tokenizer, save_tokenizer

    save_tiny_model(tmp_path / "foreign")
    tokenizer = load_tokenizer(tmp_path / "foreign")
    tokenizer.add_tokens(["another"])
    save_tokenizer(tmp_path / "foreign", tokenizer)
    write_manifest(tmp_path / "foreign")
    job = reference_job(tmp_path, job_of, models["base"], [tmp_path / "foreign" / MANIFEST])
    with pytest.raises(GradusError, match="reference_model has another tokenizer"):
        reference_of(job, model_of(*models["base"]))
