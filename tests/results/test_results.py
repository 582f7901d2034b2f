"""A study as frames: values counted by hand, and what is refused."""

import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as parquet
import pytest

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, sha256_file, write_json
from gradus.results import Results, load
from gradus.statistics.crossed import accuracy_interval
from results.made_study import LEDGER, settings, write_job, write_study

COLUMNS = [
    *("experiment", "seed", "benchmark", "id", "sample", "level", "subject", "problem", "gold"),
    *("text", "answer", "correct", "outcome", "tokens", "finish_reason"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("project") / "results")


@pytest.fixture
def study(made: Path) -> Results:
    return load(made)


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "results" / "made"))


def test_an_answer_is_a_row_with_its_problem_and_its_verdict(study: Results) -> None:
    answers = study.answers
    assert list(answers) == COLUMNS
    assert len(answers) == 24
    assert answers.iloc[10].to_dict() == {
        **{"experiment": "rl", "seed": 0, "benchmark": "sums", "id": "sums-2", "sample": 0, "level": 2},
        **{"subject": "times", "problem": "What is 3*3?", "gold": "9", "text": "rl says 9", "answer": "9"},
        **{"correct": True, "outcome": "right", "tokens": 12, "finish_reason": "stop"},
    }


def test_what_has_no_answer_or_could_not_be_judged_is_not_correct(study: Results) -> None:
    answers = study.answers
    last = answers[(answers["id"] == "sums-3") & (answers["seed"] == 0)]
    assert last["answer"].isna().tolist() == [True, False]
    assert last["finish_reason"].tolist() == ["length", "stop"]
    assert last["outcome"].tolist() == ["truncated", "unknown"]
    assert last["correct"].tolist() == [False, False]


def test_training_runs_are_told_by_their_seeds(study: Results) -> None:
    seeds = study.answers.groupby("experiment", observed=True)["seed"].unique()
    assert seeds["baseline"].tolist() == [0]
    assert seeds["rl"].tolist() == [0, 2]


def test_means_are_the_accuracies_of_the_study(study: Results) -> None:
    means = study.answers.groupby(["experiment", "seed", "benchmark"], observed=True)["correct"].mean()
    for (experiment, seed, benchmark), mean in means.items():
        run = f"{experiment}.seed-{seed}" if seed else experiment
        assert mean == read_json(study.folder / "eval" / run / f"{benchmark}.json")["accuracy"]
    assert means["baseline"].tolist() == [0.5, 0.25]
    assert means["rl"].tolist() == [0.5, 0.75, 0.75, 0.5]


def test_accuracy_by_level_has_an_interval_over_questions(study: Results) -> None:
    table = study.by_level().set_index(["experiment", "benchmark", "level"])
    assert table.index.tolist() == [
        *(("baseline", "sums", 1), ("baseline", "sums", 2), ("baseline", "long", 3)),
        *(("rl", "sums", 1), ("rl", "sums", 2), ("rl", "long", 3)),
    ]
    counted = table[["runs", "questions", "answers", "correct", "accuracy"]]
    assert counted.loc["baseline", "sums", 1].tolist() == [1, 2, 2, 2, 1.0]
    assert counted.loc["baseline", "long", 3].tolist() == [1, 2, 4, 1, 0.25]
    assert counted.loc["rl", "sums", 1].tolist() == [2, 2, 4, 2, 0.5]
    assert counted.loc["rl", "long", 3].tolist() == [2, 2, 8, 5, 0.625]
    # Wilson's, 2 of 2: from 2 / (2 + 1.96²) to 1.
    assert table.loc[("baseline", "sums", 1), "ci95_lo"] == pytest.approx(2 / (2 + 1.959964**2), abs=1e-6)
    assert table.loc[("baseline", "sums", 1), "ci95_hi"] == 1.0
    # Runs and questions crossed: the two runs of rl on long-0 and long-1, in shares of two samples.
    ends = table.loc[("rl", "long", 3), ["ci95_lo", "ci95_hi"]]
    assert tuple(ends) == accuracy_interval([[1.0, 0.5], [0.0, 1.0]])


def test_accuracy_by_subject(study: Results) -> None:
    table = study.by_subject().set_index(["experiment", "benchmark", "subject"])["accuracy"]
    assert table["rl", "sums", "plus"] == 0.5
    assert table["rl", "sums", "times"] == 0.75
    assert table["baseline", "sums", "plus"] == 1.0
    assert table["baseline", "sums", "times"] == 0.0


