"""Verdicts made from strings, for the tests of this room."""

from gradus.evaluation.verdicts import Verdicts

MARKS = {"+": True, "-": False, "?": None}
REASONS = {True: "equal", False: "different", None: "timeout"}


def made_verdicts(marks: str | list[str], source: str = "made.verdicts.parquet") -> Verdicts:
    """One string a question, one sign a sample: `+` correct, `-` wrong, `?` unknown; a plain string is one sample each.

    The last sample of all was cut short and has no answer.
    """
    rows = [(f"q{i}", j, MARKS[sign]) for i, signs in enumerate(marks) for j, sign in enumerate(signs)]
    last = len(rows) - 1
    return Verdicts(
        source,
        [row[0] for row in rows],
        [row[1] for row in rows],
        [None if i == last else "7" for i in range(len(rows))],
        [row[2] for row in rows],
        ["extraction" if i == last else "number" for i in range(len(rows))],
        ["no_answer" if i == last else REASONS[row[2]] for i, row in enumerate(rows)],
        ["length" if i == last else "stop" for i in range(len(rows))],
        [10 + i for i in range(len(rows))],
    )
