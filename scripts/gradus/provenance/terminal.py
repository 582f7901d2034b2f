"""Tables and lines for a terminal, whatever it can show."""

import sys


def tell(text: str) -> None:
    """Print a text, with `?` for what the terminal's encoding has not, such as ± and →."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))
