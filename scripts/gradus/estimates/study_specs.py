"""The specs of a study, and what one of them says of another."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from gradus.specs.base import JobSettings, Spec
from gradus.specs.problems import drawn_name
from gradus.specs.reporting import MakeReportSpec

S = TypeVar("S", bound=JobSettings)

JobSpec = Spec[Any]


def nothing(_job: str) -> bool:
    return False


class StudySpecs:
    """Every job of a study.

    specs: by their paths below the study's folder `specs`, in the order of the graph.
    results: the study's folder of results, where models may be that were fetched before.
    is_made: whether the result of a job, such as `problems/train`, is there and by the settings that it has now. What
    is made is counted in its file; by default everything is estimated from the settings alone, and no result is read.
    """

    def __init__(self, specs: Mapping[str, JobSpec], results: Path, is_made: Callable[[str], bool] = nothing) -> None:
        self.specs, self.results, self.is_made = specs, results, is_made

    def __iter__(self) -> Iterator[JobSpec]:
        return iter(self.specs.values())

    def of(self, job: str, kind: type[S]) -> S:
        """The settings of a job, such as `problems/train`. Raises TypeError where it is of another kind."""
        settings = self.specs[f"{job}.json"].settings
        if not isinstance(settings, kind):
            raise TypeError(f"{job} is {type(settings).__name__}, not {kind.__name__}")
        return settings

    def settings(self, job: str) -> JobSettings:
        return self.specs[f"{job}.json"].settings

    def problem_set_of(self, benchmark: str, voted: bool = False) -> str:
        """voted: for the samples of votes, which may be of some problems of the set."""
        whole = self.of("report", MakeReportSpec).problem_sets[benchmark]
        return part if voted and f"problems/{(part := drawn_name(whole))}.json" in self.specs else whole
