"""AIME 2024. Hub: HuggingFaceH4/aime_2024."""

from typing import Literal

from pydantic import Field

from gradus.problems.aime import aime
from gradus.study.settings.downloads import MARKS, files_field, repo_field
from gradus.study.settings.problems import PublishedProblems


class Aime2024Problems(PublishedProblems):
    """The 30 problems of the American Invitational Mathematics Examination 2024, I and II."""

    source: Literal["aime2024"] = Field("aime2024", description="AIME 2024.")
    repo: str = repo_field("HuggingFaceH4/aime_2024")
    files: list[str] = files_field("*.parquet", marks=MARKS)


SOURCE = aime(2024, Aime2024Problems)
