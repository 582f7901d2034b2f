"""A training that goes on from a state on a real server: with the optimizer its next steps are those of a run that did
not stop, without it they are others, and that is said."""

from pathlib import Path
from typing import Any

import pytest
import tinker
from serving import NAME, Server
from tiny import job_of, traces

from gradus.models.lora import TARGETS
from gradus.training.tinker import sft
from model_folders import model_of
from sampling.sample_jobs import write_service

pytestmark = pytest.mark.slow
SETTINGS: dict[str, Any] = {
    "service": {"model": NAME},
    "lora": {"rank": 4, "alpha": 32.0, "targets": TARGETS},
    "batch_size": 4,
    "epochs": 2,
    "held_out_share": 0.25,
    "learning_rate": 1e-2,
}


def train(root: Path, server: Server, base: Path) -> list[dict[str, Any]]:
    """The losses of six steps; a checkpoint is kept after the third."""
    prices = {NAME: {"prefill": 1.0, "sample": 2.0, "train": 3.0}}
    write_service(root, url=server.url, prices=prices)
    job = job_of(root, "sft_custom", {"log": [str(root / "log.txt")]}, **SETTINGS)
    rows = sft.train(job, model_of(base / "model.safetensors"), traces(16), job.state_folder(), root / "out")
    return [row["loss"] for row in rows if "loss" in row]


def stopped_and_resumed(root: Path, server: Server, base: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """As `train`, of a job that dies after its fourth step and is run again."""
    stepped = sft._stepped

    def die(run: Any, batch: Any, row: dict[str, Any], *results: Any) -> None:
        if row["step"] == 5:
            raise KeyboardInterrupt
        stepped(run, batch, row, *results)

    with monkeypatch.context() as patch:
        patch.setattr(sft, "_stepped", die)
        with pytest.raises(KeyboardInterrupt):
            train(root, server, base)
    return train(root, server, base)


@pytest.fixture(scope="module")
def straight(server: Server, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_MODE", "disabled")
        patch.setenv("TINKER_API_KEY", "tml-loopback")
        return train(tmp_path_factory.mktemp("straight"), server, tiny_base)


def test_the_next_steps_are_those_of_a_run_that_did_not_stop(
    straight: list[float], server: Server, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    losses = stopped_and_resumed(tmp_path, server, tiny_base, monkeypatch)
    assert losses == pytest.approx(straight, rel=1e-4)
    said = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert said.count("the state was restored with its optimizer") == 1


def test_a_service_that_forgets_the_optimizer_is_found_out(
    straight: list[float], server: Server, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As tinker-feedback#127 has it: the call succeeds, and gives the weights alone."""
    monkeypatch.setenv("WANDB_MODE", "disabled")
    forgetful = tinker.ServiceClient.create_training_client_from_state
    monkeypatch.setattr(tinker.ServiceClient, "create_training_client_from_state_with_optimizer", forgetful)
    losses = stopped_and_resumed(tmp_path, server, tiny_base, monkeypatch)
    # The fourth loss is of the state itself, before its first step; the later ones tell.
    assert losses[:4] == pytest.approx(straight[:4], rel=1e-4)
    assert abs(losses[5] / straight[5] - 1) > 1e-2
    said = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert "without its optimizer (tinker-feedback#127)" in said
    assert "restored with its optimizer" not in said
