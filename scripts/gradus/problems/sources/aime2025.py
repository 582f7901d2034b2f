"""AIME 2025. Hub: opencompass/AIME2025."""

from typing import Literal

from pydantic import Field

from gradus.problems.aime import aime
from gradus.study.settings.downloads import MARKS, files_field, repo_field
from gradus.study.settings.problems import PublishedProblems


class Aime2025Problems(PublishedProblems):
    """The 30 problems of the American Invitational Mathematics Examination 2025, I and II."""

    source: Literal["aime2025"] = Field("aime2025", description="AIME 2025.")
    repo: str = repo_field("opencompass/AIME2025")
    files: list[str] = files_field("*.jsonl", marks=MARKS)


SOURCE = aime(2025, Aime2025Problems)
