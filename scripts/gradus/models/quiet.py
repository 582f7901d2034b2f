"""Messages of TRL, transformers and PEFT go into the job's log, and none of them to the network.

Import this before them: they log while they are imported.
"""

import logging
import sys
from pathlib import Path

LIBRARIES = ("trl", "transformers", "peft", "accelerate", "datasets", "bitsandbytes", "py.warnings")


def quiet(log: Path | None) -> None:
    """Warnings of the libraries to the job's log, if it has one; no progress bars but the job's own."""
    from transformers.utils.logging import disable_progress_bar

    handler = logging.NullHandler() if log is None else logging.FileHandler(log, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logging.captureWarnings(True)
    _send_to(handler)
    if "datasets" in sys.modules:  # long to import, and only TRL does
        sys.modules["datasets"].disable_progress_bars()
    disable_progress_bar()


def _send_to(handler: logging.Handler) -> None:
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.WARNING)


_send_to(logging.NullHandler())
