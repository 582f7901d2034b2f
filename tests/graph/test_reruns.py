"""What a change reruns, told by dry runs on a finished study: all that it touches, and nothing else."""

import ast
import os
import random
import re
import shutil
from pathlib import Path

import pytest

from graph.project import RESULTS, all_jobs, edit, plan, study_with

BENCHMARKS = ("pocket500", "pocket30")
TRAINED_BY_RL = {
    "direct_rl",
    "grpo_hard",
    "grpo_hard_continued",
    "grpo_full",
    "dapo",
    "random_reward",
    "random_reward.seed-1",
}
TRAINED_ON = (
    *("problems/train", "problems/train_hard", "problems/traces", "traces/custom", "traces/public"),
    *("corpora/base", "corpora/teacher"),
)
VOTED = {"baseline", "grpo_hard"}
TABLES = {"comparisons", "lengths", "second_opinion", "ablation", "ledger", "report"}


def cells(stage: str, experiments: set[str], suffix: str = "") -> set[str]:
    return {f"{stage}/{e}/{b}{suffix}" for e in experiments for b in BENCHMARKS}


def trained_and_measured(experiments: set[str]) -> set[str]:
    """The training of these experiments, and all that follows from it."""
    voted = experiments & VOTED
    return (
        {f"models/{e}" for e in experiments}
        | cells("samples", experiments)
        | cells("eval", experiments)
        | cells("samples", voted, ".votes")
        | cells("votes", voted)
        | ({"votes"} if voted else set())
        | TABLES
    )


def test_a_finished_study_has_nothing_to_do(project: Path) -> None:
    assert plan(project) == set()
    assert all_jobs(project) >= trained_and_measured(TRAINED_BY_RL)


def test_a_study_of_before_a_table_existed_makes_the_table_and_nothing_else(project: Path) -> None:
    for file in ("lengths.csv", "tables/lengths.html", "ledger/lengths.json", "specs/lengths.json"):
        (project / RESULTS / file).unlink()
    assert plan(project) == {"lengths", "ledger", "report"}
    for file in ("pass_at_k.csv", "pass_at_k.md", "tables/pass_at_k.html"):
        (project / RESULTS / file).unlink()
    assert plan(project) == {"lengths", "votes", "ledger", "report"}


def test_votes_on_fewer_problems_sample_nothing_else(project: Path) -> None:
    study = study_with(project, votes={"problems": 20})
    drawn = {"problems/pocket500.votes", "problems/pocket30.votes"}
    assert plan(project, study) == drawn | cells("samples", VOTED, ".votes") | cells("votes", VOTED) | {
        *("votes", "ledger", "report"),
    }


def test_comments_docstrings_and_formatting_rerun_nothing(project: Path) -> None:
    """Every Python file printed anew from its syntax tree, which has neither comments nor line breaks of its own."""
    for path in (project / "scripts").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if ast.get_docstring(tree) is not None:
            tree.body[0] = ast.Expr(ast.Constant("Another docstring."))
        path.write_text(f"# A comment.\n{ast.unparse(tree)}\n", encoding="utf-8")
    for path in [project / "Snakefile", *(project / "rules").glob("*.smk")]:
        text = re.sub(
            r"^( +)threads: 1\n", r"\1threads:\n\1    1\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        path.write_text(f"# A comment.\n\n\n{text}\n# Another.\n", encoding="utf-8")
    edit(project / "rules/models.smk", '--gate {params.gate}"\n        " --model', "--gate {params.gate} --model")
    for path in (project / "config").glob("*.yaml"):
        path.write_text("# A comment.\n\n" + path.read_text(encoding="utf-8") + "\n# Another.\n", encoding="utf-8")
    assert plan(project) == set()


def test_a_training_seed_more_trains_that_run_and_measures_it(project: Path) -> None:
    study = study_with(project, experiments={"random_reward": {"seeds": 3}})
    assert plan(project, study) == trained_and_measured({"random_reward.seed-2"})
    study = study_with(project, experiments={"random_reward": {"seeds": [1, 0]}})
    assert plan(project, study) == TABLES, "the same runs in another order"


def test_a_setting_of_an_experiment_reruns_it_and_what_starts_from_it(project: Path) -> None:
    study = study_with(project, experiments={"grpo_hard": {"learning_rate": 1e-3}})
    assert plan(project, study) == trained_and_measured({"grpo_hard", "grpo_hard_continued"})
    assert plan(project) == set()  # taken back


def test_the_graders_code_samples_nothing_but_what_rewards_trained(project: Path) -> None:
    verdict = project / "scripts/gradus/grading/verdict.py"
    code = verdict.read_text(encoding="utf-8")
    verdict.write_text(code + "\nSEEN = 1\n", encoding="utf-8")
    others = {"baseline", "sft_custom", "sft_packed_full"}
    graded = cells("eval", others) | cells("votes", VOTED)
    assert plan(project) == trained_and_measured(TRAINED_BY_RL) | graded | {"references"}
    verdict.write_text(code, encoding="utf-8")
    assert plan(project) == set()


def test_a_new_benchmark_is_sampled_and_nothing_else_is(project: Path) -> None:
    study = study_with(
        project,
        problems={"new": {"source": "pocket", "split": "evaluation/reworded", "size": 5}},
        benchmarks={"new": {"problems": "new", "max_tokens": 50}},
    )
    runs = {job.split("/")[1] for job in all_jobs(project) if job.startswith("eval/")}
    assert len(runs) == 10
    assert plan(project, study) == (
        {"problems/new", "problems", "references", "votes", "contamination", "contamination/benchmarks"}
        | {f"contamination/{checked}{suffix}" for checked in TRAINED_ON for suffix in ("", ".gate")}
        | {f"{stage}/{e}/new" for stage in ("samples", "eval") for e in runs}
        | {f"samples/{e}/new.votes" for e in VOTED}
        | {f"votes/{e}/new" for e in VOTED}
        | TABLES
    )


def test_a_new_experiment_runs_alone(project: Path) -> None:
    new = {"from": "sft_custom", "inherits": "direct_rl", "steps": 3}
    # The table of votes knows the titles of all experiments.
    assert plan(project, study_with(project, experiments={"new": new})) == trained_and_measured({"new"}) | {"votes"}


@pytest.mark.parametrize("key", ["title", "description"])
def test_words_rerun_the_tables_that_show_them(project: Path, key: str) -> None:
    study = study_with(project, experiments={"direct_rl": {key: "Other words."}})
    assert plan(project, study) == {"ablation", "ledger", "report"} | ({"votes"} if key == "title" else set())


def test_another_seed_reruns_everything(project: Path) -> None:
    assert plan(project, study_with(project, seed=1)) == all_jobs(project)


def test_touching_every_file_reruns_nothing(project: Path) -> None:
    files = sorted(path for path in project.rglob("*") if path.is_file())
    random.Random(0).shuffle(files)
    for path in files:
        os.utime(path)
    assert plan(project) == set()


def test_without_snakemakes_records_changes_are_still_noticed(project: Path) -> None:
    shutil.rmtree(project / ".snakemake")
    assert plan(project) == set()
    study = study_with(project, experiments={"grpo_hard": {"learning_rate": 1e-3}})
    assert plan(project, study) == trained_and_measured({"grpo_hard", "grpo_hard_continued"})