def test_accuracy_by_part_is_of_the_benchmarks_that_have_parts(tmp_path: Path, study: Results) -> None:
    parted = load(write_study(tmp_path / "results", with_parts=["sums"]))
    assert list(parted.answers) == [*COLUMNS[:9], "part", *COLUMNS[9:]]
    assert parted.answers.groupby("benchmark", observed=True)["part"].count().to_dict() == {"sums": 12, "long": 0}
    table = parted.by_part().set_index(["experiment", "benchmark", "part"])
    assert table.index.tolist() == [
        *(("baseline", "sums", "plus"), ("baseline", "sums", "times")),
        *(("rl", "sums", "plus"), ("rl", "sums", "times")),
    ]
    assert table["accuracy"].tolist() == [1.0, 0.0, 0.5, 0.75]
    assert table["questions"].tolist() == [2] * 4
    assert load(parted.folder, votes=True).answers["part"].count() == 12
    with pytest.raises(GradusError, match="no benchmark has parts"):
        study.by_part()


def test_flips_have_what_both_wrote(study: Results) -> None:
    """Over both training runs: long-0 is right 1 of 2 times in baseline and 2 of 4 in rl, so it is no flip."""
    flips = study.flips("baseline", "rl")
    assert flips["id"].tolist() == ["sums-2", "sums-3", "sums-1", "long-1"]
    assert flips["share_b"].tolist() == [1.0, 0.5, 0.0, 0.75]
    assert flips["change"].tolist() == [1.0, 0.5, -1.0, 0.75]
    assert flips["answer_a"].isna().tolist() == [False, True, False, False]
    assert flips["answer_a"].dropna().tolist() == ["8", "4", "4"]
    assert flips["answer_b"].tolist() == ["9", "16", "5", "6"]
    # An answer that shows the change: rl's on sums-3 is its second run's, on long-1 its first run's second sample.
    assert flips["seed_b"].tolist() == [0, 2, 0, 0]
    assert flips["sample_b"].tolist() == [0, 0, 0, 1]
    assert flips["text_b"].tolist() == ["rl says 9", "rl.seed-2 says 16", "rl says 5", "rl says 6"]
    assert flips["problem"].tolist()[:2] == ["What is 3*3?", "What is 4*4?"]


def test_flips_of_one_benchmark_and_between_equals(study: Results) -> None:
    assert study.flips("baseline", "rl", benchmarks=["long"])["id"].tolist() == ["long-1"]
    assert len(study.flips("rl", "rl")) == 0


def test_without_texts_the_rest_is_the_same(study: Results) -> None:
    pd.testing.assert_frame_equal(study.without_texts(), study.answers.drop(columns=["problem", "text"]))


def test_samples_for_votes_are_rows_where_they_are_asked_for(made: Path, study: Results) -> None:
    voted = load(made, votes=True)
    drawn = voted.answers[voted.answers["votes"]]
    assert list(voted.answers) == [*COLUMNS, "votes"]
    assert drawn["experiment"].unique().tolist() == ["baseline"]
    assert drawn.groupby("id", observed=True)["correct"].sum().tolist() == [1, 2, 2, 0]
    assert drawn["sample"].tolist() == [0, 1] * 4
    scored = voted.answers[~voted.answers["votes"]].drop(columns="votes")
    assert scored["text"].tolist() == study.answers["text"].tolist()
    pd.testing.assert_frame_equal(voted.by_level(), study.by_level())
    pd.testing.assert_frame_equal(voted.flips("baseline", "rl"), study.flips("baseline", "rl"))


def test_curves_comparisons_and_ledger(study: Results) -> None:
    curves = study.metrics()
    assert curves[["experiment", "seed", "stage", "step"]].values.tolist() == [
        *(["base", 0, "pretrain", 1], ["base", 0, "pretrain", 2]),
        *(["rl", 0, "grpo", 1], ["rl", 0, "grpo", 1], ["rl", 2, "grpo", 1]),
    ]
    assert list(curves["stage"].cat.categories) == ["pretrain", "grpo"]
    assert curves["loss"].dropna().tolist() == [2.5, 1.5]
    assert curves["reward"].dropna().tolist() == [0.25, 0.75]
    assert curves["held_out_reward"].dropna().tolist() == [0.5]
    assert study.comparisons().loc[0, ["a", "b", "p"]].tolist() == ["baseline", "rl", 1.0]
    assert study.ledger().loc[0, ["name", "tokens_out"]].tolist() == ["models/rl", 20]


