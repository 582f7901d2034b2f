"""What a job has back from the processes that do its work."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from gradus.provenance import rank_job
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.provenance.rank_job import work_in_ranks
from gradus.provenance.stop_signals import Stopped, StopSignal
from provenance.made_job import SPEC, Epochs

HELD = {"peak_memory": 0, "gpu_memory": 85 * 10**9}


@pytest.fixture
def job(tmp_path: Path) -> Job[Epochs]:
    spec = tmp_path / "specs/models/sft.json"
    write_json(spec, SPEC)
    return Job(str(spec), {"ledger": [str(tmp_path / "ledger.json")]}, Epochs)


Work = Callable[[Path], None]


@pytest.fixture
def ranks_that(monkeypatch: pytest.MonkeyPatch) -> Callable[[Work], list[list[str]]]:
    """Have the ranks of jobs do this in their state's folder; returns what they are started with."""

    def replaced(work: Work) -> list[list[str]]:
        started: list[list[str]] = []

        def run_ranks(count: int, script: Path, arguments: Sequence[str], signal: StopSignal) -> None:
            started.append([str(count), script.name, *arguments])
            work(Path(arguments[-1]))

        monkeypatch.setattr(rank_job, "run_ranks", run_ranks)
        return started

    return replaced


def ended(state: Path, number: int, gpu: int, place: str = "") -> None:
    write_json(state / f"rank-{number}.json", HELD | {"peak_gpu_memory": gpu, "place": place})


def counted(state: Path, tokens: int) -> None:
    """As the first rank notes it beside the state."""
    noted = rank_job.read_json(state / "attempts.json")
    write_json(state / "attempts.json", noted | {"tokens_in": tokens, "tokens_out": tokens, "seconds": 7.0})


def test_rows_counts_and_the_peak_of_the_worst_rank_are_the_jobs(
    job: Job[Epochs], ranks_that: Callable[[Work], list[list[str]]]
) -> None:
    def work(state: Path) -> None:
        ended(state, 0, gpu=30 * 10**9)
        ended(state, 1, gpu=34 * 10**9)
        counted(state, tokens=12)
        write_json(state / "rows.json", {"rows": [{"step": 1}]})

    started = ranks_that(work)
    state = job.state_folder()
    assert work_in_ranks(job, 2, state) == [{"step": 1}]
    assert started == [["2", "sft.py", *job.command, "--state", str(state)]]
    job.record()
    entry: dict[str, Any] = rank_job.read_json(job.path("ledger"))
    assert (entry["tokens_in"], entry["tokens_out"], entry["peak_gpu_memory"]) == (12, 12, 34 * 10**9)
    assert entry["wall_seconds"] >= 7.0
    assert entry["gpu_seconds"] == pytest.approx(2 * entry["wall_seconds"], abs=0.01)


def test_stopped_ranks_stop_the_job_where_they_are(
    job: Job[Epochs], ranks_that: Callable[[Work], list[list[str]]]
) -> None:
    def work(state: Path) -> None:
        job.stop_signal._number = 15
        for number in range(2):
            ended(state, number, gpu=0, place="step 3 of 9")

    ranks_that(work)
    with pytest.raises(Stopped, match=r"^stopped by SIGTERM at step 3 of 9; the next run goes on from there$"):
        work_in_ranks(job, 2, job.state_folder())


def test_nothing_of_an_earlier_attempt_counts(job: Job[Epochs], ranks_that: Callable[[Work], list[list[str]]]) -> None:
    state = job.state_folder()
    write_json(state / "rows.json", {"rows": []})
    ended(state, 0, gpu=0)
    ranks_that(lambda _: None)
    with pytest.raises(GradusError, match=r"^sft.py: its 2 processes ended before their work was done"):
        work_in_ranks(job, 2, state)
