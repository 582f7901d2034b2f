"""A build on a terminal: how much is done, what runs and how far it is, what has failed."""

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gradus.estimates.build_time import counted, spoken
from gradus.watching.state import RunningJob, Snapshot

BAR = 24
"""Columns of a job's bar."""

MOST_RUNNING = 12
MOST_WARNINGS = 3


def screen(build: Snapshot) -> RenderableType:
    """What is shown of it."""
    parts: list[RenderableType] = [_head(build)]
    if build.running:
        parts.append(_running(build.running))
    for failed in build.failed:
        parts.append(Text.assemble(("failed  ", "bold red"), (failed.name, "bold"), f"  see {failed.log}"))
    parts += [Text(f"! {text}", style="yellow") for text in build.warnings[-MOST_WARNINGS:]]
    if build.finished:
        done = "   ".join(f"{job.name} {spoken(job.seconds)}" for job in build.finished)
        parts.append(Text(f"done  {done}", style="dim", no_wrap=True, overflow="ellipsis"))
    return Group(*parts)


def _head(build: Snapshot) -> Table:
    table = Table.grid(padding=(0, 2))
    left = "" if build.seconds_left is None else f"about {spoken(build.seconds_left)} left"
    table.add_row(
        Text(build.study, style="bold"),
        ProgressBar(build.total or 1, build.done, width=2 * BAR),
        f"{build.done}/{counted(build.total, 'job')}",
        left if build.done < build.total else "done",
        Text(f"{spoken(build.seconds)} so far", style="dim"),
        f"${build.dollars_left:,.2f} of ${build.dollars:,.2f} to spend" if build.dollars else "",
    )
    return table


def _running(jobs: list[RunningJob]) -> Table:
    table = Table.grid(padding=(0, 2))
    for job in jobs[:MOST_RUNNING]:
        share = job.share
        bar = ProgressBar(1.0, share or 0.0, width=BAR, pulse=share is None)
        if (line := job.line) is None:
            table.add_row(f"  {job.name}", bar, "", "", Text(spoken(job.seconds), style="dim"), "")
            continue
        metrics = "  ".join(f"{name} {value:.3g}" for name, value in line.metrics.items())
        steps = f"{line.done}/{line.total} {line.unit}"
        table.add_row(f"  {job.name}", bar, steps, f"{line.rate:.3g}/s", f"{spoken(line.seconds_left)} left", metrics)
    if len(jobs) > MOST_RUNNING:
        table.add_row(Text(f"  and {len(jobs) - MOST_RUNNING} more", style="dim"))
    return table
