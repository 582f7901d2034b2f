from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from evaluation.made_verdicts import made_verdicts
from gradus.evaluation.judging import write_verdicts
from gradus.evaluation.scores import summarise
from gradus.evaluation.verdicts import COLUMNS, Verdicts, read_verdicts
from gradus.provenance.errors import GradusError
from gradus.statistics.intervals import bootstrap_mean, normal, question_means_interval, wilson, wilson_means

ABOUT = {"experiment": "grpo", "benchmark": "math", "protocol": {"temperature": 0}, "digests": {}, "prompt": "1+1?"}


def test_one_sample_a_question():
    score = summarise(made_verdicts("++-?-"), **ABOUT)
    assert score == {
        **ABOUT,
        "n": 5,
        "samples_per_question": 1,
        "correct": 2,
        "accuracy": 0.4,
        "ci95": list(wilson(2, 5)),
        "ci95_normal": list(normal(2, 5)),
        "no_answer": 1,
        "unknown": 1,
        "unknown_reasons": {"timeout": 1},
        "layers": {"number": 4, "extraction": 1},
        "truncated": 1,
        "mean_tokens": 12.0,
    }


def test_several_samples_count_questions_once():
    score = summarise(made_verdicts(["++", "+-", "?-"]), **ABOUT)
    assert (score["n"], score["correct"], score["accuracy"], score["unknown"]) == (3, 3, 0.5, 1)
    assert score["ci95"] == list(wilson_means([1, 0.5, 0]))
    assert score["ci95_normal"] == list(question_means_interval([1, 0.5, 0]))
    assert score["ci95_bootstrap"] == list(bootstrap_mean([1, 0.5, 0], seed=0))
    assert score["question_sd"] == pytest.approx(0.5)
    verdicts = made_verdicts([signs for n in range(16) for signs in ("+" * n + "-" * (16 - n), "-" * 15 + "+")])
    means = [mean for n in range(16) for mean in (n / 16, 1 / 16)]
    intervals = [summarise(verdicts, **ABOUT, seed=seed)["ci95_bootstrap"] for seed in (0, 7)]
    assert intervals == [list(bootstrap_mean(means, seed)) for seed in (0, 7)]
    assert intervals[0] != intervals[1]


def test_domain_tokens_of_a_response_and_how_many_responses_have_any():
    counts = [{"mul": 0, "spare": 0}, {"mul": 3, "spare": 0}, {"mul": 1, "spare": 0}, {"mul": 0, "spare": 0}]
    score = summarise(made_verdicts("++-?"), **ABOUT, domain_tokens=counts)
    assert score["domain_tokens"] == {"mul": {"mean": 1.0, "share": 0.5}, "spare": {"mean": 0.0, "share": 0.0}}
    assert "domain_tokens" not in summarise(made_verdicts("++-?"), **ABOUT, domain_tokens=[{}] * 4)


def test_uneven_samples_are_named():
    with pytest.raises(GradusError, match=r"made\.verdicts\.parquet: question q1 has 1 samples, q0 has 2"):
        summarise(made_verdicts(["++", "+"]), **ABOUT)


def test_bad_verdicts_are_refused():
    with pytest.raises(GradusError, match=r"x\.parquet: no verdicts"):
        Verdicts("x.parquet", [], [], [], [], [], [], [], [])
    with pytest.raises(GradusError, match="question q, sample 0 occurs twice"):
        Verdicts(
            "x.parquet",
            ["q", "q"],
            [0, 0],
            ["1", "1"],
            [True, True],
            ["number"] * 2,
            ["equal"] * 2,
            ["stop"] * 2,
            [1, 1],
        )
    with pytest.raises(GradusError, match="different lengths"):
        Verdicts("x.parquet", ["q"], [0], [], [True], ["number"], ["equal"], ["stop"], [1])


def test_verdicts_are_read_back(tmp_path):
    made = made_verdicts("+-?")
    path = tmp_path / "math.verdicts.parquet"
    write_verdicts(path, made)
    read = read_verdicts(path)
    assert read == replace(made, source=str(path))
    assert parquet.read_schema(path).names == list(COLUMNS)
    parquet.write_table(pa.table({"id": ["q"]}), path)
    with pytest.raises(GradusError, match="no column sample, answer, correct"):
        read_verdicts(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(GradusError, match=r"math\.verdicts\.parquet: not a readable table"):
        read_verdicts(path)
