"""HellaSwag: activity_label, ctx, four endings, label. Hub: Rowan/hellaswag, split validation.

As a problem with an answer: the text, the four endings lettered A to D, and the letter of the right one; for benchmarks
by likelihood the text and the endings by themselves. Part of the texts are how-to articles, whose marks [header],
[title], [step] and [substeps] are not for reading.
"""

import re
from typing import Literal

from pydantic import Field

from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.problems.source import PublishedSource
from gradus.study.settings.downloads import MARKS, files_field, repo_field
from gradus.study.settings.problems import PublishedProblems

LETTERS = "ABCD"
_ID = re.compile(r"hellaswag/val/[0-9]+")


class HellaSwagProblems(PublishedProblems):
    """Which of four endings continues a text (Zellers et al. 2019, arXiv:1905.07830): 10,042 of validation.

    The problem is the text with the endings lettered A to D, the answer the letter.
    """

    source: Literal["hellaswag"] = Field("hellaswag", description="HellaSwag, validation.")
    repo: str = repo_field("Rowan/hellaswag")
    files: list[str] = files_field("data/validation-*.parquet", marks=MARKS)
    context: Literal["titled", "bare"] = Field(
        "titled",
        description="What the endings continue on a benchmark with a `metric`: `titled` is the activity, a colon and "
        "the text without marks, as lm-evaluation-harness has it; `bare` the text alone, texts and endings as they are "
        "published, as nanoGPT's evaluation has it.",
    )


def problem(row: Row, settings: HellaSwagProblems) -> Problem:
    """Ids are `hellaswag/val/<row>`, counted from 0 in the publisher's order; the subject is the activity."""
    activity = row.text("activity_label")
    endings, label = row.texts("endings"), str(row.get("label"))
    if len(endings) != len(LETTERS):
        raise row.error(f"{len(endings)} endings, not {len(LETTERS)}", "correct the row")
    if label not in ("0", "1", "2", "3"):
        raise row.error(
            f"the label {label!r:.20} is none of 0 to 3", "give `path` the validation file; test has no labels"
        )
    choices = [f"{letter}. {clean(ending)}" for letter, ending in zip(LETTERS, endings, strict=True)]
    question = f"Which ending continues the text best?\n\n{activity}: {clean(row.text('ctx'))}"
    own = row.get("id")
    identity = own if isinstance(own, str) and _ID.fullmatch(own) else f"hellaswag/val/{row.number}"
    return Problem(
        id=identity,
        problem="\n".join([question, "", *choices]),
        answer=LETTERS[int(label)],
        subject=activity,
        source="hellaswag",
        form="choice",
        options=tuple(map(as_in_harness, endings)) if settings.context == "titled" else tuple(endings),
        question=question,
        context=_titled(row) if settings.context == "titled" else row.text("ctx"),
    )


def _titled(row: Row) -> str:
    """As in lm-evaluation-harness, where a sentence that is to be finished begins with a capital letter."""
    begun = row.get("ctx_b")
    text = row.text("ctx") if begun is None else f"{row.text('ctx_a')} {str(begun).capitalize()}"
    return as_in_harness(f"{row.text('activity_label')}: {text}")


def as_in_harness(text: str) -> str:
    """The text that lm-evaluation-harness scores, space for space: `clean` would take away more."""
    text = re.sub(r"\[.*?\]", "", text.strip().replace(" [title]", ". "))
    return text.replace("  ", " ")


def clean(text: str) -> str:
    """Without the marks of how-to articles; a title ends like a sentence. Cleaning twice changes nothing."""
    text = re.sub(r"\[(?:header|step|substeps)\]", "", text).replace(" [title]", ". ").replace("[title]", "")
    return re.sub(" {2,}", " ", text).strip()


SOURCE = PublishedSource(
    settings=HellaSwagProblems,
    licence="MIT",
    rows={"validation": (10042,)},
    problem=problem,
    continued=lambda settings: True,
    notes=("The endings are lettered A to D in the problem, and the answer is a letter.",),
)
