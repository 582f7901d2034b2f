"""The view of a build in place of the lines that Snakemake and the jobs print."""

import atexit
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.live import Live

from gradus.watching.handler import StateHandler
from gradus.watching.screen import screen
from gradus.watching.state import BuildState

PER_SECOND = 2
"""How often it is drawn anew."""


class TerminalView(StateHandler):
    """From its first record to `close`. printed: the file that has what jobs print meanwhile, which inherit the
    terminal and would write into the view."""

    def __init__(self, state: BuildState, printed: Path) -> None:
        super().__init__(state)
        self._terminal = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
        self._restored = _diverted(printed)
        next(self._restored)
        console = Console(file=self._terminal, force_terminal=True)
        self._live = Live(
            console=console,
            get_renderable=lambda: screen(state.snapshot()),
            refresh_per_second=PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()
        atexit.register(self.close)

    def close(self) -> None:
        """The last view stays on the terminal, and what is printed from here on comes below it."""
        atexit.unregister(self.close)
        if self._live.is_started:
            self._live.stop()
            next(self._restored, None)
            self._terminal.close()
        super().close()


def _diverted(printed: Path) -> Iterator[None]:
    """The standard streams of this process and of those that it starts go to a file until the generator is resumed."""
    kept = [(stream, os.dup(stream.fileno())) for stream in (sys.stdout, sys.stderr)]
    with printed.open("w", encoding="utf-8") as file:
        _point(kept, file)
    yield
    for stream, terminal in kept:
        stream.flush()
        os.dup2(terminal, stream.fileno())
        os.close(terminal)


def _point(streams: list[tuple[TextIO, int]], file: TextIO) -> None:
    for stream, _ in streams:
        stream.flush()
        os.dup2(file.fileno(), stream.fileno())
