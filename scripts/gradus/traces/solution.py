"""One worked solution, as a function of own code finds it in a row of a file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Solution:
    """A question with the text that solves it. `answer` is empty where none is known, `id` where the set's name and the
    number of the row will do, `teacher` where nobody is named."""

    question: str
    text: str
    answer: str = ""
    id: str = ""
    teacher: str = ""
