"""Profiles of a tiny model's training: ranges, trace, memory, and that nothing else is touched."""

import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from torch.autograd import DeviceType

import profile_training
from gradus.profiling.external import commands
from gradus.profiling.pages import profile_page
from gradus.profiling.ranges import RangeTime, range_times
from gradus.profiling.recorded import Profile
from gradus.profiling.training import MeasuredJob, Step
from gradus.provenance.errors import GradusError
from profiling.measured import command

RANGES = {
    "direct_rl": [
        *("rollout_generation", "reward_computation", "advantage_computation"),
        *("policy_update", "policy_loss_backward", "forward", "backward", "optimizer_step"),
    ],
    "sft_custom": ["forward", "backward", "optimizer_step"],
}


@pytest.mark.parametrize("name", RANGES)
def test_a_profile_has_all_ranges_and_leaves_everything_else_alone(name: str, weights: Path, tmp_path: Path) -> None:
    asked = command(tmp_path, weights, name, steps=1)
    before = contents(tmp_path / "results")
    profile_training.build(asked)
    after = contents(tmp_path / "results")
    measured = asked.out.relative_to(tmp_path / "results").as_posix()
    assert {path: text for path, text in after.items() if not path.startswith(measured)} == before
    found = json.loads((asked.out / "profile.json").read_text())
    assert {one["name"] for one in found["ranges"]} == set(RANGES[name])
    assert len(found["steps"]) == 1
    assert 0 < sum(one["seconds"] for one in found["ranges"] if one["depth"] == 0) <= found["seconds"]
    assert all(step["peak"] >= step["held"] > 10**7 for step in found["steps"])
    page = (asked.out / "profile.md").read_text()
    assert all(one in page for one in RANGES[name])
    with gzip.open(asked.out / "trace.json.gz", "rt") as trace:
        assert {"forward", "backward"} <= {event.get("name") for event in json.load(trace)["traceEvents"]}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_the_steps_after_the_warm_up_are_measured(weights: Path, tmp_path: Path) -> None:
    asked = command(tmp_path, weights)
    job = MeasuredJob(asked.spec, asked.paths, warmup=2, steps=3)
    steps = job.train(tmp_path / "scratch", {})
    assert len(steps) == 3
    assert job.tokens_out > sum(step.written for step in steps) > 0
    assert not list((tmp_path / "scratch").rglob("*.safetensors"))  # no state, checkpoint or model


def test_a_training_that_ends_before_a_step_is_measured_is_one_line(weights: Path, tmp_path: Path) -> None:
    asked = command(tmp_path, weights)
    job = MeasuredJob(asked.spec, asked.paths, warmup=8, steps=1)
    with pytest.raises(GradusError, match=r"models/direct_rl: its training ends within the 8 steps .*warmup_steps"):
        job.train(tmp_path / "scratch", {})


def test_a_job_that_does_not_train_is_one_line(weights: Path, tmp_path: Path) -> None:
    asked = command(tmp_path, weights)
    asked.spec.write_text(json.dumps({"stage": "pretrain"}))
    with pytest.raises(GradusError, match="a job of stage pretrain does not train"):
        MeasuredJob(asked.spec, asked.paths, warmup=1, steps=1)


def event(name: str, begin: int, duration: int, thread: int = 1, device: Any = DeviceType.CPU) -> Any:
    values = {"name": name, "start_ns": begin, "duration_ns": duration, "start_thread_id": thread}
    values["device_type"] = device
    return SimpleNamespace(**{key: lambda value=value: value for key, value in values.items()})


def test_ranges_are_within_those_of_their_own_thread_and_have_times_of_both_devices() -> None:
    second = 10**9
    events = [
        event("policy_update", 0, 8 * second),
        event("optimizer_step", 6 * second, second),
        event("forward", second, second),
        event("forward", 3 * second, second),
        event("aten::mm", second, second),
        event("forward", second, 2 * second, device=DeviceType.CUDA),
        event("async_next_rollout", second, 6 * second, thread=2),
        event("rollout_generation", second, 5 * second, thread=2),
    ]
    assert range_times(events, uses_gpu=True) == [
        RangeTime("policy_update", 1, 8.0, 0.0, 0),
        RangeTime("forward", 2, 2.0, 2.0, 1),
        RangeTime("optimizer_step", 1, 1.0, 0.0, 1),
        RangeTime("async_next_rollout", 1, 6.0, 0.0, 0, beside=True),
        RangeTime("rollout_generation", 1, 5.0, 0.0, 1, beside=True),
    ]


def test_the_page_counts_what_is_in_no_range_and_the_speed_of_each_phase() -> None:
    ranges = [RangeTime("rollout_generation", 2, 4.0, None, 0), RangeTime("policy_update", 2, 5.0, None, 0)]
    profile = Profile("rl", "the CPU, 1 thread", [Step(5.0, 100, 400, 1, 2), Step(5.0, 100, 400, 1, 2)], ranges)
    assert profile.rates() == {"step": 100.0, "rollouts": 200.0, "update": 200.0}
    page = profile_page(profile, ["nsys profile …"])
    assert "| everything else    | –     | 1.000   | 10.0% |" in page


def test_a_rollout_beside_the_update_is_in_no_sum_twice() -> None:
    ranges = [RangeTime("policy_update", 1, 8.0, None, 0), RangeTime("async_next_rollout", 1, 6.0, None, 0, True)]
    profile = Profile("rl", "the CPU, 1 thread", [Step(10.0, 100, 400, 1, 2)], ranges)
    assert "2.000   | 20.0%" in profile_page(profile, [])


def test_command_lines_of_nvidias_profilers_repeat_the_run_and_wait_for_the_measured_steps() -> None:
    nsys, ncu = commands("scripts/profile_training.py", ["a spec.json", "--out", "x"], Path("x"))
    assert "--capture-range=cudaProfilerApi" in nsys
    assert "--profile-from-start=off" in ncu
    for line in (nsys, ncu):
        assert line.endswith("scripts/profile_training.py 'a spec.json' --out x --capture")


def test_capturing_without_a_gpu_is_one_line(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    asked = command(tmp_path, weights)
    with pytest.raises(GradusError, match="this process sees none"):
        profile_training.build(type(asked)(asked.spec, asked.paths, asked.settings, asked.out, capture=True))
