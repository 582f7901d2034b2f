import pytest

from gradus.evaluation import vote_estimates
from gradus.evaluation.intervals import wilson
from gradus.evaluation.verdicts import Verdicts
from gradus.evaluation.vote_scores import QuestionVotes, summarise_votes
from gradus.evaluation.votes_table import COLUMNS, render_csv, render_markdown
from gradus.provenance.errors import GradusError

QUESTIONS = [
    QuestionVotes("q0", [0, 0, 0, 1], [True, True, True, False]),
    QuestionVotes("q1", [0, 1, 1, -1], [True, False, False, False]),
    QuestionVotes("q2", [-1, -1, 2, 3], [False, False, False, False]),
]


def greedy_of(marks: dict[str, list[bool]]) -> Verdicts:
    """The answers of the ablation table: by question, which of its samples are right."""
    rows = [(name, number, mark) for name, own in marks.items() for number, mark in enumerate(own)]
    names, numbers, right = (list(column) for column in zip(*rows))
    count = len(rows)
    words = (["1"] * count, right, ["number"] * count, ["equal"] * count, ["stop"] * count, [9] * count)
    return Verdicts("made", names, numbers, *words)


GREEDY = greedy_of({"q0": [True], "q1": [True], "q2": [False]})


def summary(**changes):
    arguments = {"experiment": "grpo", "benchmark": "aime", "ks": [4, 1, 2, 2], "greedy": GREEDY} | changes
    return summarise_votes(arguments.pop("questions", QUESTIONS), **arguments)


def test_values_by_hand():
    result = summary()
    assert (result["n"], result["samples"], [at["k"] for at in result["ks"]]) == (3, 4, [1, 2, 4])
    one, two, four = result["ks"]
    assert one["maj"]["value"] == pytest.approx((3 / 4 + 1 / 4) / 3)
    assert one["pass"]["value"] == pytest.approx(one["maj"]["value"], abs=1e-12)
    # pairs of q0: 3 unanimous, 3 tied; of q1: alone with the blank 1, tied 2, outvoted or absent 3
    assert two["maj"]["value"] == pytest.approx(((3 + 1.5) / 6 + (1 + 1) / 6) / 3)
    assert two["pass"]["value"] == pytest.approx((1 + 0.5) / 3)
    assert four["maj"] == {
        "value": pytest.approx(1 / 3),
        "ci95": pytest.approx(wilson(1, 3)),
        "method": "exact",
        "error": 0.0,
    }
    assert four["weighted"] == {}
    assert four["pass"]["value"] == pytest.approx(2 / 3)
    assert result["greedy"] == {"value": 2 / 3, "ci95": pytest.approx(wilson(2, 3)), "samples": 1, "temperature": 0.0}
    assert "greedy" not in summary(greedy=None)


LENGTHS = [[1, 1, 1, 9], [9, 1, 1, 1], [1, 1, 1, 1]]
WEIGHED = [
    QuestionVotes(q.id, q.groups, q.correct, {"length": w, "inverse_length": [1 / x for x in w]})
    for q, w in zip(QUESTIONS, LENGTHS)
]


def test_weighted_values_by_hand():
    plain, one, _, four = summary(), *summary(questions=WEIGHED)["ks"]
    assert [at["maj"] for at in plain["ks"]] == [at["maj"] for at in summary(questions=WEIGHED)["ks"]]
    assert one["weighted"]["length"]["value"] == pytest.approx(one["maj"]["value"], abs=1e-12)
    # all four: the long sample outweighs the other three, wrongly in q0 and rightly in q1
    assert four["weighted"]["length"]["value"] == pytest.approx(1 / 3)
    assert four["weighted"]["inverse_length"]["value"] == pytest.approx(1 / 3)
    assert four["weighted"]["length"]["method"] == "exact"


def test_weighted_columns():
    header, *rows = [line.split(",") for line in render_csv([summary(questions=WEIGHED), summary()]).splitlines()]
    assert header[: len(COLUMNS)] == list(COLUMNS)
    assert header[len(COLUMNS) :] == [
        f"maj_{name}{part}" for name in ("length", "inverse_length") for part in ("", "_lo", "_hi", "_error")
    ]
    assert rows[2][len(COLUMNS)] == "0.333333"
    assert rows[3][len(COLUMNS) :] == [""] * 8
    text = render_markdown([summary(questions=WEIGHED)], {"aime": "AIME 2024"})
    assert "| Benchmark | Votes count   | maj@2 " in text
    assert [line.split("|")[2].strip() for line in text.splitlines()[8:11]] == [
        "one each",
        "by length",
        "by 1 / length",
    ]
    assert "without the right answer (by length: its tokens;" in " ".join(text.split())
    assert "Votes count" not in render_markdown([summary()])


