"""The examples of docs/extending.md do what the page says of them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from extending.documented import FILES, FRAGMENTS, PAGE, write_examples
from gradus.grading.verdict import grade
from gradus.graph.graph import Graph
from gradus.problems.named import problem_source
from gradus.problems.problem import Problem
from gradus.problems.published import read_published
from gradus.rewards.compose import part_values
from gradus.specs.prompts import PromptSpec
from gradus.study.file import overlay
from gradus.study.settings.own_modules import use_folders
from gradus.study.settings.reward_part import load_part
from gradus.study.strict_yaml import StudyLoader
from gradus.traces.named import trace_source
from gradus.traces.source import Reading
from gradus.training.algorithm import load_algorithm
from graph.project import copy_project, edit, snakemake
from linked_project import PROJECT
from rewards.made_completion import completion

PROMPT = PromptSpec(system=None, few_shot=[], suffix=" Think.")
TINY = """
extends: full.yaml
models: {base: {steps: 12, batch_size: 8}, teacher: null}
problems:
  train: {size: 20}
  traces: null
  pocket500: {size: 8}
  train_hard: null
  pocket_hard: null
  pocket_reworded: null
  pocket30: null
benchmarks: {pocket_hard: null, pocket_reworded: null, pocket30: null}
traces: {custom: null, public: {size: 20}}
experiments:
  direct_rl: {steps: 2, batch_size: 2, group_size: 4, checkpoint_every: 2, seeds: 1}
  sft_custom: {traces: [public], epochs: 1, seeds: 1}
  sft_public: null
  sft_then_rl: null
  grpo_hard: null
  grpo_hard_continued: null
  grpo_full: null
  dr_grpo: null
  dapo: null
  random_reward: null
votes: {experiments: [baseline], samples: 2, k: [1, 2]}
comparisons: {primary: [direct_rl, short_answers], pairs: null}
"""
"""The pocket study that the examples extend, in seconds."""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The folder with all files of the page."""
    shutil.copy(PROJECT / "config/pocket.yaml", tmp_path)
    write_examples(tmp_path)
    use_folders([str(tmp_path)])
    return tmp_path


def plan(folder: Path, *fragments: str) -> Graph:
    """The study of the page with more laid over it."""
    values: Any = yaml.load((folder / "own.yaml").read_text(encoding="utf-8"), Loader=StudyLoader)
    for fragment in fragments:
        values = overlay(values, yaml.load(fragment, Loader=StudyLoader))
    (folder / "more.yaml").write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return Graph.read(folder / "more.yaml")


def test_the_page_has_an_example_of_each_kind() -> None:
    assert {name for name in FILES if name.endswith(".yaml")} == {"own.yaml"}
    assert {"my_rewards.py", "my_parts.py", "my_sources.py", "my_quiz.py", "my_traces.py", "my_forum.py"} < FILES.keys()
    assert len(FRAGMENTS) == 2


def test_a_job_loads_the_own_code_that_it_names_and_no_other(own: Path) -> None:
    jobs = Graph.read(own / "own.yaml").jobs
    of = {name: [one for one in job.modules if one.startswith("gradus.own")] for name, job in jobs.items()}
    assert {name: modules for name, modules in of.items() if modules} == {
        "problems/riddles": ["gradus.own.my_sources"],
        "traces/worked": ["gradus.own.my_traces"],
        "models/short_answers": ["gradus.own.my_rewards"],
        "models/short_answers.seed-1": ["gradus.own.my_rewards"],
        "models/short_answers.seed-2": ["gradus.own.my_rewards"],
    }
    rewards = jobs["models/short_answers"].spec.model_dump(serialize_as_any=True)["settings"]["rewards"]
    assert rewards == {"correct": {"weight": 1.0}, "my_rewards:short_answer": {"weight": 0.5, "words": 20}}
    assert str(own) not in json.dumps([job.spec.model_dump(mode="json") for job in jobs.values()])


def test_the_part_of_the_reward(own: Path) -> None:
    reward = {"my_rewards:short_answer": {"weight": 0.5, "words": 3}}
    assert part_values(completion("so \\boxed{4}"), reward) == {"my_rewards:short_answer": 1.0}
    assert part_values(completion("so it is \\boxed{4}"), reward) == {"my_rewards:short_answer": 0.0}
    assert part_values(completion("so \\boxed{5}"), reward) == {"my_rewards:short_answer": 0.0}


def test_parts_that_say_more_of_themselves(own: Path) -> None:
    graph = plan(own, "votes: {weights: [reward], rewards: {my_parts:LINES: 0.5}}")
    assert "gradus.own.my_parts" in graph.jobs["votes/baseline/pocket500"].modules
    plan(own, "experiments: {short_answers: {rewards: {correct: null, my_parts:HALF_RIGHT: 1}}}")
    assert load_part("my_parts:LINES").value(completion("a\nb\na\na")) == 0.5
    values = [load_part("my_parts:HALF_RIGHT").value(completion(text)) for text in ("\\boxed{4}", "\\boxed{5}", "4?")]
    assert values == [1.0, 0.5, 0.0]


def test_the_source_that_draws(own: Path) -> None:
    source = problem_source("my_sources:riddles")
    settings = source.settings.model_validate({"source": "my_sources:riddles", "size": 40, "largest": 9})
    problems = source.generate(settings, "any", 5)
    assert problems == source.generate(settings, "other", 5) != source.generate(settings, "any", 6)
    assert len(problems) == 40
    for problem in problems:
        more, result = map(int, problem.id.split("/")[1:])
        assert 2 * int(problem.answer) + more == result
        assert (problem.level, problem.source) == (len(str(result)), "my_sources:riddles")


