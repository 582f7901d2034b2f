"""What the libraries say is in the job's log, and not on the terminal."""

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradus.models.quiet import LIBRARIES, quiet


@pytest.fixture
def _loggers_as_they_were() -> Iterator[None]:
    before = [(logging.getLogger(n), logging.getLogger(n).handlers, logging.getLogger(n).level) for n in LIBRARIES]
    # A training that ran in this process before has had warnings captured, and pytest has put `showwarning` back since:
    # logging would take them for captured and do nothing.
    logging.captureWarnings(False)
    yield
    logging.captureWarnings(False)
    for logger, handlers, level in before:
        logger.handlers, logger.level = handlers, level


@pytest.mark.usefixtures("_loggers_as_they_were")
def test_what_libraries_say_is_in_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        quiet(tmp_path / "log")
        logging.getLogger("transformers.trainer").warning("a word of warning")
        logging.getLogger("trl").info("a mere remark")
        warnings.warn("will be removed", FutureWarning, stacklevel=1)
    text = (tmp_path / "log").read_text(encoding="utf-8")
    assert "transformers.trainer: a word of warning" in text
    assert "will be removed" in text
    assert "remark" not in text
    assert capfd.readouterr().err == ""
