"""One problem, as every source gives it and every set keeps it."""

import hashlib
from dataclasses import dataclass

from gradus.grading.reference import AnswerForm, Reference


@dataclass(frozen=True, slots=True)
class Problem:
    """One question with its reference answer.

    problem: the whole question as a model is asked it, with the options of a choice.
    level: the publisher's difficulty, 0 where there is none.
    source: the name of what gave it.
    form: what the answer is, which decides how it is compared.
    options: the texts of the options A, B, ... where the answer is the letter of one of them.
    question: the problem without its options, where it has any and they are in `problem`; else empty.
    steps: the intermediate results of the worked solution, as numbers, where a reward needs them.
    context: the text that one of the options continues, for benchmarks by likelihood; empty where none does.
    cluster: what other problems have too that are no independent evidence beside this one; empty where nothing says so.
    """

    id: str
    problem: str
    answer: str
    level: int = 0
    subject: str = ""
    source: str = ""
    form: AnswerForm = "expression"
    options: tuple[str, ...] = ()
    question: str = ""
    context: str = ""
    cluster: str = ""
    steps: tuple[str, ...] = ()

    @property
    def reference(self) -> str | Reference:
        """What a model's answer is compared with."""
        if self.form in ("choice", "text"):
            return Reference(self.answer, self.form, self.options)
        return self.answer


def text_digest(text: str) -> str:
    """Twelve hex digits that identify a problem's text where there is no id, or none that every copy has."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
