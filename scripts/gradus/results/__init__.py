"""Finished studies as pandas frames, for notebooks and scripts: `from gradus.results import load`."""

from gradus.results.results import Results, load

__all__ = ["Results", "load"]
