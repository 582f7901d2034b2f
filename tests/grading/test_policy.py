import re
from pathlib import Path

import pytest

from gradus.grading import equivalence
from gradus.grading.equivalence import in_process, parse_answer

POLICY = (Path(equivalence.__file__).parent / "POLICY.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(.+?)` \| `(.+?)` \| (yes|no|abstains) \|", re.MULTILINE)
ROWS = ROW.findall(POLICY)
VERDICTS = {"yes": True, "no": False, "abstains": None}
NOT_FOR_VOTES = [("1/3", "0.3333"), ("28%", "0.28"), (r"180^\circ", r"\pi"), ("(1,2)", "1,2")]


def test_every_row_of_the_tables_is_an_example():
    assert len(ROWS) == sum(line.startswith("| `") for line in POLICY.splitlines()) > 100


@pytest.mark.parametrize(("one", "other", "same"), ROWS)
def test_the_code_does_what_the_policy_says(one, other, same):
    a, b = parse_answer(one), parse_answer(other)
    assert in_process(a, b).equal is VERDICTS[same]
    assert in_process(b, a).equal is VERDICTS[same]


@pytest.mark.parametrize("text", sorted({text for row in ROWS for text in row[:2]}))
def test_each_example_is_itself_however_it_is_spaced(text):
    assert in_process(parse_answer(text), parse_answer(f" {text} ")).equal is True


@pytest.mark.parametrize(("one", "other"), NOT_FOR_VOTES)
def test_votes_leave_out_what_is_not_transitive(one, other):
    a, b = parse_answer(one), parse_answer(other)
    assert in_process(a, b).equal is True
    assert in_process(a, b, vote=True).equal is not True
