"""What SLURM lets jobs have where they are sent, against what they may take.

A job that asks for more than its partition allows waits in SLURM's queue for ever. So it asks for what is allowed, and
that is told; what trains or samples saves its state before its time is over, and goes on in the next attempt.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gradus.estimates.resources import Resources
from gradus.graph.job import Job
from gradus.graph.slurm import Partitions, partitions
from gradus.provenance.errors import GradusError
from gradus.specs.models import PretrainSpec, PretrainTextSpec
from gradus.specs.sampling import Reading
from gradus.specs.training import TrainingSpec

RESUMED = PretrainSpec | PretrainTextSpec | TrainingSpec | Reading
"""Settings of the jobs that keep their state, see `Job.state_folder`."""

NAMED = 3
"""Jobs that a line names."""


class PartitionLimits:
    """Of a command's jobs. There are none until they are read, and where jobs are not sent to SLURM."""

    def __init__(self, workflow: Any) -> None:
        self._workflow = workflow
        self._partitions = Partitions()

    def read(self) -> None:
        """Ask SLURM. Raises GradusError where it does not answer, or `set-resources` asks for more than there is."""
        self._partitions = partitions()
        self._refuse_overrides()

    def within(self, job: Job, minutes: int) -> int:
        """The minutes that a job asks for that may take so many."""
        longest = self._longest(job.stage)
        return minutes if longest is None else min(minutes, longest)

    def _refuse_overrides(self) -> None:
        for rule, resources in self._workflow.resource_settings.overwrite_resources.items():
            asked, longest = _plain(resources, "runtime"), self._longest(rule)
            if isinstance(asked, int) and longest is not None and asked > longest:
                raise GradusError(
                    f"set-resources: {rule}: runtime: {asked} minutes are more than the {longest} of partition "
                    f"{self._partition(rule)}; lower it, or name another (slurm_partition)"
                )

    def lines(self, jobs: Iterable[tuple[Job, Resources]]) -> Iterator[str]:
        """What is told of jobs, by what they may take: where that is more than they get."""
        asked = sorted(jobs, key=lambda each: -each[1].runtime_minutes)
        short = [(job, needs.runtime_minutes) for job, needs in asked if self._asks_for_less(job, needs)]
        if resumed := [each for each in short if isinstance(each[0].settings, RESUMED)]:
            yield f"{self._told(resumed)}save their state and go on in the next attempt{self._attempts(resumed)}"
        if others := [each for each in short if not isinstance(each[0].settings, RESUMED)]:
            yield f"{self._told(others)}fail where that is too little; name a longer one (slurm_partition)"
        if unserved := [job.name for job, needs in asked if needs.gpu and self._has_no_gpu(job.stage)]:
            yield (
                f"{_listed(unserved)}: a GPU is asked for, which the partition does not have; name one that has "
                "(slurm_partition), or let the CPU do it (--resources gpu=0)"
            )

    def _asks_for_less(self, job: Job, needs: Resources) -> bool:
        overridden = "runtime" in self._workflow.resource_settings.overwrite_resources.get(job.stage, {})
        return not overridden and self.within(job, needs.runtime_minutes) < needs.runtime_minutes

    def _told(self, short: list[tuple[Job, int]]) -> str:
        allowed = " or ".join(map(str, sorted({self.within(*each) for each in short})))
        named = _listed([f"{job.name} ({minutes})" for job, minutes in short])
        return f"{named}: may take more than the {allowed} minutes of the partition; they ask for these, "

    def _attempts(self, short: list[tuple[Job, int]]) -> str:
        needed = max(-(-minutes // self.within(job, minutes)) for job, minutes in short)
        if needed <= 1 + self._workflow.execution_settings.retries:
            return ""
        return f"; that may take {needed} attempts: --retries {needed - 1}, or name a longer one (slurm_partition)"

    def _has_no_gpu(self, rule: str) -> bool:
        partition = self._partition(rule)
        return partition in self._partitions.minutes and partition not in self._partitions.gpus

    def _longest(self, rule: str) -> int | None:
        return self._partitions.minutes.get(self._partition(rule) or "")

    def _partition(self, rule: str) -> str | None:
        settings = self._workflow.resource_settings
        for resources in (settings.overwrite_resources.get(rule, {}), settings.default_resources or {}):
            if "slurm_partition" in resources:
                return _plain(resources, "slurm_partition")
        return self._partitions.default


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _plain(resources: Mapping[str, Any], name: str) -> Any:
    """A resource of a profile or command line; None where there is none, or an expression, which is known too late."""
    if name not in resources:
        return None
    found = resources[name]
    if not found.is_evaluable():
        return found.value
    text = re.fullmatch(r"""(["']?)([\w.-]+)\1""", str(found.raw))  # text is an expression to Snakemake
    return text and text[2]


def runs_on_slurm(workflow: Any) -> bool:
    """Whether jobs are sent to SLURM. In a dry-run the executor is not known; there the profile's resources tell."""
    plugin = workflow.executor_plugin
    if plugin is not None and not plugin.common_settings.dryrun_exec:
        return plugin.name == "slurm"
    return any(name.startswith("slurm_") for name in workflow.resource_settings.default_resources or {})
