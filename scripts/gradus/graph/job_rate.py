"""How often Snakemake looks for jobs to start."""

from typing import Any

from snakemake.settings.types import MaxJobsPerTimespan

BY_DEFAULT = (100, 1)
"""Jobs, and seconds: the value of `--max-jobs-per-timespan` where nobody gives one."""


def lift_default_rate(workflow: Any) -> None:
    """Let a build start any number of jobs a second, unless the command or the profile limits them.

    With a limit, Snakemake (9.27) schedules whenever a job ends, and again a second after each time that it scheduled.
    So every ended job adds one more repetition a second: after 100 jobs they keep a core busy. See
    https://github.com/snakemake/snakemake/pull/3744.
    """
    settings = workflow.scheduling_settings
    limit: MaxJobsPerTimespan | None = settings.max_jobs_per_timespan
    if limit is not None and (limit.max_jobs, limit.timespan) == BY_DEFAULT:
        settings.max_jobs_per_timespan = None
