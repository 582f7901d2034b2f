"""Whether an answer has the form of GSM8K's."""

from gradus.rewards.completion import GradedCompletion
from gradus.study.settings.reward_part import Part


def hash_bonus(completion: GradedCompletion) -> float:
    """1 where an answer follows `####`, right or wrong, else 0; usually 0.2.

    The form is GSM8K's (Cobbe et al. 2021, arXiv:2110.14168).
    """
    from gradus.grading.extraction import extract_answer

    # Found here, however the study itself finds answers, and without a letter or a digit it is none.
    answer = extract_answer(completion.text, ("hash",))
    return float(answer is not None and any(character.isalnum() for character in answer))


PART = Part(hash_bonus, blind=True)
