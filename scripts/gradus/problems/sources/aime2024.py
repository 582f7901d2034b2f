"""AIME 2024."""

from gradus.problems.sources.aime import aime

SOURCE = aime(2024, "no licence; the problems are of the Mathematical Association of America")
