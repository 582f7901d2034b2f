"""What can be known of the container recipes where there is no container engine: files, locks and Python."""

import re
from pathlib import Path

import pytest

from envs.requirements import ENVS, LOCKS, ROOT

DOCKER = (ENVS / "Dockerfile").read_text(encoding="utf-8")
APPTAINER = (ENVS / "gradus.def").read_text(encoding="utf-8")


def test_images_have_a_python_that_gradus_runs_on() -> None:
    bases = re.findall(r"^(?:FROM|From:) (\S+)", f"{DOCKER}\n{APPTAINER}", re.MULTILINE)
    assert len(bases) == 3
    assert {re.fullmatch(r"python:(3\.\d+)(-slim)?-bookworm", base)[1] for base in bases} <= {"3.11", "3.12"}


@pytest.mark.parametrize(("target", "group"), [("cpu", "gradus"), ("gpu", "gpu")])
def test_a_docker_image_is_of_the_lock_that_it_copies(target: str, group: str) -> None:
    stage = re.search(rf"^FROM \S+ AS {target}\n(.*?)(?=^FROM|\Z)", DOCKER, re.MULTILINE | re.DOTALL)[1]
    copied = re.search(r"^COPY (.*) /locks/$", stage, re.MULTILINE)[1].split()
    assert [ENVS / name for name in copied if not (ENVS / name).is_file()] == []
    used = re.findall(r"--(requirement|constraint) /locks/(\S+)", stage)
    assert {name for _, name in used} == set(copied)
    assert dict(used)["requirement"] == LOCKS[group].name


def test_apptainer_has_the_steps_of_docker() -> None:
    (source, place), *more = re.findall(r"^    (envs/\S+) (\S+)$", APPTAINER, re.MULTILINE)
    assert (more, ROOT / source, Path(place).name) == ([], LOCKS["gpu"], LOCKS["gpu"].name)
    steps = re.search(r"AS gpu\n.*?^RUN (.*?)$", DOCKER, re.MULTILINE | re.DOTALL)[1]
    assert f"%post\n    {steps}\n" in APPTAINER
