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
    assert problem.context == "Roof shingle removal: How to lay shingles. Measure the roof."
    assert problem.options == ("and measure.", "one", "two", "three")
    assert problem.question + "\n\nA. and measure.\nB. one\nC. two\nD. three" == problem.problem
    (bare,) = read("hellaswag", tmp_path / "v.jsonl", expect_rows=1, context="bare").problems
    assert bare.context == row["ctx"]
    assert bare.options == tuple(row["endings"])
    assert (bare.problem, bare.id) == (problem.problem, problem.id)


def test_a_sentence_that_is_to_be_finished_begins_with_a_capital_letter_as_in_the_harness(tmp_path):
    row = {
        "activity_label": "Canoeing",
        "ctx_a": "Two women wait.",
        "ctx_b": "the man",
        "ctx": "Two women wait. the man",
        "endings": ["[substeps] pulls.", "one", "two", "three"],
        "label": 2,
    }
    (problem,) = read("hellaswag", write_jsonl(tmp_path / "v.jsonl", [row]), expect_rows=1).problems
    assert problem.context == "Canoeing: Two women wait. The man"
    assert problem.options[0] == " pulls."  # the harness leaves a space before it, and scores it
    without = write_jsonl(tmp_path / "w.jsonl", [{key: value for key, value in row.items() if key[:4] != "ctx_"}])
    (problem,) = read("hellaswag", without, expect_rows=1).problems
    assert problem.context == "Canoeing: Two women wait. the man"
