"""How much domain tokens are used: from scores to the table, by hand."""

from typing import Any

from evaluation.made_verdicts import made_verdicts
from gradus.evaluation.scores import Score, summarise
from gradus.evaluation.token_use import TokenUse, render_csv, render_markdown, use_rows

RUNS = {"base": ["base"], "sft": ["sft", "sft.seed-1"], "other": ["other"]}


def score(*counts: int, family: str = "mul") -> Score:
    about: dict[str, Any] = {"experiment": "", "benchmark": "", "protocol": {}, "digests": {}, "prompt": ""}
    return summarise(made_verdicts("+" * len(counts)), **about, domain_tokens=[{family: count} for count in counts])


def made() -> list[TokenUse]:
    plain = dict(score(0, 0))
    del plain["domain_tokens"]
    scores: dict[tuple[str, str], Any] = {
        ("base", "easy"): score(0, 0, 0, 0),
        ("sft", "easy"): score(3, 0, 1, 0),
        ("sft.seed-1", "easy"): score(0, 0, 2, 0),
        ("sft", "hard"): score(1, 2),
        ("other", "easy"): plain,
    }
    return list(use_rows(scores, RUNS, ["easy", "hard"]))


def test_training_runs_are_counted_together() -> None:
    assert made() == [
        TokenUse("base", "easy", "mul", 4, 0, 0.0, 0.0),
        TokenUse("sft", "easy", "mul", 8, 6, 0.75, 0.375),
        TokenUse("sft", "hard", "mul", 2, 3, 1.5, 1.0),
    ]


def test_the_table() -> None:
    assert render_csv(made()).splitlines()[::2] == [
        "experiment,benchmark,family,responses,tokens,mean,share",
        "sft,easy,mul,8,6,0.75,0.375",
    ]
    text = render_markdown(made(), {"sft": "Fine-tuned", "easy": "Easy"})
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    assert lines[3:] == [
        ["Fine-tuned", "Easy", "mul", "8", "6", "0.75", "37.5%"],
        ["Fine-tuned", "hard", "mul", "2", "3", "1.50", "100.0%"],
    ]


def test_published_tokens_have_a_column() -> None:
    text = render_markdown(made(), {}, {"sft": {"easy": {"mul": 0.8514}}}, "Someone 2025")
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    assert [line[-1] for line in lines] == ["Published", "-" * len("0.85 a response"), "", "0.85 a response", ""]
    assert text.endswith("Published: Someone 2025.\n")
    assert "Published" not in render_markdown(made(), {})
