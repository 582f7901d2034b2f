"""Tables and lines for a terminal, whatever it can show."""

import atexit
import sys
from collections.abc import Iterable


def tell(text: str) -> None:
    """Print a text, with `?` for what the terminal's encoding has not, such as ± and →."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)  # before what goes to stderr


def tell_last(lines: Iterable[str]) -> None:
    """Print to stderr when Snakemake is done: its list of jobs is long, and what is above it is not read.

    What was told last comes first.
    """

    def tell() -> None:
        for line in lines:
            print(line, file=sys.stderr)

    atexit.register(tell)
