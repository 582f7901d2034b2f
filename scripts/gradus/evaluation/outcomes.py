"""What became of a completion: every one has exactly one outcome, so the shares of a cell add up to one."""

# name -> how it is called; the order is that of tables, plots, legends and of the browser
OUTCOMES = {
    "right": "right",
    "wrong": "wrong answer",
    "no_answer": "no answer",
    "truncated": "truncated",
    "unknown": "could not be judged",
}


def outcome_of(correct: bool | None, answer: str | None, finish_reason: str) -> str:
    """The name of the outcome. A right answer counts as right even where the text was cut afterwards."""
    if correct:
        return "right"
    if finish_reason == "length":
        return "truncated"
    if answer is None:
        return "no_answer"
    return "unknown" if correct is None else "wrong"
