"""What every bench shares: `--quick`, which shows in seconds that it runs, and what is done where data is missing."""

import argparse
import sys
from pathlib import Path
from typing import Any


def parsed(parser: argparse.ArgumentParser, **quick: Any) -> argparse.Namespace:
    """The options of the command line; with `--quick` those in `quick` are the defaults."""
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, not how fast")
    if parser.parse_known_args()[0].quick:
        parser.set_defaults(**quick)
    return parser.parse_args()


def require(path: Path, options: argparse.Namespace, remedy: str) -> None:
    """End the bench where `path` is not there: as skipped with `--quick`, as failed without."""
    if path.exists():
        return
    message = f"{path} is not there; {remedy}"
    if not options.quick:
        sys.exit(message)
    print(f"skipped: {message}")
    sys.exit()
