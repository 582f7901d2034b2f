"""A handler of Snakemake's own logger.

A logger plugin would have to be installed beside Snakemake, and be named in every command.
"""

import logging
from typing import Any

from gradus.watching.state import BuildState


class StateHandler(logging.Handler):
    """Keeps a state up to date by the logger's records."""

    def __init__(self, state: BuildState) -> None:
        super().__init__(logging.INFO)
        self.state = state

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.state.note(record)
            self.noted(record)
        except Exception:  # noqa: BLE001 as every handler does: what is told of a build must not end it
            self.handleError(record)

    def noted(self, record: Any) -> None:
        """What else is done when the state has taken the record into account."""