def test_the_source_that_reads(own: Path) -> None:
    rows = [{"q": "1 + 1?", "a": 2, "topic": "sums"}, {"q": "Why?", "a": "so", "topic": "words"}]
    file = own / "quiz.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    graph = plan(own, FRAGMENTS[0].replace("data/quiz.jsonl", str(file)))
    settings = graph.jobs["problems/quiz"].spec.model_dump(serialize_as_any=True)["settings"]
    assert settings["outside"]["path"] == str(file)
    source = problem_source("my_quiz:quiz")
    read = read_published(source, file, source.settings.model_validate(settings["problems"]))
    assert read.problems == [Problem("quiz/0", "1 + 1?", "2", 0, "sums", "my_quiz:quiz")]
    assert (read.rows, read.left_out) == (2, {"no problem": 1})


def test_the_traces_of_problems(own: Path) -> None:
    source, drawn = trace_source("my_traces:worked"), problem_source("my_sources:riddles")
    problems = drawn.generate(drawn.settings.model_validate({"source": "my_sources:riddles"}), "", 0)
    other = Problem("x", "Another one?", "1")
    settings = source.settings.model_validate(
        {"kind": "my_traces:worked", "problems": "riddles", "opening": "Backwards"}
    )
    *found, left_out = source.read(Reading("worked", None, PROMPT, [*problems, other]), settings)
    assert left_out == "no_solution"
    for problem, candidate in zip(problems, found, strict=True):
        (solution,) = candidate.solutions
        assert candidate.messages == ({"role": "user", "content": f"{problem.problem} Think."},)
        assert solution.startswith("Backwards\n")
        assert f"/ 2 = {problem.answer}\n" in solution
        assert grade(solution, problem.answer, ("boxed",)).correct


def test_the_traces_of_a_file(own: Path) -> None:
    replies = [{"text": "2", "upvotes": 3}, {"text": "Two: \\boxed{2}", "upvotes": 9}]
    rows = [
        {"id": "p1", "post": "1 + 1?", "answer": 2, "replies": replies},
        {"id": "p2", "post": "Why?", "answer": "so", "replies": [{"text": "so", "upvotes": 2}]},
    ]
    file = own / "forum.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    job = plan(own, FRAGMENTS[1].replace("data/forum.jsonl", str(file))).jobs["traces/forum"]
    source = trace_source("my_forum:forum")
    settings = source.settings.model_validate(job.spec.model_dump(serialize_as_any=True)["settings"]["traces"])
    candidate, left_out = source.read(Reading("forum", file, PROMPT), settings)
    assert left_out == "no_solution"
    assert (candidate.id, candidate.solutions, candidate.answer) == ("p1", ("Two: \\boxed{2}",), "2")
    assert candidate.messages[0]["content"] == "1 + 1? Think."


def test_the_algorithm(own: Path) -> None:
    graph = plan(own, "experiments: {short_answers: {algorithm: my_algorithms:MEDIAN}}")
    assert "gradus.own.my_algorithms" in graph.jobs["models/short_answers"].modules
    advantages = load_algorithm("my_algorithms:MEDIAN").advantages(torch.tensor([[1.0, 0.0, 0.0]]), False)
    assert advantages.tolist() == [[1.0, 0.0, 0.0]]


def test_the_way_to_try_code_without_a_build(own: Path) -> None:
    (code,) = [part.partition("END'\n")[2].partition("END\n")[0] for part in PAGE.split("```sh\n")[1:]]
    command = [sys.executable, "-c", code.replace("config", str(own))]
    done = subprocess.run(command, cwd=PROJECT / "scripts", capture_output=True, text=True, check=True)
    assert done.stdout.count("What is the number?") == 3


@pytest.mark.slow
def test_the_study_of_the_page_is_built_and_built_again_where_code_changed(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    config, study = project / "config", "config/own.yaml"
    (config / "pocket.yaml").rename(config / "full.yaml")
    (config / "pocket.yaml").write_text(TINY, encoding="utf-8")
    write_examples(config)
    snakemake(project, "models", "--configfile", study)
    results = project / "results/own"
    assert json.loads((results / "own_code.json").read_text(encoding="utf-8")) == {"folders": ["config"]}
    assert json.loads((results / "problems/riddles.summary.json").read_text(encoding="utf-8"))["rows"] == 150
    assert json.loads((results / "traces/worked.summary.json").read_text(encoding="utf-8"))["kept"] == 150
    steps = (results / "models/short_answers/metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert all("reward_my_rewards:short_answer" in json.loads(step) for step in steps)

    edit(config / "my_rewards.py", "in few words, else 0", "in few words; else 0")
    (config / "words.py").write_text("COUNT = 1\n", encoding="utf-8")  # which nothing imports
    assert "Nothing to be done" in snakemake(project, "models", "--configfile", study, "--dry-run")
    edit(config / "my_rewards.py", "completion.right and", "completion.right or")
    planned = snakemake(project, "models", "--configfile", study, "--dry-run")
    assert "specs/models/short_answers.json" in planned
    assert "specs/models/direct_rl.json" not in planned
    assert "specs/models/sft_worked.json" not in planned
    snakemake(project, "models", "--configfile", study)
    edit(config / "my_rewards.py", "float(completion.right or", "float(1 / (completion.max_tokens - 56) or")
    failed = subprocess.run(
        ["snakemake", "models", "--configfile", study], cwd=project, capture_output=True, text=True, check=False
    )
    line = FILES["my_rewards.py"][: FILES["my_rewards.py"].index("return")].count("\n") + 1
    said = f"error: config/my_rewards.py:{line}: my_rewards:short_answer: ZeroDivisionError: "
    assert said in failed.stdout + failed.stderr