def test_texts_that_occur_again_are_kept_once(study: Results) -> None:
    assert {"experiment", "benchmark", "id", "subject", "problem", "gold", "outcome", "finish_reason"} == {
        name for name, kind in study.answers.dtypes.items() if isinstance(kind, pd.CategoricalDtype)
    }


def test_a_study_is_found_by_its_name(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy.parents[1])
    assert load("made").folder == Path("results/made")
    assert load("results/made").folder == Path("results/made")
    with pytest.raises(GradusError, match=r"^mad: no such folder, .* studies here: .*made"):
        load("mad")


def test_a_folder_that_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"not a study's results, it has no specs/report.json"):
        load(tmp_path)


def test_a_build_that_is_not_finished(copy: Path) -> None:
    write_job(copy, "make_report", "report", settings(), ran=False)
    load(copy)
    write_job(copy, "score_samples", "eval/rl/sums", settings(), ran=False)
    remedy = "snakemake all --configfile config/made.yaml"
    with pytest.raises(GradusError, match=rf"not finished, eval/rl/sums did not run .*{remedy}"):
        load(copy)
    write_json(copy / "ledger/eval/rl/sums.json", {"spec": "of another spec", "wall_seconds": 1.0})
    with pytest.raises(GradusError, match="not finished, eval/rl/sums did not run"):
        load(copy)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("samples/rl/sums.parquet", "not the file that .*eval/rl/sums.json was made of"),
        ("eval/rl/sums.verdicts.parquet", "not the file that .*eval/rl/sums.json was made of"),
        ("eval/rl/sums.json", "not whole JSON"),
        ("problems/sums_set.parquet", "not a readable table"),
    ],
)
def test_a_damaged_file_is_named(copy: Path, name: str, said: str) -> None:
    path = copy / name
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(GradusError, match=rf"{name}: {said}"):
        _ = load(copy).answers


def test_a_file_of_another_build_is_named(copy: Path) -> None:
    shutil.copy(copy / "samples/baseline/sums.parquet", copy / "samples/rl/sums.parquet")
    with pytest.raises(
        GradusError, match=r"samples/rl/sums.parquet: not the file that .*eval/rl/sums.json was made of"
    ):
        _ = load(copy).answers


@pytest.mark.parametrize(
    "name",
    ["samples/rl/sums.parquet", "eval/rl/sums.verdicts.parquet", "eval/rl/sums.json", "problems/sums_set.parquet"],
)
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(GradusError, match=f"{name}: no such file"):
        _ = load(copy).answers


@pytest.mark.parametrize("name", ["samples/rl/sums.parquet", "eval/rl/sums.verdicts.parquet"])
def test_rows_of_other_answers_are_refused(copy: Path, name: str) -> None:
    """Though the score has the digests of both files."""
    table = parquet.read_table(copy / name)
    parquet.write_table(table.slice(1), copy / name)
    score = copy / "eval/rl/sums.json"
    values = read_json(score)
    values["digests"]["samples" if name.startswith("samples") else "verdicts"] = sha256_file(copy / name)
    write_json(score, values)
    with pytest.raises(GradusError, match=r"eval/rl/sums.json: its samples, verdicts and problems do not match"):
        _ = load(copy).answers


def test_missing_tables_and_curves_are_named(copy: Path) -> None:
    study = load(copy)
    for name, read in (
        ("comparisons.csv", study.comparisons),
        ("ledger.csv", study.ledger),
        ("models/rl/metrics.jsonl", study.metrics),
    ):
        (copy / name).unlink()
        with pytest.raises(GradusError, match=f"{name}: no such file"):
            read()


def test_names_that_the_study_does_not_have(study: Results) -> None:
    with pytest.raises(GradusError, match="no experiment 'dapo'; there are baseline, rl"):
        study.flips("baseline", "dapo")
    with pytest.raises(GradusError, match="no benchmark 'aime'; there are sums, long"):
        study.flips("baseline", "rl", benchmarks=["aime"])


def test_the_made_ledger_is_a_ledger(study: Results) -> None:
    assert len(study.ledger()) == len(LEDGER.splitlines()) - 1


def test_a_study_without_trainings_and_votes(copy: Path) -> None:
    for folder in ("specs/models", "ledger/models", "models"):
        shutil.rmtree(copy / folder)
    assert list(load(copy).metrics().columns) == ["experiment", "seed", "stage", "step"]
    with pytest.raises(GradusError, match="made: no samples for pass@k; name experiments in `votes` of the study"):
        load(copy).passes()
