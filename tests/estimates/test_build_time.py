"""What is told of a build before it begins."""

import sys

import pytest

from gradus.estimates.build_time import BuildTime, Capacity, JobTime, spoken

JOBS = [
    JobTime("models/a", "grpo", 3500.0, True, start=100.0, threads=4, gpus=1),
    JobTime("samples/a/x", "sample_benchmark", 100.0, False, 0.4, 500.0, "model", 4, 1),
    JobTime("samples/a/y", "sample_benchmark", 99.6, False, 0.4, 500.0, "model", 4, 1, dollars=0.5),
    JobTime("eval/a/x", "score_samples", 10.0, False),
]
BEFORE = {"samples/a/x": ["models/a", "models/base"], "samples/a/y": ["models/a"], "eval/a/x": ["samples/a/x"]}


def told(capacity: Capacity, price: float | None = None) -> list[str]:
    return list(BuildTime(JOBS, BEFORE, capacity, price).lines())


def test_wall_time_is_that_of_the_schedule_and_the_rest_are_sums() -> None:
    """The training takes an hour. Of the samples one loads: 600.4 s, and 100 s beside it or after it. Cores:
    4 * (3600 + 600.4 + 100) + 10 s."""
    (time, gpu, service) = told(Capacity(cores=16, gpus=1), price=2.0)
    assert time == (
        "time: about 72 min for 4 jobs with 16 cores and 1 GPU; 4 h 47 min of CPU-core time (84% measured here, "
        "16% estimated)"
    )
    assert gpu == "GPU: 1.2 GPU hours, $2.39 at $2 an hour (84% measured here, 16% estimated)"
    assert service == "service: $0.50 expected for the jobs that run (estimated)"


def test_more_cores_are_said_to_help_where_they_would() -> None:
    alone = [JobTime(name, "grpo", 60.0, False) for name in "abcd"]
    assert list(BuildTime(alone, {"d": "c"}, Capacity(cores=1)).lines()) == [
        "time: about 4 min for 4 jobs with 1 core; 4 min of CPU-core time (estimated)",
        "time: 2 min however many run at a time, as jobs wait for each other",
    ]
    assert len(list(BuildTime(alone, {}, Capacity(cores=4)).lines())) == 1


def test_a_cluster_has_places_and_a_queue_that_nobody_knows() -> None:
    assert "for 4 jobs with 100 jobs at a time, without the time in a queue;" in told(Capacity(places=100))[0]
    assert "with all jobs at a time, without" in told(Capacity(places=sys.maxsize))[0]


def test_nothing_is_told_where_nothing_runs() -> None:
    assert list(BuildTime([], {}, Capacity()).lines()) == []


def test_rows_that_nobody_has_counted_are_said_to_be_assumed() -> None:
    found = BuildTime(JOBS, BEFORE, Capacity(), assumed=tuple(f"models/{number}" for number in range(7)))
    *_, line = found.lines()
    assert line == (
        "time: taken to have 100,000 rows, as their number is not known yet: "
        "models/0, models/1, models/2, models/3, models/4, …"
    )


def test_the_table_has_a_row_for_each_kind_and_source() -> None:
    table = BuildTime(JOBS, BEFORE, Capacity()).table(["grpo", "sample_benchmark", "score_samples"])
    assert [line.split() for line in table.splitlines()[1:]] == [
        ["grpo", "measured", "here", "1", "4", "h", "60", "min", "1"],
        ["sample_benchmark", "estimated", "2", "47", "min", "10", "min", "0.19"],
        ["score_samples", "estimated", "1", "10", "s", "10", "s", "-"],
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (89, "89 s"), (95, "2 min"), (7200, "2 h"), (8000, "2 h 13 min"), (2e5, "2 days 8 h")],
)
def test_durations_are_said_as_one_says_them(seconds: float, said: str) -> None:
    assert spoken(seconds) == said
