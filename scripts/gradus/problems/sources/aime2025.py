"""AIME 2025."""

from gradus.problems.sources.aime import aime

SOURCE = aime(2025, "no licence; the problems are of the Mathematical Association of America")
