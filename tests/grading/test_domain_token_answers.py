"""Agreement with the verdicts that a published study of GPT-2 has of its own answers, if they are present.

It keeps the first 500 characters of an answer to GSM8K, the first 100 of one to a probe, and its verdicts are on the
whole answers.
"""

import json
from pathlib import Path

import pytest

from gradus.grading.extraction import extract_answer
from gradus.grading.verdict import grade_answers

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "domain_tokens_published_outputs.jsonl"
pytestmark = pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published answers are not beside this checkout")

KEPT_CHARACTERS = {"gsm8k": 500, "arithmetic": 100}
METHODS = ("hash_number", "answer_is_number", "last_number")


@pytest.mark.parametrize(("benchmark", "rows", "agreed"), [("gsm8k", 800, 798), ("arithmetic", 800, 800)])
def test_verdicts_agree_where_the_whole_answer_is_there(benchmark, rows, agreed):
    published = [json.loads(line) for line in PUBLISHED.read_text(encoding="utf-8").splitlines()]
    published = [row for row in published if row["eval"] == benchmark]
    assert len(published) == rows
    answers = [extract_answer(row["response"], METHODS) for row in published]
    verdicts = grade_answers(zip(answers, (row["true_answer"] for row in published), strict=True))
    different = [
        (row, answer)
        for row, answer, verdict in zip(published, answers, verdicts, strict=True)
        if (verdict.correct is True) != row["is_correct"]
    ]
    assert rows - len(different) == agreed
    for row, answer in different:
        # The last number of what was kept: the one that the study graded came after it.
        assert len(row["response"]) == KEPT_CHARACTERS[benchmark], (row, answer)
        assert extract_answer(row["response"], METHODS[:2]) is None, (row, answer)
