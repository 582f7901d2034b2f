"""Finished studies as pandas frames, for notebooks and scripts: `from gradus.results import load`."""

from gradus.results.accuracy import accuracy_by
from gradus.results.results import Results, load

__all__ = ["Results", "accuracy_by", "load"]
