"""HellaSwag: activity_label, ctx, four endings, label. Hub: Rowan/hellaswag, split validation.

As a problem with an answer: the text, the four endings lettered A to D, and the letter of the right one. Part of the
texts are how-to articles, whose marks [header], [title], [step] and [substeps] are not for reading.
"""

import re

from gradus.problems.raw.row import Row
from gradus.problems.sources.source import Settings, Source
from gradus.problems.table import Problem

LETTERS = "ABCD"
_ID = re.compile(r"hellaswag/val/[0-9]+")


def problem(row: Row, settings: Settings) -> Problem:
    """Ids are `hellaswag/val/<row>`, counted from 0 in the publisher's order; the subject is the activity."""
    activity = row.text("activity_label")
    endings, label = row.texts("endings"), str(row.get("label"))
    if len(endings) != len(LETTERS):
        raise row.refusal(f"{len(endings)} endings, not {len(LETTERS)}", "correct the row")
    if label not in ("0", "1", "2", "3"):
        raise row.refusal(
            f"the label {label!r:.20} is none of 0 to 3", "give `path` the validation file; test has no labels"
        )
    choices = [f"{letter}. {clean(ending)}" for letter, ending in zip(LETTERS, endings, strict=True)]
    text = f"Which ending continues the text best?\n\n{activity}: {clean(row.text('ctx'))}\n\n" + "\n".join(choices)
    own = row.get("id")
    identity = own if isinstance(own, str) and _ID.fullmatch(own) else f"hellaswag/val/{row.number}"
    return Problem(identity, text, LETTERS[int(label)], 0, activity, "hellaswag")


def clean(text: str) -> str:
    """Without the marks of how-to articles; a title ends like a sentence. Cleaning twice changes nothing."""
    text = re.sub(r"\[(?:header|step|substeps)\]", "", text).replace(" [title]", ". ").replace("[title]", "")
    return re.sub(" {2,}", " ", text).strip()


SOURCE = Source(
    name="hellaswag",
    licence="MIT",
    rows={"validation": (10042,)},
    problem=problem,
    part=lambda settings: "validation",
    notes=("The endings are lettered A to D in the problem, and the answer is a letter.",),
)
