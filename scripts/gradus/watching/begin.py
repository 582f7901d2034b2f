"""How a build is shown, by GRADUS_VIEW and by whether there is a terminal."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from snakemake.logging import ColorizingTextHandler, logger
from snakemake.settings.enums import Quietness

from gradus.estimates.build_time import BuildTime
from gradus.provenance.errors import GradusError
from gradus.watching.handler import StateHandler
from gradus.watching.lines import TimeLeft
from gradus.watching.state import BuildState

VARIABLE = "GRADUS_VIEW"
CHOICES = "lines, terminal, page or page:PORT"
LINES = "lines"
"""Those of Snakemake."""
ANY_PORT = 0


PRINTED = Path(".snakemake", "printed.txt")
"""What jobs print under a view."""


def begin(workflow: Any, study: str, results: Path, build: BuildTime, name_of: Callable[[int], str | None]) -> None:
    """Show the build from here on, until it ends. results: the study's.

    Nothing with --quiet. Lines tell nothing of a cluster, whose queue nobody knows; views do, of what runs.
    Raises GradusError where GRADUS_VIEW is none of the choices.
    """
    quiet = workflow.output_settings.quiet or ()
    if not build.jobs or {Quietness.PROGRESS, Quietness.ALL} & set(quiet):
        return
    chosen, port = chosen_view(os.environ.get(VARIABLE, ""))
    state = BuildState(study, build, name_of, time.monotonic)
    for line in build.lines():
        logger.info(line)
    # Imported only where it is shown: every dry-run would wait for these modules.
    if chosen == "page":
        from gradus.watching.page import serve

        logger.info(f"page: {serve(state, results, port)}")
    if chosen != LINES and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from gradus.watching.terminal import TerminalView

        for handler in [each for each in logger.handlers if isinstance(each, ColorizingTextHandler)]:
            logger.removeHandler(handler)
        logger.addHandler(TerminalView(state, PRINTED))
    elif workflow.local_exec:
        logger.addHandler(TimeLeft(state, logger.info))
    elif chosen == "page":
        logger.addHandler(StateHandler(state))


def chosen_view(value: str) -> tuple[str, int]:
    """What GRADUS_VIEW says, and the port of the page. Raises GradusError where it is none of the choices."""
    name, _, port = value.partition(":")
    if name not in ("", LINES, "terminal", "page") or (port and not (name == "page" and port.isdecimal())):
        raise GradusError(f"{VARIABLE} is {value!r}; set it to {CHOICES}, or unset it")
    return name or "terminal", int(port or ANY_PORT)
