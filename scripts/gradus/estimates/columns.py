"""A table as lines of text."""

from collections.abc import Iterator, Sequence


def aligned(lines: Sequence[Sequence[str]], words: int) -> Iterator[str]:
    """The lines with their cells under each other; the first `words` columns are words, the others numbers."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line[:words], widths)]
        cells += [cell.rjust(width) for cell, width in zip(line[words:], widths[words:])]
        yield "  ".join(cells).rstrip()