def test_a_monte_carlo_says_so(monkeypatch):
    monkeypatch.setattr(vote_estimates, "BUDGET_OPERATIONS", 0)
    estimated = summary(questions=WEIGHED, seed=3)
    assert estimated == summary(questions=WEIGHED, seed=3)
    assert estimated != summary(questions=WEIGHED, seed=4)
    two, exact = estimated["ks"][1]["maj"], 13 / 36  # as by hand above
    assert two["method"] == "monte_carlo"
    assert 0 < abs(two["value"] - exact) < 5 * two["error"]
    assert float(render_csv([estimated]).splitlines()[2].split(",")[6]) == pytest.approx(two["error"], rel=1e-5)
    text = render_markdown([estimated])
    assert f"≈{100 * two['value']:.1f}%" in text
    assert ": by Monte Carlo over subsets, with a standard error of at most 0." in text
    monkeypatch.undo()
    assert "Monte Carlo" not in render_markdown([summary()])


def test_avg_at_k_in_place_of_greedy_is_named():
    several = greedy_of({f"q{i}": [True, False] for i in range(3)})
    assert summary(greedy=several, greedy_temperature=0.6)["greedy"]["value"] == 0.5
    for drawn in (several, GREEDY):  # one sample at a temperature is not greedy either
        text = render_markdown([summary(greedy=drawn, greedy_temperature=0.6)])
        assert "Greedy" not in text
        assert "| Alone " in text


def test_the_first_member_stands_for_its_group():
    assert QuestionVotes("q", [0, 0, 1, 1, -1], [True, False, False, True, True]).correct_groups() == {0}


def test_bad_input_is_named():
    with pytest.raises(GradusError, match="grpo on aime: no questions"):
        summary(questions=[])
    with pytest.raises(GradusError, match=r"k = 5 needs 1\.\.4"):
        summary(ks=[5])
    with pytest.raises(GradusError, match="question q9 has 1 samples"):
        summary(questions=[*QUESTIONS, QuestionVotes("q9", [0], [True])])
    with pytest.raises(GradusError, match="made has no question q2; score the samples again"):
        summary(greedy=greedy_of({"q0": [True], "q1": [True]}))


def test_votes_on_some_questions_are_beside_the_answers_to_the_same_ones():
    marks = {f"q{i}": [i in (1, 7)] for i in range(1500)}
    result = summary(greedy=greedy_of(marks))
    assert (result["n"], result["benchmark_n"], result["greedy"]["value"]) == (3, 1500, pytest.approx(1 / 3))
    assert "| 3 of 1,500 " in render_markdown([result])
    assert render_csv([result]).splitlines()[3].endswith(",3,1500,4")


def test_csv():
    lines = render_csv([summary()]).splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == 4
    assert lines[3].startswith("grpo,aime,4,0.333333,0.0614919,0.79234,0,0.666667,")
    assert lines[3].endswith(",3,3,4")


def test_markdown():
    text = render_markdown([summary(), summary(benchmark="math", greedy=None)], {"aime": "AIME 2024"}, ks=[1, 4])
    lines = text.splitlines()
    assert lines[0] == "### grpo"
    assert lines[2].split("|")[4:-1] == [
        text.ljust(len(cell))
        for text, cell in zip([" Greedy", " maj@1", " maj@4", " pass@1", " pass@4"], lines[2].split("|")[4:-1])
    ]
    assert len({len(line) for line in lines[2:6]}) == 1
    assert lines[4].startswith("| AIME 2024 | 3   | 4       | **66.7% ±45.9** | 33.3% ±")
    assert "| – " in lines[5]


def test_published_figures_stand_below_the_measured_ones():
    published = {"grpo": {"aime": {"alone": 0.433, "maj@4": 0.567, "pass@4": 0.99}}}
    text = render_markdown([summary(), summary(benchmark="math")], ks=[1, 4], published=published, source="Someone")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[4:7]]
    assert [row[0] for row in rows] == ["aime", "published", "math"]
    # measured: 66.7% alone, 33.3% and 66.7% of 4; Wilson's intervals of 1 and 2 of 3 are 6.1 to 79.2 and 20.8 to 93.9%
    assert rows[1][1:] == ["", "", "43.3% (+23.4)", "", "56.7% (−23.4)", "", "99.0% (−32.3) †"]
    assert "published: Someone. In brackets" in text
    header, *csv_rows = [line.split(",") for line in render_csv([summary()], published).splitlines()]
    assert header[-2:] == ["maj_published", "pass_published"]
    assert [row[-2:] for row in csv_rows] == [["", ""], ["", ""], ["0.567", "0.99"]]
    assert "published" not in render_csv([summary()]) + render_markdown([summary()])
