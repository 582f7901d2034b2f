"""Which GPUs a job sees: real processes side by side, and a driver that is a script on the PATH."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gradus.provenance import devices
from gradus.provenance import job as job_module
from gradus.provenance.devices import LOCKS, ORDER, VISIBLE, Device, granted, listed, note_grants, take
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.provenance.job import run
from gradus.provenance.locks import release_all
from made_clock import MadeClock
from provenance.made_job import Epochs

SCRIPTS = Path(devices.__file__).parents[2]


class Driver:
    """`nvidia-smi` on a PATH of its own, for a machine of GPUs that no other test has."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.uuids = folder, [f"GPU-{uuid.uuid4()}" for _ in range(4)]
        self.said: list[str] = []

    def lists(self, text: str, code: int = 0) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "answer").write_text(text, encoding="utf-8")
        script = self.folder / "nvidia-smi"
        script.write_text(f'#!/bin/sh\n[ "$*" = -L ] && /bin/cat {self.folder}/answer\nexit {code}\n', encoding="utf-8")
        script.chmod(0o755)

    def has(self, count: int) -> None:
        lines = (f"GPU {n}: NVIDIA H100 80GB HBM3 (UUID: {self.uuids[n]})\n" for n in range(count))
        self.lists("".join(lines))

    def taken(self, count: int, **variables: str) -> dict[str, str]:
        take(count, variables, self.said.append)
        return variables


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    made = Driver(tmp_path / "driver")
    monkeypatch.setenv("PATH", str(made.folder))
    yield made
    release_all()
    for gpu in made.uuids:
        (LOCKS / f"gradus-gpu-{gpu}.lock").unlink(missing_ok=True)


def test_the_driver_lists_gpus_and_slices_in_place_of_a_gpu_that_is_cut(driver: Driver) -> None:
    assert listed() == []  # without a driver
    driver.lists("No devices found.\n", code=6)
    assert listed() == []
    driver.lists(
        "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-a)\n"
        "GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-b)\n"
        "  MIG 3g.20gb     Device  0: (UUID: MIG-c)\n"
        "  MIG 3g.20gb     Device  1: (UUID: MIG-d)\n"
        "GPU 2: NVIDIA A100-SXM4-40GB (UUID: GPU-e)\n"
    )
    assert listed() == [Device(0, "GPU-a"), Device(1, "MIG-c"), Device(1, "MIG-d"), Device(2, "GPU-e")]
    driver.lists("Failed to initialize NVML: Driver/library version mismatch\n", code=18)
    with pytest.raises(GradusError, match=r"nvidia-smi -L: failed with 18 and said 'Failed to initialize NVML"):
        listed()


def test_a_job_that_is_granted_none_sees_none(driver: Driver) -> None:
    driver.has(2)
    assert driver.taken(0) == {VISIBLE: ""}
    assert driver.taken(0, CUDA_VISIBLE_DEVICES="0,1") == {VISIBLE: ""}
    assert driver.said == []


def test_jobs_take_different_devices(driver: Driver) -> None:
    driver.has(4)
    assert driver.taken(1) == {VISIBLE: "0", ORDER: "PCI_BUS_ID"}
    assert driver.taken(2)[VISIBLE] == "1,2"
    assert driver.taken(1)[VISIBLE] == "3"
    assert driver.said == ["GPU 0", "GPU 1, 2", "GPU 3"]


def test_a_device_is_the_same_by_whatever_name(driver: Driver) -> None:
    driver.has(2)
    assert driver.taken(1) == {VISIBLE: "0", ORDER: "PCI_BUS_ID"}
    first, second = driver.uuids[:2]
    assert driver.taken(1, CUDA_VISIBLE_DEVICES=f" {first[:12]}, {second}") == {VISIBLE: second}


def test_slices_are_devices(driver: Driver) -> None:
    one, other = (f"MIG-{gpu}" for gpu in driver.uuids[:2])
    driver.uuids += [one, other]
    driver.lists(f"GPU 0: A100 (UUID: GPU-a)\n  MIG 1g Device 0: (UUID: {one})\n  MIG 1g Device 1: (UUID: {other})\n")
    assert driver.taken(1)[VISIBLE] == one
    assert driver.taken(1, CUDA_VISIBLE_DEVICES=f"{one},{other}")[VISIBLE] == other


