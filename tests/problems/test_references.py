"""Reference answers as the grader sees them."""

import json

import pytest

import check_references
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.specs.problems import CheckReferencesSpec


def build(folder, *answers):
    rows = [Problem(f"p-{n}", f"{n}?", answer, 0, "", "made up") for n, answer in enumerate(answers)]
    write_problems(folder / "mine.parquet", rows)
    spec = {"stage": "check_references", "name": "references", "modules": [], "settings": {"sets": ["mine"]}}
    write_json(folder / "spec.json", spec)
    paths = {"problems": [str(folder / "mine.parquet")], "out": [str(folder / "references.json")]}
    check_references.build(Job(str(folder / "spec.json"), paths, CheckReferencesSpec))
    return json.loads((folder / "references.json").read_text())["mine"]


def test_references_are_accepted_and_those_that_no_exact_layer_knows_are_counted(tmp_path):
    told = build(tmp_path, "12", r"\frac{1}{2}", r"\text{Evelyn}")
    assert (told["references"], told["not_exact"]) == (3, len(told["examples"]))
    assert told["not_exact"] <= 1


def test_a_reference_that_no_model_could_answer_is_refused(tmp_path):
    with pytest.raises(GradusError, match=r"mine.parquet: the reference answer '1}' of 'p-1' would not be accepted"):
        build(tmp_path, "12", "1}")
    assert not (tmp_path / "references.json").exists()
