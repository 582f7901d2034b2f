"""Likelihoods by vLLM, for real, as a job measures them, against transformers."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gradus.evaluation.likelihoods.choices import METRICS, chosen
from gradus.evaluation.likelihoods.options import by_problem, read_likelihoods
from gradus.models.manifest import MANIFEST
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json, write_json
from gradus.provenance.fingerprint import fingerprint
from gradus.sampling.likelihoods import TextReader
from gradus.sampling.transformers.reader import TransformersReader
from gradus.specs.base import Spec
from gradus.specs.models import WeightsSpec
from gradus.specs.sampling import MeasureLikelihoodsSpec

PROJECT = Path(__file__).resolve().parents[3]
READER = "gradus.sampling.vllm.reader"


def endings(problem: Problem, place: int) -> Problem:
    """The first sentence of a problem with four texts that might follow; texts of several problems begin alike."""
    context, _, rest = problem.problem.partition(". ")
    others = tuple(f"{word} {rest[: 12 + 5 * place % 40]}" for word in ("Then", "But", "So the"))
    return Problem(problem.id, problem.problem, "A", form="choice", options=(rest, *others), context=f"{context}.")


@pytest.mark.slow
def test_both_choose_the_same_options(
    vllm_python: str, tmp_path: Path, model: Path, adapter: Path, problems: list[Problem]
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    asked = [endings(problem, place) for place, problem in enumerate(problems[:40])]
    write_problems(tmp_path / "problems.parquet", asked)
    settings = MeasureLikelihoodsSpec(weights=WeightsSpec(dense="model", adapter="adapter"), sampler="vllm")
    spec = Spec(stage="measure_likelihoods", name="likelihoods/a/b", modules=[READER], settings=settings)
    spec = spec.model_copy(update={"fingerprint": fingerprint("measure_likelihoods.py", [READER])})
    write_json(tmp_path / "results/x/specs/likelihoods/a/b.json", spec.model_dump(mode="json", serialize_as_any=True))
    command = [sys.executable, str(PROJECT / "scripts/measure_likelihoods.py"), "results/x/specs/likelihoods/a/b.json"]
    command += ["--log", "log", "--ledger", "ledger.json", "--out", "out.parquet", "--problems", "problems.parquet"]
    command += ["--weights", str(model / MANIFEST), str(adapter / MANIFEST)]
    environment = os.environ | {"GRADUS_VLLM_PYTHON": vllm_python, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (tmp_path / "log").read_text(encoding="utf-8")
    found = read_likelihoods(tmp_path / "out.parquet")

    network = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32), adapter)
    reader = TextReader(model, TransformersReader(network.get_base_model().eval()))
    pairs = [(problem.context, f" {option}") for problem in asked for option in problem.options]
    expected, read = reader.measure(pairs, lambda _count: None)
    assert [one.logprob for one in found] == pytest.approx([one.logprob for one in expected], abs=1e-3)
    assert [(one.tokens, one.cut) for one in found] == [(one.tokens, one.cut) for one in expected]
    assert read_json(tmp_path / "ledger.json")["tokens_in"] == read
    by_transformers = [replace(one, logprob=other.logprob) for one, other in zip(found, expected, strict=True)]
    ours, theirs = (
        [chosen(options, metric) for options in by_problem(rows).values() for metric in METRICS]
        for rows in (found, by_transformers)
    )
    assert ours == theirs
    assert {*ours} == {0, 1, 2, 3}  # or a constant would pass
