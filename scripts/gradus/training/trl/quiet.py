"""What TRL, transformers and PEFT have to say goes into the job's log, and nothing of it onto a network."""

import logging
import warnings

import datasets
from transformers.utils.logging import disable_progress_bar

from gradus.provenance.job import Job

LIBRARIES = ("trl", "transformers", "peft", "accelerate", "datasets", "bitsandbytes", "py.warnings")


def quiet(job: Job) -> None:
    """Warnings of the libraries to the file of `--log`; no progress bars but the job's own."""
    log = job.optional("log")
    handler = logging.NullHandler() if log is None else logging.FileHandler(log, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    warnings.simplefilter("default")
    logging.captureWarnings(True)
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.WARNING)
    datasets.disable_progress_bars()
    disable_progress_bar()
