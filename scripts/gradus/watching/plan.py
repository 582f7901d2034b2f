"""What a dry-run shows: a plan in place of Snakemake's listing of every job, which has its table before and after."""

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from typing import Any

from snakemake.logging import ColorizingTextHandler, logger
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.common import LogEvent

from gradus.provenance.terminal import tell
from gradus.watching.begin import LINES, VARIABLE, chosen_view


class PlanHandler(logging.Handler):
    """Shows what Snakemake says until its graph is there, without its greeting, then the plan, and from there on
    warnings alone."""

    def __init__(self, shown: logging.Handler, lines: Callable[[], Iterable[str]]) -> None:
        super().__init__(shown.level)
        self._shown, self._lines = shown, lines
        self._told = False

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO and not self._told:
            self._told = True
            for line in self._lines():
                tell(_cut(line))
        elif event == LogEvent.WORKFLOW_STARTED:
            return
        elif not self._told or record.levelno >= logging.WARNING:
            self._shown.handle(record)


def show_plan(workflow: Any, lines: Callable[[], Iterable[str]]) -> bool:
    """Show these lines in a dry-run instead of the listing, once the graph is there. False where they are not: the
    listing is asked for, by GRADUS_VIEW=lines, -p or --verbose, or neither is, by --quiet.

    Raises GradusError where GRADUS_VIEW is none of the choices.
    """
    asked = workflow.output_settings
    if chosen_view(os.environ.get(VARIABLE, ""))[0] == LINES or asked.printshellcmds or asked.verbose:
        return False
    quiet = bool({Quietness.PROGRESS, Quietness.ALL} & set(asked.quiet or ()))
    for handler in [each for each in logger.handlers if isinstance(each, ColorizingTextHandler)]:
        logger.removeHandler(handler)
        logger.addHandler(PlanHandler(handler, tuple if quiet else lines))
    return not quiet


def _cut(line: str) -> str:
    """To the width of a terminal; elsewhere all of it."""
    if not sys.stdout.isatty():
        return line
    width = shutil.get_terminal_size().columns
    return line if len(line) <= width else line[: width - 3] + "..."
