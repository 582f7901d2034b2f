"""One GPU for a job: chosen before torch looks, and another one for each of the jobs that run at once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradus.provenance.locks import release_all
from gradus.training.trl import one_gpu

SCRIPTS = Path(one_gpu.__file__).parents[3]


def pinned(tmp_path: Path, named: str | None, devices: int = 0) -> str | None:
    folder = tmp_path / "dev"
    folder.mkdir(exist_ok=True)
    for name in [f"nvidia{number}" for number in range(devices)] + ["nvidiactl", "nvidia-uvm", "null"]:
        (folder / name).touch()
    environment = {} if named is None else {one_gpu.VISIBLE: named}
    one_gpu.pin(environment, folder, tmp_path)
    return environment.get(one_gpu.VISIBLE)


@pytest.fixture(autouse=True)
def _gives_back() -> Iterator[None]:
    yield
    release_all()


@pytest.mark.parametrize(
    ("named", "devices", "expected"),
    [
        (None, 0, None),  # a machine without a GPU
        (None, 1, None),
        (None, 12, "0"),
        ("3", 8, "3"),
        ("", 8, ""),  # none, as whoever started the job wants it
        ("2,5", 8, "2"),
        (" GPU-8932f937, GPU-df732af1", 8, "GPU-8932f937"),
    ],
)
def test_one_of_several_gpus_stays_visible(
    named: str | None, devices: int, expected: str | None, tmp_path: Path
) -> None:
    assert pinned(tmp_path, named, devices) == expected


def test_jobs_at_once_take_different_gpus_until_none_is_left(tmp_path: Path) -> None:
    assert [pinned(tmp_path, "0,1") for _ in range(3)] == ["0", "1", "0"]
    release_all()  # as when a process ends
    assert pinned(tmp_path, None, devices=2) == "0"


@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_it_is_chosen_before_torch_looks(stage: str) -> None:
    code = f"""
import sys
class Watch:
    def find_spec(self, name, *_):
        if name == "torch":
            import os
            print(os.environ["CUDA_VISIBLE_DEVICES"])
            raise SystemExit
sys.meta_path.insert(0, Watch())
import gradus.training.trl.{stage}
"""
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "6,7", "PYTHONPATH": str(SCRIPTS)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() in (["6"], ["7"])
