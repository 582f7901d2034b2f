"""The reference answer of a row, in the form that a study states."""

import re
from collections.abc import Callable

from gradus.grading.reference import AnswerForm
from gradus.problems.raw.row import Row

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:/[1-9][0-9]*)?%?")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")


def answer_of(row: Row, form: AnswerForm) -> str:
    """The answer of a row that is no choice. Raises GradusError for one of another form."""
    return _FORMS[form](row)


def _number(row: Row) -> str:
    text = _THOUSANDS.sub("", row.answer("answer").strip("$ "))
    if not _NUMBER.fullmatch(text):
        raise row.error(f"the answer {text!r:.60} is no number", "correct the row, or set `answers: expression`")
    return text


def _several(row: Row) -> str:
    values = row.get("answer")
    parts = values if isinstance(values, list) else row.answer("answer").split(";")
    texts = [str(part).strip() for part in parts if not isinstance(part, dict | list | bool | None)]
    if len(texts) < len(parts) or not all(texts):
        raise row.error(f"the answers {values!r:.60} are no list of texts and numbers", "correct the row")
    return ", ".join(texts)


def _written(row: Row) -> str:
    return row.answer("answer")


_FORMS: dict[AnswerForm, Callable[[Row], str]] = {
    "expression": _written,
    "number": _number,
    "several": _several,
    "text": _written,
}
