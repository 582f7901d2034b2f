"""The time of a job by what others like it took."""

from typing import Any

import pytest

from gradus.estimates.asked import Asked
from gradus.estimates.measured import LEAST_WORK, Measured, MeasuredTimes
from gradus.specs.base import Spec
from gradus.specs.evaluation import CountVotesSpec
from gradus.specs.models import WeightsSpec
from gradus.specs.prompts import PromptSpec
from gradus.specs.sampling import SampleBenchmarkSpec

WORK = 4.0


def sampling(name: str, seed: int = 1, adapter: str | None = None, **settings: Any) -> Spec[SampleBenchmarkSpec]:
    weights = WeightsSpec(dense="base", adapter=adapter, origin=None)
    values: dict[str, Any] = {"sampler": "torch", "samples": 1, "temperature": 0.0, "max_tokens": 72, "service": None}
    prompt = PromptSpec(system=None, suffix="", few_shot=[])
    chosen = SampleBenchmarkSpec(weights=weights, prompt=prompt, seed=seed, **(values | settings))
    return Spec(stage="sample_benchmark", name=name, modules=[], settings=chosen)


def taken(spec: Spec[Any], seconds: float, work: float = WORK, gpus: int = 0) -> Measured:
    return Measured(spec, Asked(0, expected=work, gpus=gpus), seconds)


def test_another_run_of_the_experiment_tells_the_time_and_what_trains_otherwise_does_not() -> None:
    first, other = sampling("samples/rl/math"), sampling("samples/dapo/math", seed=3, adapter="dapo")
    times = MeasuredTimes([taken(first, 10), taken(other, 30)], {"rl": "rl", "rl.seed-1": "rl", "dapo": "dapo"})
    again = sampling("samples/rl.seed-1/math", seed=2, adapter="rl.seed-1")
    assert times.seconds(again, Asked(0, expected=WORK)) == 10


def test_without_a_run_of_it_jobs_of_the_same_settings_count_whatever_their_weights() -> None:
    times = MeasuredTimes(
        [taken(sampling(f"samples/{name}/math", adapter=name), s) for name, s in (("a", 10), ("b", 20))]
    )
    assert times.seconds(sampling("samples/c/math", seed=9), Asked(0, expected=WORK)) == 15


def test_a_job_of_other_settings_is_scaled_by_its_work() -> None:
    """Those that were done took half of what was expected."""
    times = MeasuredTimes([taken(sampling("samples/a/math"), (WORK + LEAST_WORK) / 2)])
    longer = sampling("samples/a/math", max_tokens=144)
    assert times.seconds(longer, Asked(0, expected=8.0)) == pytest.approx((8.0 + LEAST_WORK) / 2)


def test_what_is_ten_times_as_large_or_done_by_other_means_tells_nothing() -> None:
    times = MeasuredTimes([taken(sampling("samples/a/math"), 2.0)])
    assert times.seconds(sampling("samples/a/math", max_tokens=9000), Asked(0, expected=100 * WORK)) is None
    assert times.seconds(sampling("samples/a/math", sampler="vllm"), Asked(0, expected=WORK)) is None
    assert times.seconds(sampling("samples/a/math", samples=2), Asked(0, expected=2 * WORK, gpus=1)) is None
    votes = CountVotesSpec(experiment="a", benchmark="math", k=[1], weights=[], max_tokens=72, rewards={}, seed=1,
                           grading={"methods": ["boxed"]})  # fmt: skip
    counted = Spec(stage="count_votes", name="votes/a/math", modules=[], settings=votes)
    assert times.seconds(counted, Asked(0, expected=WORK)) is None
    assert MeasuredTimes([]).seconds(counted, Asked(0)) is None