@pytest.mark.parametrize(
    ("count", "named", "said"),
    [
        (3, None, "grants this job 3 GPUs, and this machine has 2: lower `gpu`"),
        (2, "1", "grants this job 2 GPUs, and CUDA_VISIBLE_DEVICES names 1: lower `gpu`"),
        (1, "", "grants this job 1 GPU, and CUDA_VISIBLE_DEVICES names 0: lower `gpu`"),
    ],
)
def test_fewer_than_granted_is_an_error(driver: Driver, count: int, named: str | None, said: str) -> None:
    driver.has(2)
    with pytest.raises(GradusError, match=said):
        driver.taken(count, **({} if named is None else {VISIBLE: named}))


def test_slurms_devices_are_left_alone_unless_several_jobs_share_them(driver: Driver) -> None:
    """Two jobs of SLURM may each have a device 0, which are not the same where it hides the others."""
    driver.has(2)
    allocated = {"SLURM_JOB_ID": "7", VISIBLE: "0"}
    assert driver.taken(1, **allocated) == driver.taken(1, **allocated) == allocated
    listed_only = {"SLURM_JOB_ID": "7", "SLURM_JOB_GPUS": "4,5"}
    assert driver.taken(2, **listed_only) == listed_only
    assert driver.taken(16, **listed_only) == listed_only  # over several nodes
    assert driver.said == [f"GPU {names} of SLURM's allocation" for names in ("0", "0", "0, 1", "0, 1")]
    shared = {"SLURM_JOB_ID": "7", VISIBLE: "0,1"}
    assert [driver.taken(1, **shared)[VISIBLE] for _ in range(2)] == ["0", "1"]
    with pytest.raises(GradusError, match="this machine has 2"):
        driver.taken(3, SLURM_JOB_ID="7")  # SLURM manages no GPUs there


@pytest.mark.parametrize(("granted_gpus", "seen"), [(None, "0,1"), (0, ""), (1, "0")])
def test_a_job_sees_what_its_build_grants(
    granted_gpus: int | None,
    seen: str,
    driver: Driver,
    command: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    driver.has(2)
    monkeypatch.setenv(VISIBLE, "0,1")
    if granted_gpus is not None:
        note_grants(Path("results/x"), {"models/sft": granted_gpus})
    command("--log", "job.log")
    found: list[str] = []
    run(lambda job: found.append(os.environ[VISIBLE]), Epochs)
    assert found == [seen]
    assert Path("job.log").read_text(encoding="utf-8") == ("GPU 0\n" if granted_gpus else "")


def test_waiting_for_a_device_is_not_the_jobs_time(
    driver: Driver, command: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VISIBLE, raising=False)
    clock = MadeClock()
    monkeypatch.setattr(job_module, "time", clock)
    monkeypatch.setattr(job_module, "take", lambda *_: clock.sleep(500))
    note_grants(Path("results/x"), {"models/sft": 1})
    command("--ledger", "ledger.json")
    run(lambda job: clock.sleep(4), Epochs)
    assert read_json("ledger.json")["wall_seconds"] == 4


def test_grants_are_noted_by_job(tmp_path: Path) -> None:
    assert granted(tmp_path, "models/a") is None
    note_grants(tmp_path, {"models/a": 2, "models/b": 0})
    assert [granted(tmp_path, f"models/{name}") for name in "abc"] == [2, 0, 0]
    note_grants(tmp_path, {})
    assert granted(tmp_path, "models/a") == 0


JOB = """
import os, sys, time
from gradus.provenance import devices
from gradus.provenance import job as job_module
devices.POLL_SECONDS = 0.05
devices.take(int(sys.argv[1]), os.environ, lambda line: print(line, flush=True))
print("has", os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
sys.stdin.readline()
"""


def job(count: int) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    environment.pop(VISIBLE, None)
    return subprocess.Popen(
        [sys.executable, "-c", JOB, str(count)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def has(process: subprocess.Popen[str]) -> set[str]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("has "):
            return set(line.split()[1].split(","))
    raise AssertionError(f"ended with {process.wait()}")


def test_processes_at_once_have_devices_of_their_own_and_wait_for_those_that_end_however_they_do(
    driver: Driver,
) -> None:
    driver.has(3)
    first, second = job(2), job(1)
    mine, yours = has(first), has(second)
    assert mine | yours == {"0", "1", "2"}
    assert not mine & yours
    third = job(2)
    assert third.stdout is not None
    assert third.stdout.readline() == "waits for 2 of the GPUs 0, 1, 2, which other jobs have\n"
    second.communicate("\n", timeout=300)
    time.sleep(0.3)
    assert third.poll() is None  # one of them is not enough, and is not kept from others
    fourth = job(1)
    assert has(fourth) == yours
    first.kill()
    assert has(third) == mine
    for process in (third, fourth):
        process.communicate("\n", timeout=300)
    first.wait()
