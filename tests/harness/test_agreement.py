"""HellaSwag by likelihood, example by example as lm-evaluation-harness has it."""

from pathlib import Path

import pytest

from gradus.evaluation.likelihoods.choices import chosen, shares
from gradus.evaluation.likelihoods.measuring import measure
from gradus.evaluation.likelihoods.options import by_problem
from gradus.sampling.likelihoods import TextReader
from gradus.sampling.torch.reader import TorchReader
from gradus.specs.models import WeightsSpec
from gradus.specs.sampling import MeasureLikelihoodsSpec
from harness.harness import ROWS, ask_harness, harness_python, write_rows
from problems.published_sets import read
from training.tiny import save_tiny_model
from typed_jobs import typed_job

COUNT = 200


@pytest.mark.slow
def test_every_option_and_every_answer_is_as_the_harness_has_it(tmp_path: Path) -> None:
    if not ROWS.is_file():
        pytest.skip("../shared/data is not there")
    if not harness_python().is_file():
        pytest.skip("no environment of lm-evaluation-harness: make harness, or name one in GRADUS_HARNESS_PYTHON")
    model, rows = save_tiny_model(tmp_path / "model", std=0.1).parent, tmp_path / "rows.jsonl"
    write_rows(rows, COUNT)
    problems = read("hellaswag", rows, expect_rows=COUNT).problems
    settings = MeasureLikelihoodsSpec(weights=WeightsSpec(dense="base", adapter=None), sampler="torch")
    job = typed_job(tmp_path / "results/x", "likelihoods/e/b", settings, {"problems": [rows]})
    found = by_problem(measure(job, TextReader(model, TorchReader(model)), problems, job.state_folder()))
    theirs = ask_harness(model, rows, tmp_path / "theirs.json")["answers"]
    assert len(theirs) == len(problems) == COUNT
    for problem, answer in zip(problems, theirs, strict=True):
        options, right = found[problem.id], "ABCD".index(problem.answer)
        assert [option.logprob for option in options] == pytest.approx(answer["logprobs"], rel=1e-5, abs=1e-3)
        for ours, named in (("acc", "acc"), ("acc_norm_chars", "acc_norm"), ("acc_norm_bytes", "acc_bytes")):
            assert (chosen(options, ours) == right) == bool(answer[named]), (problem.id, ours)
        by_tokens = [total / option.tokens for total, option in zip(answer["logprobs"], options, strict=True)]
        assert chosen(options, "acc_norm_tokens") == by_tokens.index(max(by_tokens))
    assert len({*shares(found, problems).values()}) >= 3  # of English text characters and bytes are mostly as many
