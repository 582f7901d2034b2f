"""votes.md: maj@k with the largest beside greedy, what is bold, and the words below it."""

from evaluation.made_votes import GREEDY, counts, greedy_of, score, summary
from gradus.evaluation.votes.counts import CellCounts, VoteCounts
from gradus.evaluation.votes.gains import cells_with_gains
from gradus.evaluation.votes.table import render_markdown

HALF = [1.0] * 20 + [0.0] * 20
SINGLE = [0.75] * 20 + [0.25] * 20
WON = [1.0] * 36 + [0.0] * 4


def markdown(*runs: VoteCounts, trained: bool = True, **options: object) -> str:
    cells = cells_with_gains([CellCounts(run["experiment"], trained, [run]) for run in runs])
    return render_markdown(cells, **options)  # ty: ignore[invalid-argument-type]


def rows_of(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]


def test_a_row_a_benchmark() -> None:
    text = markdown(summary(), summary(benchmark="math", greedy=None), titles={"aime": "AIME 2024"})
    assert text.startswith("### grpo\n\n")
    header, _, aime, math = rows_of(text)
    assert header == ["Benchmark", "n", "Samples", "maj@1", "maj@2", "maj@4", "Greedy"]
    # Wilson's intervals of 1 and 2 of 3 are 6.1 to 79.2 and 20.8 to 93.9%, whose ± would leave 0 to 100
    assert aime == ["AIME 2024", "3", "4", "33.3% [6.1, 79.2]", aime[4], "33.3% [6.1, 79.2]", "66.7% [20.8, 93.9]"]
    assert math[-1] == "–"
    assert "pass@" not in text.replace("pass@k of the same samples is in pass_at_k.md", "")


def test_bold_is_what_is_shown_to_beat_both_greedy_and_one_sample() -> None:
    """Before, the highest of a row was bold: here maj@16 of the first would have been, by one question."""
    level = counts("sft", HALF, {1: SINGLE, 16: [1.0] * 21 + [0.0] * 19})
    won = counts("rl", HALF, {1: SINGLE, 16: WON})
    text = markdown(level, won)
    bold = [cell for row in rows_of(text) for cell in row if cell.startswith("**")]
    assert [cell.split("%")[0] for cell in bold] == ["**90.0"]
    words = " ".join(text.split())
    assert "- aime: maj@16: +40.0 points over greedy [" in words
    assert "Bold: shown to be better than greedy and than maj@1" in words
    assert "☆: one training run: intervals and tests are over questions only." in words
    assert "★:" not in words


def test_weighted_votes_are_bold_where_they_beat_plain_ones() -> None:
    plain = {1: score(SINGLE), 16: score(HALF)}
    weighted = {"length": {1: score(SINGLE), 16: score(WON)}, "reward": plain}
    text = markdown(counts("rl", HALF, {1: SINGLE, 16: HALF}, weighted=weighted))
    rows = rows_of(text)
    assert rows[3] == ["Benchmark", "Votes count", "maj@16"]
    assert [row[1] for row in rows[5:]] == ["one each", "by length"]
    assert rows[6][2].startswith("**90.0%")
    assert not rows[5][2].startswith("**")
    words = " ".join(text.split())
    assert "without the right answer (by length: its tokens)" in words
    assert "Votes by reward equal one each in all digits shown and have no rows" in words


def test_votes_by_a_verifier_say_where_it_is_measured() -> None:
    where = "How well the verifier tells right from wrong by itself is in verifier.md."
    for name, told in (("verifier", True), ("verifier_best", True), ("length", False)):
        weighted = {name: {1: score(SINGLE), 16: score(WON)}}
        text = markdown(counts("rl", HALF, {1: SINGLE, 16: HALF}, weighted=weighted))
        assert (where in " ".join(text.split())) == told


def test_no_second_table_without_weights_or_with_weights_that_change_nothing() -> None:
    plain = {1: score(SINGLE), 16: score(WON)}
    for weighted in ({}, {"reward": plain}):
        text = markdown(counts("rl", HALF, {1: SINGLE, 16: WON}, weighted=weighted))
        assert "Votes count" not in text
        assert ("by reward" in text) == bool(weighted)


def test_mixed_groups_are_reported() -> None:
    text = " ".join(markdown(counts("rl", HALF, {1: SINGLE, 16: WON}, mixed=7)).split())
    assert "Of 200 groups of equivalent answers 7 hold answers judged right and answers judged wrong" in text


def test_a_monte_carlo_says_so() -> None:
    ways = {"length": {1: score(SINGLE), 16: score(HALF, 0.0021)}}
    text = markdown(counts("rl", HALF, {1: SINGLE, 16: WON}, weighted=ways))
    assert "| ≈50.0% ±14.8" in text
    assert "by Monte Carlo over subsets, with a standard error of at most 0.21 points" in " ".join(text.split())
    assert "Monte Carlo" not in markdown(summary())


def test_what_is_not_greedy_is_not_called_so() -> None:
    several = greedy_of({f"q{i}": [True, False] for i in range(3)})
    for drawn in (several, GREEDY):  # one sample at a temperature is not greedy either
        text = markdown(summary(greedy=drawn, greedy_temperature=0.6))
        assert "reedy" not in text.replace("Alone: as in the ablation table, greedy or avg@k.", "")
        assert rows_of(text)[0][-1] == "Alone"
        assert "over alone" in text or "against alone" in text


def test_runs_are_a_column_where_an_experiment_has_several() -> None:
    runs = [counts(f"rl.{run}", HALF, {1: SINGLE, 16: WON}) for run in range(3)]
    cells = cells_with_gains([CellCounts("rl", True, runs)])
    header, _, row = rows_of(render_markdown(cells))
    assert (header[3], row[3]) == ("Runs", "3")
    assert "one training run" not in render_markdown(cells)


def test_votes_on_some_questions_say_so() -> None:
    assert "| 3 of 1,500 " in markdown(summary(greedy=greedy_of({f"q{i}": [i == 1] for i in range(1500)})))


def test_published_values_are_below_the_measured_ones() -> None:
    published = {"grpo": {"aime": {"alone": 0.433, "maj@4": 0.567, "pass@4": 0.99}}}
    cells = cells_with_gains([CellCounts("grpo", True, [summary()])], published)
    text = render_markdown(cells, published=published, source="Someone")
    row = rows_of(text)[3]
    # measured: 66.7% alone and 33.3% of 4
    assert row == ["published", "", "", "", "", "56.7% (−23.4)", "43.3% (+23.4)"]
    assert "published: Someone. In brackets" in text
    assert "published" not in markdown(summary())
