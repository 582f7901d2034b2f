from gradus.problems.sources.hellaswag import clean
from problems.published_sets import read, write_jsonl


def test_hellaswag_as_its_publisher_has_it(tmp_path):
    row = {
        "ind": 24,
        "activity_label": "Roof shingle removal",
        "ctx_a": "[header] How to lay shingles [title] Measure the roof.",
        "ctx_b": "",
        "ctx": "[header] How to lay shingles [title] Measure the roof. [step] Climb up",
        "endings": ["and [substeps] measure.", "one", "two", "three"],
        "label": "0",
    }
    (problem,) = read("hellaswag", write_jsonl(tmp_path / "v.jsonl", [row]), expect_rows=1).problems
    assert (problem.id, problem.answer, problem.subject) == ("hellaswag/val/0", "A", "Roof shingle removal")
    assert problem.problem == (
        "Which ending continues the text best?\n\n"
        "Roof shingle removal: How to lay shingles. Measure the roof. Climb up\n\n"
        "A. and measure.\nB. one\nC. two\nD. three"
    )
    assert clean(clean(row["ctx"])) == clean(row["ctx"])
