"""A run on the service: no step lost or doubled, whatever fails; state first, words for the user."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_service import Fake, Training
from stopping import asked_to_end_at
from tinker.lib.retryable_exception import RetryableException

from gradus.provenance.errors import GradusError
from gradus.training.tinker import run as run_module

WHOLE = [{"step": n, "taken": n, "seen": n} for n in range(1, 7)]


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def training(tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Training:
    return Training(tmp_path, fake, monkeypatch)


def result(training: Training) -> str:
    return (training.root / "out" / "adapter_model.safetensors").read_text(encoding="utf-8")


def state(training: Training) -> dict:
    (file,) = (training.root / ".state").glob("*/state.json")
    return json.loads(file.read_text(encoding="utf-8"))


def test_a_run_ends_with_all_rows_and_its_last_policy(training: Training, fake: Fake) -> None:
    assert training.run() == WHOLE
    assert fake.opened == [None]
    assert result(training) == "6"
    record = json.loads((training.root / "out" / "tinker.json").read_text(encoding="utf-8"))
    assert fake.states[record["state"]] == fake.states[record["sampler"]] == 6
    assert (record["base_model"], record["rank"], record["url"]) == ("m", 4, "http://nowhere")
    left = datetime.fromisoformat(record["expires"]) - datetime.now(UTC)
    assert 7000 < left.total_seconds() < 7200


def test_the_next_step_is_asked_for_before_the_last_is_awaited(training: Training, fake: Fake) -> None:
    rows_at: list[int] = []
    fake.at = {n: lambda: rows_at.append(len(training.last.rows)) for n in range(1, 7)}
    training.run(save_every=100)
    assert rows_at == [0, 0, 1, 2, 3, 4]


@pytest.mark.parametrize("at", range(1, 11))
@pytest.mark.parametrize("save_every", [1, 4])
def test_a_failed_request_costs_no_step_and_doubles_none(
    at: int, save_every: int, training: Training, fake: Fake
) -> None:
    fake.fail = {at: ValueError("Error retrieving result")}
    rows = training.run(save_every)
    assert rows == WHOLE
    assert result(training) == "6"
    assert len(fake.opened) == 2  # requests after the failed one failed with it, and cost no recovery of their own


@pytest.mark.parametrize("at", [5, 7, 9])
def test_a_resumed_job_goes_on_from_the_saved_state(at: int, training: Training, fake: Fake) -> None:
    def kill() -> None:
        raise KeyboardInterrupt

    fake.at = {at: kill}
    with pytest.raises(KeyboardInterrupt):
        training.run()
    saved = state(training)
    assert saved["metrics"] == WHOLE[: saved["step"]]
    assert training.run() == WHOLE
    assert fake.states[fake.opened[-1]] == saved["step"] > 0
    assert result(training) == "6"


def test_what_fails_again_and_again_ends_in_words(training: Training, fake: Fake) -> None:
    fake.fail = {n: RetryableException("promise is gone") for n in range(5, 100)}
    with pytest.raises(GradusError, match=r"promise is gone 5 times without getting further; the state after step 2"):
        training.run()
    assert len(fake.opened) == 6


def test_failures_with_progress_between_them_are_no_reason_to_give_up(training: Training, fake: Fake) -> None:
    fake.fail = dict.fromkeys(range(4, 60, 5), ValueError("once"))
    assert training.run() == WHOLE
    assert len(fake.opened) > 5


def test_a_spent_ceiling_saves_first(training: Training, fake: Fake) -> None:
    fake.room = 3
    with pytest.raises(GradusError, match=r"max_dollars: spent; 3 of 6 steps are done and saved"):
        training.run(save_every=100)
    assert fake.states[state(training)["state"]] == 3
    fake.room = 100
    assert training.run(save_every=100) == WHOLE
    assert fake.steps == [1, 2, 3, 4, 5, 6]


def test_a_run_that_is_asked_to_end_saves_first(training: Training, fake: Fake) -> None:
    job = training.job()
    with asked_to_end_at(3, of=6, job=job, in_flight=1):
        training.run(save_every=100, job=job)
    assert fake.states[state(training)["state"]] == 4
    assert training.run(save_every=100) == WHOLE
    assert fake.steps == [1, 2, 3, 4, 5, 6]


def test_the_last_checkpoint_is_the_result_and_not_saved_twice(training: Training, fake: Fake) -> None:
    training.run(save_every=100, keep_every=3)
    assert sorted(p.name for p in (training.root / "out" / "checkpoints").iterdir()) == ["step-0003", "step-0006"]
    assert result(training) == "6"
    assert sum("external_weights" in path for path in fake.states) == 2


def test_a_result_that_is_gone_is_fetched_again(training: Training, fake: Fake) -> None:
    training.run()
    (training.root / "out" / "adapter_model.safetensors").unlink()
    assert training.run() == WHOLE
    assert result(training) == "6"
    assert fake.steps == [1, 2, 3, 4, 5, 6]


def test_a_state_that_the_service_has_removed_is_named(training: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "expiry", lambda seconds: "2020-01-01T00:00:00+00:00")
    training.run()
    with pytest.raises(GradusError, match=r"state\.json: the service kept the state until 2020-01-01.*start over"):
        training.run()
