"""The intermediate results of worked solutions, as the reward for them needs them."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.problems.problem import Problem
from gradus.problems.published import read_published
from gradus.problems.sources import gsm8k, math, pocket
from gradus.problems.table import read_problems, write_problems
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text
from gradus.rewards.steps import published_solutions, with_steps
from gradus.specs.problems import MakeProblemsSpec
from study.made_study import spec_of, study

GSM8K = (
    '{"question": "Clips?", "answer": "Natalia sold 48/2 = <<48/2=24>>24 clips in May.\\nShe pays 5*2=$<<5*2=10>>10.\\n'
    'Natalia sold 48+24 = <<48+24=72>>72 clips.\\n#### 72"}\n'
)
MATH = (
    '{"problem": "Area?", "level": "Level 2", "type": "Geometry", "unique_id": "train/geometry/1.json", "solution": '
    '"The base is $2\\\\cdot 3 = 6$, the height $h = \\\\frac{9}{2}$, so the area is $6 \\\\cdot 4 = 24$, '
    'which is $\\\\boxed{27}$."}\n'
)
REWARD = ("experiments.rl.rewards", {"correct": 1, "intermediate_steps": 0.2})


@pytest.mark.parametrize(
    ("source", "text", "steps"), [(gsm8k, GSM8K, ("24", "10")), (math, MATH, ("6", "4.5", "24"))], ids=["gsm8k", "math"]
)
def test_results_of_a_publishers_solution_but_the_answer(
    tmp_path: Path, source: Any, text: str, steps: tuple[str, ...]
) -> None:
    path = tmp_path / "train.jsonl"
    write_text(path, text)
    name = source.__name__.rpartition(".")[2]
    settings = source.SOURCE.settings.model_validate({"source": name, "split": "train", "expect_rows": 1})
    read = read_published(source.SOURCE, path, settings).problems
    (problem,) = with_steps(read, dict(published_solutions(source.SOURCE, path, settings)))
    assert problem.steps == steps
    write_problems(tmp_path / "set.parquet", [problem])
    assert read_problems(tmp_path / "set.parquet") == [problem]


def test_generated_problems_have_those_of_their_chains() -> None:
    settings = pocket.PocketProblems(size=20)
    solved = pocket.solved(settings, "train", 3)
    assert [problem for problem, _ in solved] == pocket.generate(settings, "train", 3)
    problems = with_steps([problem for problem, _ in solved], dict((p.id, text) for p, text in solved))
    for problem, (_, solution) in zip(problems, solved, strict=True):
        totals = [line.rpartition("=")[2] for line in solution.splitlines() if "=" in line]
        assert list(problem.steps) == list(dict.fromkeys(total for total in totals if total != problem.answer))


def test_a_set_without_them_keeps_its_bytes(tmp_path: Path) -> None:
    plain = Problem("a", "1+1?", "2", 1, "", "")
    write_problems(tmp_path / "plain.parquet", [plain])
    write_problems(tmp_path / "none.parquet", with_steps([plain], {"a": "\\boxed{2}"}))
    assert (tmp_path / "plain.parquet").read_bytes() == (tmp_path / "none.parquet").read_bytes()


def test_only_sets_that_such_a_reward_is_of_have_them(tmp_path: Path) -> None:
    part = ("problems.part", {"source": "subset", "of": "train", "size": 9})
    plain, rewarded, of_part = (
        Graph(study(tmp_path, part, *changes))
        for changes in ((), (REWARD,), (REWARD, ("experiments.rl.problems", "part")))
    )
    for graph, expected in ((plain, False), (rewarded, True), (of_part, True)):
        assert spec_of(graph, "problems/train", MakeProblemsSpec).steps is expected
        assert not spec_of(graph, "problems/test", MakeProblemsSpec).steps
        assert not spec_of(graph, "problems/part", MakeProblemsSpec).steps


def test_problems_without_solutions_are_refused_in_one_line(tmp_path: Path) -> None:
    changes = (
        ("problems.probes", {"source": "arithmetic_probes"}),
        ("experiments.rl.problems", "probes"),
        ("experiments.sft_rl.rewards", {"correct": 1, "intermediate_steps": None}),
    )
    with pytest.raises(GradusError) as error:
        study(tmp_path, REWARD, *changes)
    said = str(error.value)
    what = "experiments.rl.rewards.intermediate_steps: needs the solutions of 'probes', and arithmetic_probes has "
    assert what in said
    assert "\n" not in said
